#include "automation_store.h"
#include "../boundary/timeline_event.h"
#include <assert.h>
#include <string.h>

static_assert(sizeof(timeline_event) == 40, "there are many");
static_assert(sizeof(store_chunk) == 44 * TIMELINE_CHUNK_EVENTS, "44 bytes per event");

/* Curves */

static uint64_t curve_bytes(uint32_t value_count) {
    return sizeof(timeline_curve) + (uint64_t)value_count * sizeof(float);
}

wa_status store_curve_create(timeline_store *store, const float *values, uint32_t value_count,
                             timeline_curve **curve) {
    void *memory = NULL;
    const wa_status status =
        memory_take(store->engine, WA_MEMORY_PARAMS, curve_bytes(value_count), "value curve", &memory);
    if (status != WA_OK) {
        return status;
    }
    timeline_curve *made = memory;
    made->next = store->curves;
    if (made->next) {
        made->next->previous = made;
    }
    store->curves = made;
    made->value_count = value_count;
    memcpy(made->values, values, (size_t)value_count * sizeof(float));
    *curve = made;
    return WA_OK;
}

void store_curve_free(timeline_store *store, timeline_curve *curve) {
    assert(curve->reference_count == 0);
    *(curve->previous ? &curve->previous->next : &store->curves) = curve->next;
    if (curve->next) {
        curve->next->previous = curve->previous;
    }
    memory_give(store->engine, WA_MEMORY_PARAMS, curve, curve_bytes(curve->value_count));
}

/* The pointer in an event is const for the render side; the memory is ours. */
static void event_reference(const timeline_event *event) {
    if (event->type == TIMELINE_VALUE_CURVE) {
        ((timeline_curve *)(uintptr_t)event->curve)->reference_count++;
    }
}

static void event_release(timeline_store *store, const timeline_event *event) {
    if (event->type != TIMELINE_VALUE_CURVE) {
        return;
    }
    timeline_curve *curve = (timeline_curve *)(uintptr_t)event->curve;
    assert(curve->reference_count > 0);
    if (--curve->reference_count == 0) {
        store_curve_free(store, curve);
    }
}

/* Chunks */

wa_status timeline_store_create(wa_engine *engine, timeline_store **store) {
    void *memory = NULL;
    const wa_status status =
        memory_take(engine, WA_MEMORY_PARAMS, sizeof(timeline_store), "timeline store", &memory);
    if (status != WA_OK) {
        return status;
    }
    *store = memory;
    (*store)->engine = engine;
    slab_init(&(*store)->chunks, engine, WA_MEMORY_PARAMS, sizeof(store_chunk), "automation");
    return WA_OK;
}

void timeline_store_watch(timeline_store *store, slab **grown) {
    slab_watch(&store->chunks, grown);
}

void timeline_store_destroy(timeline_store *store) {
    if (!store) {
        return;
    }
    while (store->curves) {
        store->curves->reference_count = 0;
        store_curve_free(store, store->curves);
    }
    slab_finish(&store->chunks);
    memory_give(store->engine, WA_MEMORY_PARAMS, store, sizeof(timeline_store));
}

static timeline_chunk **hidden(const timeline_chunk *chunk) {
    return &((store_chunk *)(uintptr_t)chunk)->hidden;
}

static uint32_t chunks_of(uint32_t slot_count) {
    return slot_count / TIMELINE_CHUNK_EVENTS + (slot_count % TIMELINE_CHUNK_EVENTS != 0);
}

static void chunk_give(timeline_store *store, timeline_chunk *chunk) {
    for (uint32_t i = 0; i < TIMELINE_CHUNK_EVENTS; i++) {
        event_release(store, &chunk->events[i]);
    }
    slab_give(&store->chunks, chunk);
}

/* count chunks, linked; room was reserved. */
static timeline_chunk *chunks_take(timeline_store *store, uint32_t count) {
    timeline_chunk *first = NULL;
    for (uint32_t i = 0; i < count; i++) {
        timeline_chunk *chunk = slab_take(&store->chunks);
        assert(chunk);
        chunk->next = first;
        first = chunk;
    }
    return first;
}

