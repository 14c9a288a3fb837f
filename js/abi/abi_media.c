/* Files that are played while they are read. */
#include "abi.h"

/* engine, rate; text: path -> media */
static void media_open(abi_mailbox *box) {
    wa_media_options options = WA_MEDIA_OPTIONS_INIT;
    options.sample_rate_hz = (float)box->slots[1];
    wa_media media = { 0 };
    abi_return(box, wa_media_open(abi_pointer(box, 0), box->text, &options, &media));
    abi_set_id(box, 1, media.id);
}

/* engine, media */
static void media_close(abi_mailbox *box) {
    abi_return(box, wa_media_close(abi_pointer(box, 0), (wa_media){ abi_id(box, 1) }));
}

/* context, node, media (0: none) */
static void media_source_set_media(abi_mailbox *box) {
    abi_return(box, wa_media_source_set_media(abi_pointer(box, 0), abi_node(box, 1),
                                              (wa_media){ abi_id(box, 3) }));
}

/* context, node, when */
static void media_source_play(abi_mailbox *box) {
    abi_return(box, wa_media_source_play(abi_pointer(box, 0), abi_node(box, 1), box->slots[3]));
}

static void media_source_pause(abi_mailbox *box) {
    abi_return(box, wa_media_source_pause(abi_pointer(box, 0), abi_node(box, 1), box->slots[3]));
}

/* context, node, time of the file */
static void media_source_seek(abi_mailbox *box) {
    abi_return(box, wa_media_source_seek(abi_pointer(box, 0), abi_node(box, 1), box->slots[3]));
}

static void media_source_set_loop(abi_mailbox *box) {
    abi_return(box,
               wa_media_source_set_loop(abi_pointer(box, 0), abi_node(box, 1), box->slots[3] != 0.0));
}

/* context, node -> playing, ended, seeking, current time, duration, buffered, status */
static void media_source_state(abi_mailbox *box) {
    wa_media_source_state state = { 0 };
    abi_return(box, wa_media_source_get_state(abi_pointer(box, 0), abi_node(box, 1), &state));
    box->slots[1] = state.is_playing ? 1.0 : 0.0;
    box->slots[2] = state.has_ended ? 1.0 : 0.0;
    box->slots[3] = state.is_seeking ? 1.0 : 0.0;
    box->slots[4] = state.current_time_s;
    box->slots[5] = state.duration_s;
    box->slots[6] = state.buffered_s;
    box->slots[7] = (double)state.status;
}

static const abi_entry entries[] = {
    { "mediaOpen", media_open },
    { "mediaClose", media_close },
    { "mediaSourceSetMedia", media_source_set_media },
    { "mediaSourcePlay", media_source_play },
    { "mediaSourcePause", media_source_pause },
    { "mediaSourceSeek", media_source_seek },
    { "mediaSourceSetLoop", media_source_set_loop },
    { "mediaSourceState", media_source_state },
};
const abi_list abi_media_list = { entries, sizeof entries / sizeof entries[0] };
