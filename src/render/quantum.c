/* One quantum; see render.h. Read from the bottom up: render_quantum() is the whole of it. */
#include "../kernels/mix.h"
#include "retire.h"
#include <math.h>

static void put_on_sleepy_list(render *side, graph_node *of) {
    if ((of->flags & NODE_SLEEPY) == 0) {
        of->flags |= NODE_SLEEPY;
        of->list_next = side->sleepy_first;
        side->sleepy_first = of;
    }
}

static void fall_silent(render *side, graph_node *of) {
    if ((of->flags & NODE_SOUNDS) != 0) {
        active_output_end(of);
    }
    put_on_sleepy_list(side, of);
}

static void end_source(render *side, graph_node *of) {
    of->flags = (of->flags & ~(uint32_t)NODE_PLAYING) | NODE_ENDED;
    return_ring_push(side->returns, of, RETURN_ENDED);
}

/* Frames [begin, end) of this quantum in which a source plays. False: it has none left and is over. */
static bool set_span(render *side, graph_node *of, wa_instance *instance) {
    instance->begin = 0;
    instance->end = side->quantum_frames;
    instance->start_frame = of->start_frame;
    if ((of->class->flags & WA_CLASS_SOURCE) == 0) {
        return true;
    }
    source_fold_stop(side, of);
    const double frame = (double)side->frame;
    const double first = ceil(of->start_frame) - frame, last = ceil(of->stop_frame) - frame;
    instance->begin = first <= 0.0                           ? 0
                      : first < (double)side->quantum_frames ? (uint32_t)first
                                                             : instance->end;
    if (last < (double)side->quantum_frames) {
        instance->end = last > 0.0 ? (uint32_t)last : 0;
    }
    if (instance->begin >= instance->end) {
        end_source(side, of);
        return false;
    }
    return true;
}

static bool is_active(render *side, graph_node *of) {
    if ((of->class->flags & WA_CLASS_SOURCE) != 0) {
        return (of->flags & NODE_PLAYING) != 0;
    }
    return (of->flags & NODE_HAS_TAIL) != 0 || (of->class->flags & WA_CLASS_ALWAYS_ON) != 0 ||
           gather_has_active_input(side, of) || sounds_alone(of);
}

/* True: it is processed in this quantum. */
static bool prepare(render *side, graph_node *of, wa_instance *instance) {
    if ((of->flags & NODE_FADING) != 0 && (double)side->frame >= of->stop_frame) {
        of->flags &= ~(uint32_t)(NODE_HAS_TAIL | NODE_PLAYING);
        fall_silent(side, of);
        return false;
    }
    if ((of->flags & NODE_MUTED) != 0 || !is_active(side, of) || !set_span(side, of, instance)) {
        fall_silent(side, of);
        return false;
    }
    if ((of->flags & NODE_SOUNDS) == 0) {
        active_output_begin(side, of);
    }
    return true;
}

static void take_output_planes(render *side, wa_block *block, uint32_t channel_count) {
    block->channel_count = channel_count;
    for (uint32_t channel = 0; channel < channel_count; channel++) {
        block->planes[channel] = plane_take(side);
    }
    side->tile.plane_count += channel_count;
}

static void set_outputs(render *side, graph_node *of, wa_instance *instance, uint32_t first_input) {
    tile *work = &side->tile;
    uint32_t counts[WA_PORT_COUNT_MAX];
    instance->outputs = &work->blocks[work->block_count];
    instance->output_count = of->output_count;
    if (of->output_count == 0) {
        return;
    }
    if (of->class->output_channels != NULL) {
        of->class->output_channels(instance, counts);
    } else {
        for (uint32_t index = 0; index < of->output_count; index++) {
            counts[index] = of->input_count > 0 ? instance->inputs[0].channel_count : 1;
        }
    }
    const bool in_place = (of->class->flags & WA_CLASS_ALIAS) != 0 && of->input_count == 1 &&
                          work->owned[first_input] && counts[0] == instance->inputs[0].channel_count;
    for (uint32_t index = 0; index < of->output_count; index++) {
        wa_block *block = &work->blocks[work->block_count++];
        block->is_active = true;
        block->is_silent = false;
        if (in_place) {
            block->channel_count = counts[0];
            planes_copy(block->planes, instance->inputs[0].planes, counts[0]);
            work->owned[first_input] = false;
        } else {
            take_output_planes(side, block, counts[index]);
        }
    }
}

