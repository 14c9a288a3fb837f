/* Planes of one quantum: last in, first out, so that those in the cache are used again. Control keeps
 * enough of them (control/planes.c says why that many suffice). */
#include "render.h"

float *plane_take_fresh(render *side) {
    while (side->segment != NULL) {
        plane_segment *segment = side->segment;
        if (segment->used < segment->count) {
            return (float *)(void *)(segment->memory + (size_t)segment->stride_bytes * segment->used++);
        }
        side->segment = segment->next;
        if (side->segment == NULL && side->more_planes != NULL) {
            (void)side->more_planes(side->more_planes_user);
        }
    }
    return NULL;
}

float *plane_spare(render *side) {
    assert(side->spare_plane != NULL); /* reserved by control elsewhere */
    atomic_fetch_add_explicit(&side->published.shortage_count, 1, memory_order_relaxed);
    return side->spare_plane;
}

void output_give_planes(render *side, output_slot *output) {
    float **planes = output_planes(output);
    for (uint32_t channel = 0; channel < output->channel_count; channel++) {
        plane_give(side, planes[channel]);
    }
    output->channel_count = 0;
}
