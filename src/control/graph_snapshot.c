/* wavepool/graph.h: options checked, the text bounded and handed on; the formats have files of their own. */
#include "graph_view.h"
#include <string.h>

static wa_status check_options(const wa_graph_options *options, wa_graph_options *checked) {
    const wa_graph_options defaults = WA_GRAPH_OPTIONS_INIT;
    *checked = options != NULL ? *options : defaults;
    if (checked->options_bytes != sizeof *checked) {
        return error_set(WA_ERR_NOT_SUPPORTED, "options.options_bytes is %u, this library knows %zu",
                         checked->options_bytes, sizeof *checked);
    }
    if (checked->format != WA_GRAPH_JSON && checked->format != WA_GRAPH_DOT) {
        return error_set(WA_ERR_NOT_SUPPORTED, "options.format is %d, none of wa_graph_format",
                         (int)checked->format);
    }
    if (checked->pooled < WA_GRAPH_POOLED_LIVE || checked->pooled > WA_GRAPH_POOLED_ONE) {
        return error_set(WA_ERR_NOT_SUPPORTED, "options.pooled is %d, none of wa_graph_pooled",
                         (int)checked->pooled);
    }
    return WA_OK;
}

static wa_status snapshot(const wa_context *context, const wa_graph_options *options,
                          graph_text *text) {
    const graph_view view = {
        .context = context,
        .options = *options,
        .text = text,
        .timed_quanta = (double)profile_timed_quantum_count(context->side.measured),
        .timed_ns = (double)profile_timed_ns(context->side.measured),
    };
    if (options->format == WA_GRAPH_DOT) {
        graph_write_dot(&view);
    } else {
        graph_write_json(&view);
    }
    text_finish(text);
    if (text->is_cancelled) {
        return error_set(WA_ERR_CANCELLED, "the snapshot was ended by write");
    }
    return text->is_cut
               ? error_set(WA_ERR_LIMIT, "options.text_bytes_max is %llu, and the snapshot is longer",
                           (unsigned long long)options->text_bytes_max)
               : WA_OK;
}

wa_status wa_graph_snapshot(const wa_context *context, const wa_graph_options *options,
                            wa_graph_write_fn write, void *user) {
    if (context == NULL || write == NULL) {
        return error_set(WA_ERR_TYPE, "context or write is NULL");
    }
    wa_graph_options checked;
    const wa_status status = check_options(options, &checked);
    if (status != WA_OK) {
        return status;
    }
    graph_text text;
    text_init(&text, write, user, checked.text_bytes_max);
    return snapshot(context, &checked, &text);
}

/* -- into memory -------------------------------------------------------------------------------- */

typedef struct copy {
    char *text;
    size_t capacity, count; /* count may be more */
} copy;

static bool copy_piece(void *user, const char *piece, size_t bytes) {
    copy *to = user;
    if (to->count < to->capacity) {
        const size_t room = to->capacity - to->count;
        memcpy(to->text + to->count, piece, bytes < room ? bytes : room);
    }
    to->count += bytes;
    return true;
}

wa_status wa_graph_snapshot_text(const wa_context *context, const wa_graph_options *options, char *text,
                                 size_t text_bytes, size_t *needed_bytes) {
    if (context == NULL || (text == NULL && text_bytes > 0)) {
        return error_set(WA_ERR_TYPE, "context or text is NULL");
    }
    copy to = { .text = text, .capacity = text_bytes };
    wa_status status = wa_graph_snapshot(context, options, copy_piece, &to);
    if (needed_bytes != NULL) {
        *needed_bytes = status == WA_OK ? to.count + 1 : 0;
    }
    if (status == WA_OK && to.count >= text_bytes) {
        status = error_set(WA_ERR_LIMIT, "text_bytes is %zu, the snapshot takes %zu", text_bytes,
                           to.count + 1);
    }
    if (text_bytes > 0) {
        text[status == WA_OK ? to.count : 0] = '\0';
    }
    return status;
}