static void add_to_tile(render *side, graph_node *of) {
    tile *work = &side->tile;
    wa_instance *instance = &work->instances[work->count];
    if (!prepare(side, of, instance)) {
        return;
    }
    const uint32_t first_input = work->block_count;
    work->first_inputs[work->count] = (uint16_t)first_input;
    instance->config = of->now.config;
    instance->state = of->state;
    instance->channels = of->channels;
    instance->channel_capacity = of->channel_capacity;
    instance->frame = side->frame;
    instance->is_discrete = !of->now.mix.is_speakers;
    instance->gap_frames = side->frame - of->processed_until;
    instance->has_tail = instance->has_ended = instance->is_at_rest = false;
    gather_inputs(side, of, instance);
    gather_params(side, of, instance);
    set_outputs(side, of, instance, first_input);
    work->nodes[work->count] = of;
    work->pointers[work->count] = instance;
    work->count++;
}

static void give_input_planes(render *side, const wa_instance *instance, uint32_t first_input) {
    for (uint32_t index = 0; index < instance->input_count; index++) {
        const wa_block *block = &instance->inputs[index];
        bool *owned = &side->tile.owned[first_input + index];
        if (*owned) {
            for (uint32_t channel = 0; channel < block->channel_count; channel++) {
                plane_give(side, block->planes[channel]);
            }
            *owned = false;
        }
    }
}

enum { READERS_LOOKED_AT_MAX = 8 };

/* A target that a large batch has not woken yet is woken here; at a level already swept it is late. */
static bool will_read(render *side, graph_node *target) {
    if (node_is_muted(side, target)) {
        return false;
    }
    if ((target->flags & NODE_AWAKE) == 0) {
        active_wake(side, target);
    }
    return (target->flags & NODE_AWAKE) != 0;
}

/* Who will read this output: nobody (its planes go back now), one input (it takes them over), or more
 * and params (they stay until the quantum's end). */
static void find_readers(render *side, graph_node *of, output_slot *output) {
    uint32_t reader_count = 0, looked_at = 0;
    for (edge *each = output->link_first; each != NULL; each = each->link_next) {
        if (++looked_at > READERS_LOOKED_AT_MAX) {
            reader_count = 2;
            break;
        }
        if (edge_is_visible(side, each)) {
            reader_count += each->is_param ? 2 : will_read(side, each->target) ? 1 : 0;
        }
    }
    output->is_pinned = reader_count > 1;
    if (reader_count == 0) {
        output_give_planes(side, output);
    } else if (output->is_pinned && (of->flags & NODE_PINNED) == 0) {
        of->flags |= NODE_PINNED;
        of->list_next = side->pinned_first;
        side->pinned_first = of;
    }
}

/* Whoever reads it has been woken, and finds that nothing comes. */
static void rest(render *side, graph_node *of) {
    active_output_end(of);
    for (uint32_t index = 0; index < of->output_count; index++) {
        output_give_planes(side, &of->outputs[index]);
    }
}

static void publish_outputs(render *side, graph_node *of, const wa_instance *instance) {
    for (uint32_t index = 0; index < of->output_count; index++) {
        const wa_block *block = &instance->outputs[index];
        output_slot *output = &of->outputs[index];
        float **planes = output_planes(output);
        assert(output->has_wide || block->channel_count <= OUTPUT_INLINE_PLANES);
        planes_copy(planes, block->planes, block->channel_count);
        output->channel_count = (uint8_t)block->channel_count;
        output->is_silent = block->is_silent;
        atomic_store_explicit(
            &output->seen,
            (uint8_t)(block->channel_count | (block->is_silent ? OUTPUT_SEEN_SILENT : 0u)),
            memory_order_relaxed);
        if (!instance->is_at_rest) {
            find_readers(side, of, output);
        }
    }
    if (instance->is_at_rest) {
        rest(side, of);
    }
}

static void finish_instance(render *side, graph_node *of, const wa_instance *instance,
                            uint32_t first_input) {
    give_input_planes(side, instance, first_input);
    publish_outputs(side, of, instance);
    of->processed_until = side->frame + side->quantum_frames;
    of->flags = instance->has_tail ? of->flags | NODE_HAS_TAIL : of->flags & ~(uint32_t)NODE_HAS_TAIL;
    if ((of->class->flags & WA_CLASS_SOURCE) != 0 &&
        (instance->has_ended || ceil(of->stop_frame) <= (double)of->processed_until)) {
        end_source(side, of);
    }
    node_show(of);
    if (of->partner != NULL && instance->has_tail) {
        of->partner->flags |= NODE_HAS_TAIL; /* a delay's line has something new to be read */
        active_wake(side, of->partner);
    }
}

