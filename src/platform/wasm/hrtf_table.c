#include "hrtf_table.h"
#include "../../error.h"
#include "../../limits.h"
#include "../../media/hrtf.h"
#include "../../media/hrtf_build.h"
#include "../../memory/buffers.h"
#include "../../memory/hrtf_shelf.h"
#include "../../memory/memory.h"
#include <string.h>

wa_status hrtf_for_rate(wa_engine *engine, double sample_rate_hz, const wa_resource **set) {
    wa_hrtf_data *found = hrtf_shelf_find(engine, sample_rate_hz);
    if (found == NULL) {
        return error_set(WA_ERR_NOT_SUPPORTED,
                         "panningModel: the HRTF table has not been loaded for %g Hz; await loadHrtf()",
                         sample_rate_hz);
    }
    *set = &found->resource;
    return WA_OK;
}

static uint64_t delay_count(const hrtf_table_head *head) {
    return head->has_delay_each != 0 ? 2 * (uint64_t)head->direction_count : 2;
}

static uint64_t response_floats(const hrtf_table_head *head) {
    return 2 * (uint64_t)head->direction_count * head->frame_count;
}

static wa_status check(const hrtf_table_head *head, uint32_t table_bytes) {
    if (table_bytes < sizeof *head || memcmp(head->magic, "WPHR", 4) != 0 ||
        head->version != HRTF_TABLE_VERSION) {
        return error_set(WA_ERR_ENCODING, "table: is no table of head-related responses");
    }
    if (head->direction_count == 0 || head->direction_count > WA_HRTF_DIRECTION_COUNT_MAX ||
        head->frame_count == 0 || head->frame_count > UINT16_MAX) {
        return error_set(WA_ERR_ENCODING, "table: says %u directions of %u frames",
                         (unsigned)head->direction_count, (unsigned)head->frame_count);
    }
    const uint64_t bytes = sizeof *head + 12 * (uint64_t)head->direction_count + 4 * delay_count(head) +
                           2 * response_floats(head);
    return bytes == table_bytes ? WA_OK
                                : error_set(WA_ERR_ENCODING, "table: has %u bytes, and says %u",
                                            (unsigned)table_bytes, (unsigned)bytes);
}

static wa_status build(wa_engine *engine, const hrtf_table_head *head, float *responses,
                       double sample_rate_hz, wa_hrtf_data **set) {
    const float *positions = (const float *)(head + 1);
    const float *delays = positions + (size_t)3 * head->direction_count;
    const int16_t *packed = (const int16_t *)(delays + delay_count(head));
    for (uint64_t index = 0; index < response_floats(head); index++) {
        responses[index] = (float)packed[index] * head->scale;
    }
    const hrtf_measured measured = {
        .name = "table",
        .sample_rate_hz = (double)head->sample_rate_hz,
        .direction_count = head->direction_count,
        .frame_count = head->frame_count,
        .positions = positions,
        .responses = responses,
        .delays = delays,
        .has_delay_each = head->has_delay_each != 0,
        .is_right_first = head->is_right_first != 0,
    };
    return hrtf_build(engine, &measured, sample_rate_hz, set);
}

wa_status hrtf_table_load(wa_engine *engine, const void *table, uint32_t table_bytes,
                          double sample_rate_hz) {
    const hrtf_table_head *head = table;
    wa_hrtf_data *set = hrtf_shelf_find(engine, sample_rate_hz);
    if (set != NULL) {
        resource_unreference(engine, &set->resource);
        return WA_OK;
    }
    wa_status status = check(head, table_bytes);
    if (status != WA_OK) {
        return status;
    }
    void *responses = NULL;
    const uint64_t bytes = response_floats(head) * sizeof(float);
    status = memory_take(engine, WA_MEMORY_DECODE, bytes, "measured responses", &responses);
    if (status != WA_OK) {
        return status;
    }
    char path[HRTF_PATH_BYTES];
    const uint32_t number = hrtf_shelf_source(engine, path);
    status = build(engine, head, responses, sample_rate_hz, &set);
    memory_give(engine, WA_MEMORY_DECODE, responses, bytes);
    if (status == WA_OK) {
        status = hrtf_shelf_add(engine, number, &set);
    }
    if (status == WA_OK) {
        resource_unreference(engine, &set->resource);
    }
    return status;
}