void timeline_garbage_free(timeline_store *store, timeline_garbage garbage) {
    timeline_chunk *chunk = garbage.chunks;
    for (uint32_t left = chunks_of(garbage.begin + garbage.count); left > 0; left--) {
        timeline_chunk *next = chunk->next;
        chunk_give(store, chunk);
        chunk = next;
    }
}

void timeline_clear(timeline_store *store, timeline *line) {
    if (line->count > 0) {
        timeline_garbage_free(store, (timeline_garbage){ line->first, line->begin, line->count });
    }
    *line = timeline_constant(line->base_value);
}

/* Lists */

static timeline_chunk *chunk_at(const timeline *line, uint32_t chunk_index) {
    timeline_chunk *chunk = line->first;
    for (; chunk_index > 0; chunk_index--) {
        chunk = chunk->next;
    }
    return chunk;
}

timeline_event *line_event(const timeline *line, uint32_t position) {
    assert(position < line->count);
    const uint32_t slot = line->begin + position;
    return &chunk_at(line, slot / TIMELINE_CHUNK_EVENTS)->events[slot % TIMELINE_CHUNK_EVENTS];
}

line_walk line_walk_from(const timeline *line, uint32_t position) {
    const uint32_t slot = line->begin + position;
    const bool is_inside = position < line->count;
    return (line_walk){ is_inside ? chunk_at(line, slot / TIMELINE_CHUNK_EVENTS) : NULL,
                        slot % TIMELINE_CHUNK_EVENTS };
}

timeline_event *line_walk_next(line_walk *walk) {
    if (walk->slot == TIMELINE_CHUNK_EVENTS) {
        walk->chunk = walk->chunk->next;
        walk->slot = 0;
    }
    return &walk->chunk->events[walk->slot++];
}

const timeline_event *line_last(const timeline *line) {
    if (line->count == 0) {
        return NULL;
    }
    const uint32_t slot = line->begin + line->count - 1;
    return &(*hidden(line->first))->events[slot % TIMELINE_CHUNK_EVENTS];
}

static bool is_before_place(const timeline_event *event, double time_s, bool is_before) {
    return is_before ? event->time_s < time_s : event->time_s <= time_s;
}

line_place line_find(const timeline *line, double time_s, bool is_before) {
    line_place place = { .before = line_last(line) };
    if (!place.before || is_before_place(place.before, time_s, is_before)) {
        place.position = line->count;
        return place;
    }
    place.before = NULL;
    const timeline_chunk *chunk = line->first;
    for (uint32_t slot = line->begin;; place.position++) {
        place.after = &chunk->events[slot];
        if (!is_before_place(place.after, time_s, is_before)) {
            return place;
        }
        place.before = place.after;
        if (++slot == TIMELINE_CHUNK_EVENTS) {
            chunk = chunk->next;
            slot = 0;
        }
    }
}

static timeline_garbage garbage_of(const timeline *line, uint32_t chunk_count) {
    const uint32_t slots = chunk_count * TIMELINE_CHUNK_EVENTS, end = line->begin + line->count;
    if (chunk_count == 0 || line->count == 0) {
        return (timeline_garbage){ 0 };
    }
    return (timeline_garbage){ line->first, line->begin, (slots < end ? slots : end) - line->begin };
}

/* Is the slot behind the last event one that nobody can have seen? */
static bool can_append(const timeline *line) {
    if (line->count == 0) {
        return true;
    }
    const uint32_t slot = (line->begin + line->count) % TIMELINE_CHUNK_EVENTS;
    const timeline_chunk *last = *hidden(line->first);
    return slot == 0 ? last->next == NULL : last->events[slot].type == 0;
}

static wa_status append(timeline_store *store, timeline *line, const timeline_event *event) {
    const uint32_t slot = line->count > 0 ? (line->begin + line->count) % TIMELINE_CHUNK_EVENTS : 0;
    timeline_chunk *last = line->count > 0 ? *hidden(line->first) : NULL;
    if (slot == 0) {
        const wa_status status = slab_reserve(&store->chunks, 1);
        if (status != WA_OK) {
            return status;
        }
        timeline_chunk *fresh = chunks_take(store, 1);
        *hidden(fresh) = last;
        if (last) {
            last->next = fresh;
        } else {
            line->first = fresh;
            line->begin = 0;
        }
        last = fresh;
    }
    *hidden(line->first) = last;
    last->events[slot] = *event;
    event_reference(event);
    line->count++;
    return WA_OK;
}