static void add_cost(graph_node *of, float ns) {
    const float sum_ns = atomic_load_explicit(&of->cost_ns, memory_order_relaxed);
    const uint32_t count = atomic_load_explicit(&of->cost_count, memory_order_relaxed);
    atomic_store_explicit(&of->cost_ns, sum_ns + ns, memory_order_relaxed);
    atomic_store_explicit(&of->cost_count, count + 1, memory_order_relaxed);
}

static void run_tile(render *side, const bucket *place, bool is_timed) {
    tile *work = &side->tile;
    if (work->count > 0) {
        const wa_node_class *class = work->nodes[0]->class;
        const uint64_t begin_ns = is_timed ? clock_now_ns() : 0;
        if ((class->flags & WA_CLASS_LISTENS) != 0 && side->quantum.listener == NULL) {
            side->quantum.listener = gather_listener(side);
        }
        class->process(work->pointers, work->count, &side->quantum);
        if (is_timed) {
            const uint64_t end_ns = clock_now_ns();
            const float share_ns = (float)(end_ns - begin_ns) / (float)work->count;
            profile_span(side->measured, place->level, (wa_node_type)place->type, work->count, begin_ns,
                         end_ns);
            for (uint32_t index = 0; index < work->count; index++) {
                add_cost(work->nodes[index], share_ns);
            }
        }
        for (uint32_t index = 0; index < work->count; index++) {
            finish_instance(side, work->nodes[index], &work->instances[index],
                            work->first_inputs[index]);
        }
    }
    work->count = work->block_count = work->param_count = work->row_count = work->plane_count = 0;
}

