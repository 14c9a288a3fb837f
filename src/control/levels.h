/* src/control/levels.h -- the order of the graph and its cycles. Thread: control.
 *
 *   walk.c     what lies ahead of a node, and what lies between two
 *   levels.c   raising levels where a connection breaks the order
 *   cycles.c   delays set apart, the rest muted; opened again when a connection goes
 */
#ifndef WA_SRC_CONTROL_LEVELS_H
#define WA_SRC_CONTROL_LEVELS_H
#include "context.h"

/* -- walk.c: marks in the nodes and a list in context->walk, both good until the next walk begins -- */

typedef enum walk_way {
    WALK_AS_RENDERED, /* a delay that is apart ends the way at its writer */
    WALK_THROUGH_DELAYS
} walk_way;

void walk_begin(wa_context *context);
/* Everything that `from` feeds, itself included. Targets above level_max are left out. */
wa_status walk_ahead(wa_context *context, graph_node *from, walk_way way, uint32_t level_max);
bool walk_met(const wa_context *context, const graph_node *of);
/* Of what the last walk_ahead met: all that leads to `to`, which it met too. Those are on a way from its
 * beginning to `to`; they are walk_at(walk_between_first ..). */
wa_status walk_between(wa_context *context, graph_node *to, walk_way way);
/* Everything that sound can come from to `from`, itself included; params do not count. It ends, and *is_met is
 * true, at the first for which is_it() says so. */
wa_status walk_behind(wa_context *context, graph_node *from, bool (*is_it)(const graph_node *of),
                      bool *is_met);
static inline graph_node *walk_at(const wa_context *context, uint32_t index) {
    return ((graph_node **)context->walk.items)[index];
}

/* -- levels.c -- */

/* Give it at least that level, and what follows levels above. If memory is refused, what was raised stays: it
 * is still an order (levels may have gaps). */
wa_status levels_raise(wa_context *context, graph_node *from, uint32_t level);
/* Above everything that feeds it and is not muted. */
wa_status levels_lift(wa_context *context, graph_node *of);
#endif /* WA_SRC_CONTROL_LEVELS_H */