/* Old events [0, count) into slots from `slot` on, leaving out the one for `event` at `position`. */
static void copy_events(const timeline *from, timeline_chunk *to, uint32_t slot, uint32_t slot_end,
                        uint32_t position, const timeline_event *event) {
    const timeline_chunk *chunk = from->first;
    uint32_t from_slot = from->begin, from_left = from->count;
    for (uint32_t index = 0; slot < slot_end; slot++, index++) {
        if (slot > 0 && slot % TIMELINE_CHUNK_EVENTS == 0) {
            to = to->next;
        }
        timeline_event *target = &to->events[slot % TIMELINE_CHUNK_EVENTS];
        if (event && index == position) {
            *target = *event;
        } else if (from_left > 0) {
            if (from_slot == TIMELINE_CHUNK_EVENTS) {
                chunk = chunk->next;
                from_slot = 0;
            }
            *target = chunk->events[from_slot++];
            from_left--;
        } else {
            return;
        }
        event_reference(target);
    }
}

/* Copies of the chunks that hold the events [0, copied_end), with event put in; the rest is shared. */
static wa_status splice_copy(timeline_store *store, timeline *line, uint32_t position,
                             uint32_t copied_end, const timeline_event *event,
                             timeline_garbage *garbage) {
    const uint32_t old_count = chunks_of(line->begin + copied_end);
    const uint32_t new_count = old_count + (event && line->begin == 0);
    const wa_status status = slab_reserve(&store->chunks, new_count);
    if (status != WA_OK) {
        return status;
    }
    timeline next = *line;
    next.first = chunks_take(store, new_count);
    if (event) {
        next.begin = (line->begin + TIMELINE_CHUNK_EVENTS - 1) % TIMELINE_CHUNK_EVENTS;
        next.count++;
    }
    copy_events(line, next.first, next.begin, new_count * TIMELINE_CHUNK_EVENTS, position, event);
    const bool shares = old_count * TIMELINE_CHUNK_EVENTS < line->begin + line->count;
    timeline_chunk *last = chunk_at(&next, new_count - 1);
    last->next = shares ? chunk_at(line, old_count) : NULL;
    *hidden(next.first) = shares ? *hidden(line->first) : last;
    *garbage = garbage_of(line, old_count);
    *line = next;
    return WA_OK;
}

wa_status line_splice(timeline_store *store, timeline *line, uint32_t position, uint32_t copied_end,
                      const timeline_event *event, timeline_garbage *garbage) {
    assert(position <= copied_end);
    assert(copied_end <= line->count);
    if (event && position == line->count && can_append(line)) {
        return append(store, line, event);
    }
    return splice_copy(store, line, position, copied_end, event, garbage);
}

void line_truncate(timeline *line, uint32_t keep_count, timeline_garbage *garbage) {
    assert(keep_count <= line->count);
    const uint32_t end = line->begin + line->count;
    if (keep_count == 0) {
        *garbage = garbage_of(line, chunks_of(end));
        line->first = NULL;
        line->begin = line->count = 0;
    } else if (keep_count < line->count) {
        const uint32_t kept_chunks = chunks_of(line->begin + keep_count);
        timeline_chunk *last = chunk_at(line, kept_chunks - 1);
        if (end > kept_chunks * TIMELINE_CHUNK_EVENTS) {
            *garbage = (timeline_garbage){ last->next, 0, end - kept_chunks * TIMELINE_CHUNK_EVENTS };
        }
        *hidden(line->first) = last;
        line->count = keep_count;
    }
}