static uint32_t least(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* Instances of a class that a tile has room for; at least one. No more where nodes of one type are not alike,
 * in ports, params and cost: each of those is then timed by itself, too. */
static uint32_t tile_limit(const render *side, const wa_node_class *class) {
    if (class->class_of != NULL) {
        return 1;
    }
    const bool is_many = (class->flags & (WA_CLASS_MANY_INPUTS | WA_CLASS_MANY_OUTPUTS)) != 0;
    const uint32_t ports = is_many ? WA_PORT_COUNT_MAX + 1 : class->input_count + class->output_count;
    uint32_t limit = WA_TILE_INSTANCE_MAX;
    if (ports > 0) {
        limit = least(limit, TILE_BLOCK_MAX / ports);
    }
    if (class->param_count > 0) {
        limit = least(limit, least(TILE_PARAM_MAX, side->row_capacity) / class->param_count);
    }
    return limit > 0 ? limit : 1;
}

/* Of many nodes each is far away: what add_to_tile() reads of the next one is on its way meanwhile. */
enum { LINE_BYTES = 64, NODE_LINES = 8 };
static void fetch_ahead(const graph_node *next) {
    for (uint32_t line = 0; next != NULL && line < NODE_LINES; line++) {
        __builtin_prefetch((const char *)next + (size_t)line * LINE_BYTES);
    }
}

static void sweep_bucket(render *side, bucket *place, bool is_timed) {
    const tile *work = &side->tile;
    const uint32_t limit = tile_limit(side, place->first->class);
    graph_node *next = NULL;
    for (graph_node *each = place->first; each != NULL; each = next) {
        next = each->active_next;
        fetch_ahead(next);
        active_fold(side, each);
        if (each->now.place != place) {
            continue; /* it rose: met again at its new level */
        }
        if (work->count == limit || (work->plane_count >= side->tile_plane_max && work->count > 0)) {
            run_tile(side, place, is_timed);
        }
        add_to_tile(side, each);
    }
    run_tile(side, place, is_timed);
}

static void sweep(render *side, bool is_timed) {
    side->is_sweeping = true;
    for (uint32_t word = 0; word < side->level_capacity / 64; word++) {
        uint64_t done = 0;
        for (;;) {
            const uint64_t bits = side->level_bits[word] & ~done;
            if (bits == 0) {
                break;
            }
            const uint32_t bit = (uint32_t)__builtin_ctzll(bits);
            done |= ((uint64_t)2 << bit) - 1; /* this level and all below it */
            side->sweep_level = word * 64 + bit;
            for (bucket *place = side->levels[side->sweep_level].first; place != NULL;
                 place = place->next) {
                if (place->count > 0) {
                    sweep_bucket(side, place, is_timed);
                }
            }
        }
    }
    side->is_sweeping = false;
}

static void wake_due_sources(render *side) {
    const uint64_t end = side->frame + side->quantum_frames;
    for (graph_node *due = heap_pop_due(side, end); due != NULL; due = heap_pop_due(side, end)) {
        if ((due->flags & NODE_START_STAGED) != 0 && !side->is_late) {
            due->list_next = side->early_first;
            side->early_first = due;
            continue;
        }
        source_fold_stop(side, due);
        if (ceil(fmin(due->start_frame, due->stop_frame)) >= (double)end) {
            heap_insert(side, due); /* the stop that would have been first has been taken back */
            continue;
        }
        if (ceil(due->start_frame) < (double)side->frame) {
            due->start_frame = (double)side->frame; /* in the past means now */
        }
        due->flags = (due->flags & ~(uint32_t)NODE_START_STAGED) | NODE_PLAYING;
        active_wake(side, due);
    }
}

/* On a cycle without a delay it is muted, and nobody else writes what is heard. */
static void write_unrendered(render *side) {
    if (side->destination->processed_until != side->frame + side->quantum_frames) {
        for (uint32_t channel = 0; channel < side->quantum.output_count; channel++) {
            kernel_zero(side->quantum.outputs[channel], side->quantum_frames);
        }
    }
}

static void give_pinned_planes(render *side) {
    while (side->pinned_first != NULL) {
        graph_node *of = side->pinned_first;
        side->pinned_first = of->list_next;
        of->flags &= ~(uint32_t)NODE_PINNED;
        for (uint32_t index = 0; index < of->output_count; index++) {
            if (of->outputs[index].is_pinned) {
                of->outputs[index].is_pinned = false;
                output_give_planes(side, &of->outputs[index]);
            }
        }
    }
}

static void wake_late(render *side) {
    while (side->waking_first != NULL) {
        graph_node *of = side->waking_first;
        side->waking_first = of->list_next;
        of->flags &= ~(uint32_t)NODE_WAKING;
        active_wake(side, of);
    }
}

static void put_to_sleep(render *side) {
    while (side->sleepy_first != NULL) {
        graph_node *of = side->sleepy_first;
        side->sleepy_first = of->list_next;
        of->flags &= ~(uint32_t)NODE_SLEEPY;
        const bool is_over = (of->flags & (NODE_FADING | NODE_MUTED)) != 0;
        if ((of->flags & (NODE_GONE | NODE_PLAYING)) == 0 && (is_over || !is_active(side, of))) {
            active_sleep(side, of);
            retire_after_sleep(side, of);
        }
    }
}

static void publish(render *side, uint64_t quantum_frame) {
    render_public *published = &side->published;
    atomic_store_explicit(&published->quantum_applied, side->applied, memory_order_relaxed);
    atomic_store_explicit(&published->quantum_frame, quantum_frame, memory_order_relaxed);
    atomic_store_explicit(&published->awake_count, side->awake_count, memory_order_relaxed);
    atomic_store_explicit(&published->scheduled_count, side->heap_count, memory_order_relaxed);
    const uint64_t count = atomic_load_explicit(&published->quantum_count, memory_order_relaxed);
    atomic_store_explicit(&published->quantum_count, count + 1, memory_order_relaxed);
    atomic_store_explicit(&published->frame, side->frame, memory_order_release);
}

void render_quantum(render *side, const float *const *inputs, uint32_t input_count,
                    float *const *outputs) {
    side->quantum = (wa_quantum){
        .frame = side->frame,
        .frame_count = side->quantum_frames,
        .sample_rate_hz = side->sample_rate_hz,
        .inputs = inputs,
        .input_count = input_count,
        .outputs = outputs,
        .output_count = side->output_channel_count,
    };
    const bool is_timed = profile_quantum_begin(side->measured, side->frame);
    wake_due_sources(side);
    sweep(side, is_timed);
    write_unrendered(side);
    give_pinned_planes(side);
    wake_late(side);
    put_to_sleep(side);
    const uint64_t quantum_frame = side->frame;
    side->frame += side->quantum_frames;
    publish(side, quantum_frame);
    profile_quantum_end(side->measured, is_timed);
}
