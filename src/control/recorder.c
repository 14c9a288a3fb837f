/* Recorder: its recording, start and stop. */
#include "context.h"
#include "../nodes/recorder.h"
#include <math.h>

static wa_status resolve(const wa_context *context, wa_node node, graph_node **found,
                         const recorder_config **config) {
    const wa_status status = node_resolve(context, node, WA_NODE_TYPE_RECORDER, "node", found);
    *config = status == WA_OK ? (*found)->config : NULL;
    return status;
}

static wa_status check_channel_count(const graph_node *of, const recorder_config *config) {
    const tape *to = recorder_tape(config);
    return to == NULL || to->channel_count == of->mix.channel_count
               ? WA_OK
               : error_set(WA_ERR_NOT_SUPPORTED,
                           "recording has %u channels, the node's channelCount is %u",
                           to->channel_count, of->mix.channel_count);
}

static wa_status set_recording(wa_context *context, wa_node node, wa_recording recording) {
    graph_node *of = NULL;
    const recorder_config *config = NULL;
    wa_status status = resolve(context, node, &of, &config);
    if (status == WA_OK) {
        status = stream_set_file(context, of, recording.id, "recording");
    }
    return status == WA_OK ? check_channel_count(of, of->config) : status; /* else it is undone */
}

wa_status wa_recorder_set_recording(wa_context *context, wa_node node, wa_recording recording) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    if (!context->is_in_transaction) {
        batches_drain(context); /* the recording may be on its way back */
    }
    const bool is_own = group_begin(context);
    return group_end(context, is_own, set_recording(context, node, recording));
}

static wa_status start(wa_context *context, wa_node node, double when_s) {
    graph_node *of = NULL;
    const recorder_config *config = NULL;
    double frame = 0.0;
    wa_status status = resolve(context, node, &of, &config);
    if (status == WA_OK) {
        status = stream_frame_of(context, when_s, &frame);
    }
    if (status == WA_OK && config->recording == NULL) {
        status = error_set(WA_ERR_INVALID_STATE, "node has no recording");
    }
    if (status == WA_OK && config->start_frame < INFINITY) {
        status =
            error_set(WA_ERR_INVALID_STATE, "node was started before; a recording is started once");
    }
    if (status == WA_OK) {
        status = attribute_set(context, of, WA_ATTRIBUTE_PLAY, frame, NULL);
    }
    return status == WA_OK ? stream_wake(context, of) : status;
}

wa_status wa_recorder_start(wa_context *context, wa_node node, double when_s) {
    if (context == NULL) {
        return error_set(WA_ERR_TYPE, "context is NULL");
    }
    const bool is_own = group_begin(context);
    return group_end(context, is_own, start(context, node, when_s));
}

static wa_status stop(wa_context *context, wa_node node, double when_s) {
    graph_node *of = NULL;
    const recorder_config *config = NULL;
    double frame = 0.0;
    wa_status status = resolve(context, node, &of, &config);
    if (status == WA_OK) {
        status = stream_frame_of(context, when_s, &frame);
    }
    if (status == WA_OK && config->start_frame == INFINITY) {
        status = error_set(WA_ERR_INVALID_STATE, "node has not been started");
    }
    if (status == WA_OK && config->recording == NULL) {
        status = error_set(WA_ERR_INVALID_STATE, "node has no recording");
    }
    if (status == WA_OK && tape_has_stopped(recorder_tape(config))) {
        status = error_set(WA_ERR_INVALID_STATE, "node has stopped already");
    }
    return status == WA_OK ? attribute_set(context, of, WA_ATTRIBUTE_PAUSE, frame, NULL) : status;
}

wa_status wa_recorder_stop(wa_context *context, wa_node node, double when_s) {
    const wa_status status = stop(context, node, when_s);
    return context == NULL ? status : edit_end(context, status);
}
