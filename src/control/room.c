/* Everything that render could need is provided before it can need it: buckets, levels, the heap, the return
 * ring, and planes.
 *
 * How many planes suffice. Planes live within a quantum. A node whose output has one reader hands its planes
 * over, so along such a chain only the widest output counts: a node adds to the need what its outputs are wider
 * than the single-reader inputs that it frees. Outputs with several readers, or with params among them, live to
 * the quantum's end and free nothing. On top comes what one tile has in its hands.
 *
 * That is for every chain to sound at once. Where another thread renders nothing less is safe. An offline
 * context renders on the control thread and takes planes as they are needed: notes that wait cost none.
 */
#include "context.h"
#include <string.h>

enum { LEVELS_AT_FIRST = 64, PLANE_SEGMENT_BYTES = 65536, BUDGETED_QUANTUM_FRAMES = 512 };

static wa_status keep_room(wa_context *context, void *memory, uint64_t bytes,
                           wa_memory_category category) {
    (void)context;
    garbage_item *item = vector_add(&context->rooms);
    *item = (garbage_item){ .memory = memory, .bytes = bytes, .type = (uint32_t)category };
    return WA_OK;
}

/* Memory that render keeps for the context's life. */
static wa_status take_room(wa_context *context, wa_memory_category category, uint64_t bytes,
                           const char *what, void **memory) {
    wa_status status = vector_reserve(context->engine, &context->rooms, 1);
    if (status == WA_OK) {
        status = memory_take(context->engine, category, bytes, what, memory);
    }
    return status == WA_OK ? keep_room(context, *memory, bytes, category) : status;
}

static wa_status ship_room(wa_context *context, op_kind kind, void *memory, uint32_t count) {
    const wa_status status = edit_reserve(context, 1);
    if (status == WA_OK) {
        op *shipped = edit_op(context, kind, NULL);
        shipped->room.memory = memory;
        shipped->room.count = count;
    }
    return status;
}

static wa_status grow_levels(wa_context *context, uint32_t level) {
    uint32_t capacity = context->level_capacity == 0 ? LEVELS_AT_FIRST : context->level_capacity;
    while (capacity <= level) {
        capacity *= 2;
    }
    if (capacity == context->level_capacity) {
        return WA_OK;
    }
    wa_status status =
        vector_reserve(context->engine, &context->level_heads, capacity - context->level_heads.count);
    if (status != WA_OK) {
        return status;
    }
    void *memory = NULL;
    status = take_room(context, WA_MEMORY_SCHEDULE, capacity * sizeof(level_record) + capacity / 8,
                       "the table of levels", &memory);
    if (status == WA_OK) {
        status = ship_room(context, OP_LEVELS, memory, capacity);
    }
    if (status != WA_OK) {
        return status;
    }
    while (context->level_heads.count < capacity) {
        bucket **head = vector_add(&context->level_heads);
        *head = NULL;
    }
    context->level_capacity = capacity;
    return WA_OK;
}

wa_status bucket_for(wa_context *context, uint32_t level, uint32_t type, bucket **found) {
    wa_status status = grow_levels(context, level);
    if (status != WA_OK) {
        return status;
    }
    bucket **head = (bucket **)context->level_heads.items + level;
    for (bucket *each = *head; each != NULL; each = each->control_next) {
        if (each->type == type) {
            *found = each;
            return WA_OK;
        }
    }
    status = slab_reserve(&context->buckets, 1);
    if (status == WA_OK) {
        status = edit_reserve(context, 1);
    }
    if (status != WA_OK) {
        return status;
    }
    bucket *made = slab_take(&context->buckets);
    made->level = level;
    made->type = type;
    made->control_next = *head;
    *head = made;
    edit_op(context, OP_BUCKET, NULL)->place.bucket = made;
    *found = made;
    return WA_OK;
}

