/* src/nodes/layout.h -- what a change of the channel count makes of the past, for types whose channels
 * each have a history. Web Audio 1.1, "Channel Up-Mixing and Down-Mixing" and "Implication of tail-time".
 *
 * A history mixes like the signal it came from only where mixing up copies a channel or leaves it silent,
 * which is all that up-mixing does. Thread: render
 */
#ifndef WA_SRC_NODES_LAYOUT_H
#define WA_SRC_NODES_LAYOUT_H
#include "../node.h"
#include <stddef.h>

/* Where channel `wide` of the larger layout comes from in the smaller; -1: it is silent. */
int32_t layout_before(uint32_t narrow_count, uint32_t wide_count, bool is_discrete, uint32_t wide);

/* Channels [0, from) of instance->channels have a past; afterwards [0, to) have the one that mixing would
 * have given them. Each begins with `bytes` of history; `silent` is that of a channel that had nothing. */
void layout_widen(const wa_instance *instance, uint32_t from, uint32_t to, size_t bytes,
                  const void *silent);
/* The way back, once nothing is left of what only the wider layout had. */
void layout_narrow(const wa_instance *instance, uint32_t from, uint32_t to, size_t bytes);

/* Input 0 in as many planes as output 0 has, written there; the two may share planes. */
void layout_input(const wa_instance *instance, uint32_t frames);
#endif /* WA_SRC_NODES_LAYOUT_H */
