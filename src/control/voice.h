/* src/control/voice.h -- a voice of a pool: its members, and how they are connected. Thread: control */
#ifndef WA_SRC_CONTROL_VOICE_H
#define WA_SRC_CONTROL_VOICE_H
#include "context.h"

typedef struct voice {
    unit group; /* first: a member's group is its voice */
    struct voice *next, *prev;
    uint64_t first_order; /* of its connections, which are made in a row */
    bool is_in_use, is_released, is_when_done;
    bool is_due; /* to be released as soon as there is memory for it */
    graph_node *members[];
} voice;

/* -- voice_wiring.c -- */
typedef enum voice_edges { VOICE_EXTERNAL_INPUTS, VOICE_EXTERNAL_OUTPUTS, VOICE_ALL_EDGES } voice_edges;

bool voice_is_external(const voice *of, const edge *each);
/* Ops that cutting all of them needs: those among members count twice. */
uint32_t voice_edge_count(const voice *of);
/* Reserved by the caller: voice_edge_count() ops. */
void voice_cut(wa_context *context, const voice *of, voice_edges wanted);
/* Connect the members, which have no connections, as the template says.
 * Returns: WA_OK | INDEX_SIZE (there is no such port) | BUDGET | SEALED; some may be made. */
wa_status voice_wire(wa_context *context, voice *of, const wa_voice_edge *edges, uint32_t edge_count);
/* Its connections are those of the template, and no others. */
bool voice_is_wired(const voice *of, uint32_t edge_count);

/* Where the members stand once they are connected as the template says. Levels only ever rise: a voice that
 * comes back is put back to these, or voices that feed one another by turns would rise for ever. */
typedef struct voice_places {
    uint32_t level[WA_VOICE_NODE_COUNT_MAX];
    uint32_t writer_level[WA_VOICE_NODE_COUNT_MAX]; /* of a delay that is apart */
    bool is_split[WA_VOICE_NODE_COUNT_MAX], is_muted[WA_VOICE_NODE_COUNT_MAX];
} voice_places;
void voice_places_take(const voice *of, voice_places *places);
/* After the members' own reset. False: there is no memory for it, or there was none to open a cycle. */
bool voice_places_restore(wa_context *context, const voice *of, const voice_places *places);
#endif /* WA_SRC_CONTROL_VOICE_H */