wa_status line_replace_end(timeline_store *store, timeline *line, uint32_t keep_count,
                           const timeline_event *event, timeline_garbage *garbage) {
    if (keep_count == line->count) {
        return line_splice(store, line, keep_count, keep_count, event, garbage);
    }
    /* Behind keep_count there are events that may be published: the kept ones must move. */
    timeline kept = *line;
    kept.count = keep_count;
    timeline_garbage copied = { 0 };
    const wa_status status = keep_count == 0
                                 ? append(store, &kept, event)
                                 : splice_copy(store, &kept, keep_count, keep_count, event, &copied);
    if (status != WA_OK) {
        return status;
    }
    *garbage = garbage_of(line, chunks_of(line->begin + line->count));
    *line = kept;
    return WA_OK;
}

void line_drop_front(timeline *line, uint32_t drop_count, timeline_garbage *garbage) {
    assert(drop_count <= line->count);
    if (drop_count == line->count) {
        line_truncate(line, 0, garbage);
        return;
    }
    const uint32_t begin = line->begin + drop_count;
    const uint32_t dropped_chunks = begin / TIMELINE_CHUNK_EVENTS;
    timeline_chunk *first = chunk_at(line, dropped_chunks);
    timeline_chunk *last = *hidden(line->first);
    if (dropped_chunks > 0) {
        *garbage = garbage_of(line, dropped_chunks);
    }
    *hidden(first) = last;
    line->first = first;
    line->begin = begin % TIMELINE_CHUNK_EVENTS;
    line->count -= drop_count;
}

/* Undoing */

/* An undone append was never published: its slots are as new again. */
static void forget_slots(timeline_store *store, timeline_chunk *chunk, uint32_t slot) {
    for (; slot != 0 && slot < TIMELINE_CHUNK_EVENTS; slot++) {
        event_release(store, &chunk->events[slot]);
        chunk->events[slot] = (timeline_event){ 0 };
    }
}

/* Every chunk of the list carries `mark`, or, without one, the chunk before it. Returns the last. */
static timeline_chunk *mark_chunks(const timeline *line, timeline_chunk *mark) {
    timeline_chunk *last = NULL, *chunk = line->first;
    for (uint32_t left = line->count > 0 ? chunks_of(line->begin + line->count) : 0; left > 0; left--) {
        *hidden(chunk) = mark ? mark : last;
        last = chunk;
        chunk = chunk->next;
    }
    return last;
}

/* The usual case in O(1): one event was appended. Returns false if it is not that. */
static bool discard_append(timeline_store *store, const timeline *line, const timeline *kept) {
    if (kept->count == 0 || line->first != kept->first || line->count != kept->count + 1) {
        return false;
    }
    const uint32_t slot = (kept->begin + kept->count) % TIMELINE_CHUNK_EVENTS;
    timeline_chunk *last = *hidden(kept->first);
    if (slot != 0) {
        forget_slots(store, last, slot);
        return true;
    }
    timeline_chunk *before = *hidden(last);
    if (last == kept->first || !before || before->next != last) {
        return false;
    }
    before->next = NULL;
    *hidden(kept->first) = before;
    chunk_give(store, last);
    return true;
}

void automation_discard(timeline_store *store, const timeline *line, const timeline *kept) {
    const uint32_t kept_end = (kept->begin + kept->count) % TIMELINE_CHUNK_EVENTS;
    if (discard_append(store, line, kept)) {
        return;
    }
    static timeline_chunk mark; /* its address */
    timeline_chunk *kept_last = mark_chunks(kept, &mark);
    timeline_chunk *chunk = line->first;
    uint32_t left = line->count > 0 ? chunks_of(line->begin + line->count) : 0;
    for (uint32_t end = line->begin + line->count; left > 0; left--, end -= TIMELINE_CHUNK_EVENTS) {
        timeline_chunk *next = chunk->next;
        if (*hidden(chunk) != &mark) {
            chunk_give(store, chunk);
        } else if (chunk == kept_last) {
            const bool reaches_beyond = left > 1 || end > kept_end;
            if (reaches_beyond) {
                forget_slots(store, chunk, kept_end);
            }
            chunk->next = left > 1 ? NULL : chunk->next;
        }
        chunk = next;
    }
    mark_chunks(kept, NULL);
    if (kept_last) {
        *hidden(kept->first) = kept_last;
    }
}
