/* cli/scene_play.h -- the notes of a scene on pooled voices, a window at a time.
 *
 * Only the notes of the window that is due are scheduled: memory follows what sounds, not how long the
 * tune is. Every voice goes back to its pool by itself when it has rung out. */
#ifndef WA_CLI_SCENE_PLAY_H
#define WA_CLI_SCENE_PLAY_H
#include "scene_build.h"

typedef struct scene_player {
    const scene_build *build;
    wa_voice_pool **pools; /* one per voice of the scene; NULL until made */
    uint32_t note_next;
    uint64_t played_count, dropped_count; /* dropped: live_max voices were sounding */
} scene_player;

/* Make the pools, filled with idle voices. On failure as scene_build_init; finish either way. */
wa_status scene_player_init(scene_player *player, const scene_build *build,
                            char error[SCENE_ERROR_BYTES]);
/* Before the context is destroyed. */
void scene_player_finish(scene_player *player);
/* Schedule all notes that begin before until_s, and flush. */
wa_status scene_player_advance(scene_player *player, double until_s, char error[SCENE_ERROR_BYTES]);
#endif /* WA_CLI_SCENE_PLAY_H */
