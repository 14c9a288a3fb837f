/* wavepool/graph.h -- what a context's graph looks like, as text: JSON for programs, DOT for Graphviz.
 *
 *   nodes         handle, type, the caller's label, channels, ports, params, what it does now, what it costs
 *   connections   from an output to an input, or to a param
 *   pools         and which node each of them has
 *
 * It is the graph as the calls made so far mean it, open edits included; what nodes do (asleep, silent, muted)
 * is what the render side last said of each, which goes on meanwhile and is neither stopped nor asked. A
 * snapshot takes no memory: it works at the end of the budget and while the engine is sealed. docs/graph.md
 * has the members of the JSON, and a picture. Thread: control.
 */
#ifndef WAVEPOOL_GRAPH_H
#define WAVEPOOL_GRAPH_H
#include "pool.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wa_graph_format {
    WA_GRAPH_JSON = 1,
    WA_GRAPH_DOT = 2, /* for `dot -Tsvg`; UTF-8 */
    WA_GRAPH_FORMAT_FORCE32 = 0x7fffffff
} wa_graph_format;

/* Which of the nodes that belong to pools. */
typedef enum wa_graph_pooled {
    WA_GRAPH_POOLED_LIVE = 1, /* those in use, each */
    WA_GRAPH_POOLED_ALL = 2,  /* idle ones too */
    /* One voice of each voice pool, which stands for all of them: its costs are theirs together. Of node pools
     * the nodes in use. Connections of the other voices are left out. */
    WA_GRAPH_POOLED_ONE = 3,
    WA_GRAPH_POOLED_FORCE32 = 0x7fffffff
} wa_graph_pooled;

/* What is to be labelled: a node, or with node {0} a voice pool. */
typedef struct wa_graph_place {
    wa_node node;
    wa_node_type type;               /* 0: a pool */
    const wa_voice_pool *voice_pool; /* whose voice it belongs to; NULL: none */
    uint32_t voice_node_index;       /* in the pool's template */
} wa_graph_place;

/* The label, any bytes up to the first NUL, or NULL for none. It is read until the next call of the function
 * and no further than WA_GRAPH_LABEL_BYTES_MAX; one that has no end before that is cut off. What is no UTF-8 is
 * replaced, and so is, in DOT, what cannot be shown. The graph must not be edited inside. */
typedef const char *(*wa_graph_label_fn)(void *user, const wa_graph_place *place);
enum { WA_GRAPH_LABEL_BYTES_MAX = 128 };

/* text_bytes of text, not terminated, valid during the call. Return false to end it. The graph must not be
 * edited inside. */
typedef bool (*wa_graph_write_fn)(void *user, const char *text, size_t text_bytes);

typedef struct wa_graph_options {
    uint32_t options_bytes;
    wa_graph_format format;  /* INIT sets JSON */
    wa_graph_pooled pooled;  /* INIT sets LIVE */
    bool is_coloured;        /* DOT: by cost, with a legend; needs wa_profiler_set_node_timing() */
    wa_graph_label_fn label; /* NULL: none */
    void *label_user;
    const char *title;       /* read as a label; NULL: none */
    uint64_t text_bytes_max; /* the snapshot ends there, with LIMIT; INIT sets 64 MiB */
} wa_graph_options;
#define WA_GRAPH_OPTIONS_INIT                                                                          \
    {                                                                                                  \
        (uint32_t)sizeof(wa_graph_options), WA_GRAPH_JSON, WA_GRAPH_POOLED_LIVE, false, NULL, NULL,    \
            NULL, (uint64_t)64 << 20                                                                   \
    }

/* Hand the text to write, piece by piece; options NULL: the defaults.
 * Returns: WA_OK | TYPE (context or write is NULL) | NOT_SUPPORTED (options; nothing was written)
 *   | CANCELLED (write said so) | LIMIT (text_bytes_max: what was written is cut off). Thread: control */
WA_API wa_status wa_graph_snapshot(const wa_context *context, const wa_graph_options *options,
                                   wa_graph_write_fn write, void *user);

/* The same into text, terminated. *needed_bytes (may be NULL): what it took, with the terminator, also where
 * that is more than text_bytes (0 to ask only; text may then be NULL), and 0 after other failures. A running
 * context may need a little more the next time.
 * Returns: WA_OK | TYPE (context or text is NULL) | NOT_SUPPORTED | LIMIT (text_bytes, text_bytes_max). After a
 *   failure text is empty. Thread: control */
WA_API wa_status wa_graph_snapshot_text(const wa_context *context, const wa_graph_options *options,
                                        char *text, size_t text_bytes, size_t *needed_bytes);

#ifdef __cplusplus
}
#endif
#endif /* WAVEPOOL_GRAPH_H */