/* One more segment; and a longer table of segments when that is full. */
static wa_status grow_heap(wa_context *context) {
    const uint32_t count = context->heap_segment_count;
    void *segment = NULL;
    wa_status status = take_room(context, WA_MEMORY_SCHEDULE, HEAP_SEGMENT_ENTRIES * sizeof(heap_entry),
                                 "the heap of sources that wait", &segment);
    if (status != WA_OK) {
        return status;
    }
    if (count == 0 || (count >= 8 && (count & (count - 1)) == 0)) {
        void *table = NULL;
        const uint32_t capacity = count < 8 ? 8 : 2 * count;
        status = take_room(context, WA_MEMORY_SCHEDULE, capacity * sizeof(heap_entry *),
                           "the heap of sources that wait", &table);
        if (status != WA_OK) {
            return status;
        }
        if (count > 0) {
            memcpy(table, context->heap_table, count * sizeof(heap_entry *));
        }
        context->heap_table = table;
    }
    status = ship_room(context, OP_HEAP, context->heap_table, (count + 1) * HEAP_SEGMENT_ENTRIES);
    if (status == WA_OK) {
        context->heap_table[count] = segment;
        context->heap_segment_count++;
        context->heap_capacity = context->heap_segment_count * HEAP_SEGMENT_ENTRIES;
    }
    return status;
}

static wa_status grow_returns(wa_context *context) {
    void *chunk = NULL;
    wa_status status =
        take_room(context, WA_MEMORY_RINGS, sizeof(return_chunk), "the return ring", &chunk);
    if (status == WA_OK) {
        status = ship_room(context, OP_RETURNS, chunk, 0);
    }
    if (status == WA_OK) {
        context->return_entry_capacity += RETURN_CHUNK_ENTRIES;
    }
    return status;
}

wa_status room_for_node(wa_context *context, const graph_node *made) {
    wa_status status = WA_OK;
    /* Two entries a node; two whole chunks stay between the writer and the reader. */
    while (status == WA_OK && (uint64_t)context->return_entry_capacity <
                                  2 * ((uint64_t)context->node_count + 1) + 2 * RETURN_CHUNK_ENTRIES) {
        status = grow_returns(context);
    }
    if (status == WA_OK && (made->class->flags & WA_CLASS_SOURCE) != 0 &&
        context->source_count + 1 > context->heap_capacity) {
        status = grow_heap(context);
    }
    return status;
}

/* The listener is evaluated once a quantum, outside of any tile. */
wa_status room_for_listener(wa_context *context, uint32_t param_index) {
    const uint64_t stride = (context->desc.quantum_frames + 15u) & ~15u;
    void *row = NULL;
    const wa_status status =
        take_room(context, WA_MEMORY_NODES, stride * sizeof(float), "a row of the listener's", &row);
    return status == WA_OK ? ship_room(context, OP_LISTENER_ROW, row, param_index) : status;
}

/* Segments of 64 KiB at least, else an eighth of what there is. Returned, not shipped, when `made` asks. */
static wa_status grow_planes(wa_context *context, uint64_t needed, plane_segment **made) {
    const uint32_t stride = (context->desc.quantum_frames * (uint32_t)sizeof(float) + 63u) & ~63u;
    uint64_t count = PLANE_SEGMENT_BYTES / stride;
    if (count < needed - context->plane_capacity) {
        count = needed - context->plane_capacity;
    }
    if (count < context->plane_capacity / 8) {
        count = context->plane_capacity / 8;
    }
    if (count > UINT32_MAX) {
        return error_set(WA_ERR_LIMIT, "the graph needs more than %u planes", UINT32_MAX);
    }
    void *memory = NULL;
    wa_status status =
        take_room(context, WA_MEMORY_NODES, 64 + count * stride, "blocks of one quantum", &memory);
    if (status == WA_OK && made == NULL) {
        status = ship_room(context, OP_PLANES, memory, (uint32_t)count);
    }
    if (status == WA_OK) {
        plane_segment *segment = memory;
        segment->memory = (uint8_t *)memory + 64;
        segment->count = (uint32_t)count;
        segment->stride_bytes = stride;
        context->plane_capacity += count;
        if (made != NULL) {
            *made = segment;
        }
    }
    return status;
}

static bool grows_while_rendering(const wa_context *context) {
    return context->desc.kind == WA_CONTEXT_OFFLINE;
}

wa_status room_for_planes(wa_context *context) {
    const uint64_t needed =
        context->plane_margin + (grows_while_rendering(context) ? 0 : context->plane_need);
    return needed <= context->plane_capacity ? WA_OK : grow_planes(context, needed, NULL);
}

