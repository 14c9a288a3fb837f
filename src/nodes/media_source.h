/* src/nodes/media_source.h -- what control must know of a MediaSource's config. */
#ifndef WA_SRC_NODES_MEDIA_SOURCE_H
#define WA_SRC_NODES_MEDIA_SOURCE_H
#include "../boundary/feed.h"

typedef struct media_source_config {
    const wa_resource *media;       /* NULL: none */
    double play_frame, pause_frame; /* of the context; infinite: never */
    uint64_t seek_frame;            /* of the file: where the generation begins */
    uint32_t generation;
    bool is_looping;
} media_source_config;

static inline feed *media_source_feed(const media_source_config *config) {
    assert(config->media == NULL || config->media->kind == WA_RESOURCE_MEDIA);
    return (feed *)(uintptr_t)config->media; /* const is about who holds it */
}

static inline bool media_source_plays_at(const media_source_config *config, double frame) {
    return config->play_frame <= frame && frame < config->pause_frame;
}

/* Ask for what process() would ask for at the next quantum. For an offline render, which then fetches it.
 * Thread: render */
void media_source_prepare(const media_source_config *config, void *state);
#endif /* WA_SRC_NODES_MEDIA_SOURCE_H */
