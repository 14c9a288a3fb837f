/* cli/meter.h -- how loud what is recorded is: on a terminal a line that changes, else a line per second. */
#ifndef WA_CLI_METER_H
#define WA_CLI_METER_H
#include "session.h"

typedef struct meter {
    wa_context *context;
    wa_node analysers[SCENE_CHANNEL_COUNT_MAX]; /* one for each channel */
    uint32_t channel_count, frame_count;
    float *frames;                         /* [frame_count] */
    float recent[SCENE_CHANNEL_COUNT_MAX]; /* peaks since the last line */
    float peak;                            /* of everything */
    double shown_s;
    bool is_line; /* it changes in place */
} meter;

/* Listen to channel_count channels of a node. Returns a status, with the library's message. */
wa_status meter_init(meter *of, session *open, wa_node from, uint32_t channel_count);
void meter_finish(meter *of); /* also of one that is zeroed */

/* At least every METER_INTERVAL_S: look, and show when it is time. */
#define METER_INTERVAL_S 0.1
void meter_look(meter *of);
/* The line that changes is left where it stands. */
void meter_end(meter *of);

/* "-6.0 dB", "silent". */
enum { METER_TEXT_BYTES = 16 };
void meter_text(float peak, char text[METER_TEXT_BYTES]);
#endif /* WA_CLI_METER_H */