/* Offline: the render loop has used up its planes. It runs on the control thread, so it may have more. */
static bool more_planes(void *user) {
    wa_context *context = user;
    if (context->render_status == WA_OK) {
        context->render_status =
            grow_planes(context, context->plane_capacity + 1, &context->side.segment);
    }
    return context->render_status == WA_OK;
}

static_assert(sizeof(plane_segment) <= 64, "planes stay 64-byte aligned behind the segment's head");

edge *single_edge(const output_slot *output) {
    return output->edge_count == 1 && output->audio_edge_count == 1 ? output->out_first : NULL;
}

void planes_update(wa_context *context, graph_node *of) {
    uint32_t width = 0;
    for (uint32_t index = 0; index < of->output_count; index++) {
        width += of->outputs[index].width;
    }
    const uint32_t extra = width > of->freeable_planes ? width - of->freeable_planes : 0;
    context->plane_need += extra;
    context->plane_need -= of->extra_planes;
    of->extra_planes = (uint16_t)extra;
}

void planes_single_changed(wa_context *context, const output_slot *output, edge *before, edge *after) {
    if (before == after) {
        return;
    }
    if (before != NULL) {
        before->target->freeable_planes -= output->width;
        planes_update(context, before->target);
    }
    if (after != NULL) {
        after->target->freeable_planes += output->width;
        planes_update(context, after->target);
    }
}

void planes_width(wa_context *context, graph_node *of, uint32_t output_index, uint8_t width) {
    output_slot *output = &of->outputs[output_index];
    edge *single = single_edge(output);
    planes_single_changed(context, output, single, NULL);
    output->width = width;
    planes_single_changed(context, output, NULL, single);
    planes_update(context, of);
}

/* Rows, the zero plane and the puller's planes: one block, 64-byte rows. */
static wa_status take_scratch(wa_context *context) {
    render *side = &context->side;
    const uint32_t quantum = context->desc.quantum_frames;
    const uint64_t stride = (quantum + 15u) & ~15u;
    const uint32_t row_count = quantum <= BUDGETED_QUANTUM_FRAMES ? 256 : 2 * WA_PARAM_COUNT_MAX;
    const uint32_t pulled = context->desc.channel_count + context->desc.input_channel_count;
    const uint32_t spare = grows_while_rendering(context) ? 1 : 0;
    context->plane_memory_bytes = (row_count + 1 + pulled + spare) * stride * sizeof(float);
    const wa_status status = memory_take(context->engine, WA_MEMORY_NODES, context->plane_memory_bytes,
                                         "the context's scratch rows", &context->plane_memory);
    if (status != WA_OK) {
        return status;
    }
    float *memory = context->plane_memory;
    side->zero_plane = memory;
    side->rows = memory + stride;
    side->spare_plane = spare > 0 ? memory + (row_count + 1 + pulled) * stride : NULL;
    side->row_capacity = row_count;
    side->tile_plane_max = quantum <= BUDGETED_QUANTUM_FRAMES ? 256 : 1;
    context->plane_margin = side->tile_plane_max + 3 * WA_CHANNEL_COUNT_MAX;
    return WA_OK;
}

wa_status room_init(wa_context *context) {
    wa_status status = take_scratch(context);
    void *chunk = NULL;
    if (status == WA_OK) {
        status = take_room(context, WA_MEMORY_RINGS, sizeof(return_chunk), "the return ring", &chunk);
    }
    if (status != WA_OK) {
        return status;
    }
    return_ring_init(&context->returns, chunk);
    context->return_entry_capacity = RETURN_CHUNK_ENTRIES;
    if (grows_while_rendering(context)) {
        context->side.more_planes = more_planes;
        context->side.more_planes_user = context;
    }
    status = grow_levels(context, 0);
    return status == WA_OK ? room_for_planes(context) : status;
}

void room_finish(wa_context *context) {
    garbage_item *items = context->rooms.items;
    for (uint32_t index = 0; index < context->rooms.count; index++) {
        memory_give(context->engine, (wa_memory_category)items[index].type, items[index].memory,
                    items[index].bytes);
    }
    vector_finish(context->engine, &context->rooms);
    memory_give(context->engine, WA_MEMORY_NODES, context->plane_memory, context->plane_memory_bytes);
    vector_finish(context->engine, &context->level_heads);
}
