/* cli/session.h -- one FILE, audio or scene, on an engine and a context of its own. */
#ifndef WA_CLI_SESSION_H
#define WA_CLI_SESSION_H
#include "cli.h"
#include "scene_limits.h"
#include "scene_play.h"

typedef struct session_options {
    const char *file; /* of session_open() */
    const char *allow_dir;
    const char *device; /* as device_choice_from() takes it */
    const char *input;  /* an id of the same backend, "default"; NULL: nothing is recorded */
    wa_context_kind kind;
    double sample_rate_hz, seconds, budget_mb; /* 0: as the file says, else the defaults */
    uint32_t quantum_frames, channel_count;
    bool is_streamed; /* an audio file is played from disk instead of being decoded whole */
    bool is_tapped;   /* output is a node that others may listen to as well */
} session_options;

typedef struct session {
    const char *file;
    const char *device_id; /* as the command line names it, or NULL */
    wa_engine *engine;
    wa_context *context;
    wa_node output;    /* all that sounds goes through it: the destination, or a node before it */
    scene_data *scene; /* NULL: an audio file */
    scene_build build;
    scene_player player;
    wa_buffer audio;
    wa_node streamed;       /* {0}: none */
    wa_node player_of_file; /* of an audio file that was decoded; {0}: none */
    double length_s;
    bool ends_with_device; /* what comes from an input ends when that is lost */
    bool is_over;          /* set by a tick: session_play() ends */
} session;

/* Open everything; notes of the first window are scheduled. Errors are reported on stderr.
 * Returns an exit code; session_close in any case. */
int session_open(session *open, const session_options *options);
/* The same without a file: an input device in real time (options->input), which is the session's output and is
 * not heard. channel_count: of the input; without seconds it has no end. */
int session_open_input(session *open, const session_options *options);
/* Wait for the render side and give everything back. */
void session_close(session *open);
/* Schedule what begins before until_s. Returns an exit code, reported. */
int session_advance(session *open, double until_s);
uint64_t session_length_frames(const session *open);

/* Offline: render all of it into sink, window by window. Progress and SIGINT are looked after.
 * Returns an exit code, reported; a sink that returned false has reported itself: CLI_FAILED. */
typedef struct session_sink {
    wa_sink_fn write; /* NULL: only render */
    void *user;
    bool shows_progress; /* a line on stderr when that is a terminal */
} session_sink;
int session_render(session *open, const session_sink *sink);

/* Real time: run until length_s (or SIGINT); on_tick about every tick_s. A device that is lost is reported, the
 * rest is played without sound, and the exit code says so. Returns an exit code, reported. */
typedef void (*session_tick_fn)(void *user, session *open);
int session_play(session *open, double tick_s, session_tick_fn on_tick, void *user);

/* "tune.json" of ".../tune.json". */
const char *session_name(const session *open);
#endif /* WA_CLI_SESSION_H */
