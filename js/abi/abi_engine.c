/* Engines, buffers, waves: what contexts share. */
#include "abi.h"
#include <string.h>

/* budget_bytes, soft_limit_bytes -> engine */
static void engine_create(abi_mailbox *box) {
    wa_engine_desc desc = WA_ENGINE_DESC_INIT;
    if (box->slots[0] > 0.0) {
        desc.budget_bytes = (uint64_t)box->slots[0];
    }
    desc.soft_limit_bytes = (uint64_t)box->slots[1];
    wa_engine *engine = NULL;
    abi_return(box, wa_engine_create(&desc, &engine));
    box->slots[1] = abi_address(engine);
}

static void engine_destroy(abi_mailbox *box) {
    abi_return(box, wa_engine_destroy(abi_pointer(box, 0)));
}

static void engine_set_budget(abi_mailbox *box) {
    abi_return(box, wa_engine_set_budget(abi_pointer(box, 0), (uint64_t)box->slots[1]));
}

/* engine, target_bytes -> freed bytes */
static void engine_trim(abi_mailbox *box) {
    box->slots[1] = (double)wa_engine_trim(abi_pointer(box, 0), (uint64_t)box->slots[1]);
    abi_return(box, WA_OK);
}

static void engine_seal(abi_mailbox *box) {
    wa_engine_seal(abi_pointer(box, 0), box->slots[1] != 0.0);
    abi_return(box, WA_OK);
}

/* engine -> budget, used, peak, allocation count, allocated bytes, refused, allocations/s, pressure, sealed,
 * then for each category its bytes and its peak */
static void engine_memory(abi_mailbox *box) {
    wa_memory_stats stats;
    wa_engine_memory_stats(abi_pointer(box, 0), &stats);
    const double head[] = { (double)stats.budget_bytes,    (double)stats.used_bytes,
                            (double)stats.peak_bytes,      (double)stats.allocation_count,
                            (double)stats.allocated_bytes, (double)stats.refused_count,
                            stats.allocations_per_s,       (double)stats.gc_pressure,
                            stats.is_sealed ? 1.0 : 0.0,   (double)WA_MEMORY_CATEGORY_COUNT };
    memcpy(&box->slots[1], head, sizeof head);
    double *rest = &box->slots[1 + sizeof head / sizeof head[0]];
    for (uint32_t category = 0; category < WA_MEMORY_CATEGORY_COUNT; category++) {
        rest[2 * category] = (double)stats.category_bytes[category];
        rest[2 * category + 1] = (double)stats.category_peak_bytes[category];
    }
    abi_return(box, WA_OK);
}

/* -> text: the names of the categories, parted by blanks */
static void memory_category_names(abi_mailbox *box) {
    box->text[0] = '\0';
    for (uint32_t category = 0; category < WA_MEMORY_CATEGORY_COUNT; category++) {
        strcat(strcat(box->text, category > 0 ? " " : ""),
               wa_memory_category_name((wa_memory_category)category));
    }
    abi_return(box, WA_OK);
}

/* -> text */
static void error_message(abi_mailbox *box) {
    strncpy(box->text, wa_error_message(), ABI_TEXT_BYTES - 1);
    box->text[ABI_TEXT_BYTES - 1] = '\0';
}

/* -- buffers ------------------------------------------------------------------------------------ */

/* engine, channels, frames, rate -> buffer */
static void buffer_create(abi_mailbox *box) {
    wa_buffer buffer = { 0 };
    abi_return(box, wa_buffer_create(abi_pointer(box, 0), abi_uint(box, 1), (uint64_t)box->slots[2],
                                     (float)box->slots[3], &buffer));
    abi_set_id(box, 1, buffer.id);
}

static void buffer_release(abi_mailbox *box) {
    abi_return(box, wa_buffer_release(abi_pointer(box, 0), (wa_buffer){ abi_id(box, 1) }));
}

/* engine, buffer -> channels, frames, rate, bytes */
static void buffer_info(abi_mailbox *box) {
    wa_buffer_info info = { 0 };
    abi_return(box, wa_buffer_get_info(abi_pointer(box, 0), (wa_buffer){ abi_id(box, 1) }, &info));
    box->slots[1] = info.channel_count;
    box->slots[2] = (double)info.frame_count;
    box->slots[3] = (double)info.sample_rate_hz;
    box->slots[4] = (double)info.memory_bytes;
}

/* engine, buffer, channel -> address of its frames */
static void buffer_plane(abi_mailbox *box) {
    const float *plane =
        wa_buffer_plane(abi_pointer(box, 0), (wa_buffer){ abi_id(box, 1) }, abi_uint(box, 3));
    abi_return(box, plane != NULL ? WA_OK : WA_ERR_INDEX_SIZE);
    box->slots[1] = abi_address(plane);
}

/* engine, buffer, address, frames, channel, start */
static void buffer_copy_to_channel(abi_mailbox *box) {
    abi_return(box, wa_buffer_copy_to_channel(abi_pointer(box, 0), (wa_buffer){ abi_id(box, 1) },
                                              abi_pointer(box, 3), (uint64_t)box->slots[4],
                                              abi_uint(box, 5), (uint64_t)box->slots[6]));
}

static void buffer_copy_from_channel(abi_mailbox *box) {
    abi_return(box, wa_buffer_copy_from_channel(abi_pointer(box, 0), (wa_buffer){ abi_id(box, 1) },
                                                abi_pointer(box, 3), (uint64_t)box->slots[4],
                                                abi_uint(box, 5), (uint64_t)box->slots[6]));
}

/* -- waves -------------------------------------------------------------------------------------- */

/* engine, real address (0: none), imag address, count, disable normalization -> wave */
static void periodic_wave_create(abi_mailbox *box) {
    wa_periodic_wave wave = { 0 };
    abi_return(box,
               wa_periodic_wave_create(abi_pointer(box, 0), abi_pointer(box, 1), abi_pointer(box, 2),
                                       abi_uint(box, 3), box->slots[4] != 0.0, &wave));
    abi_set_id(box, 1, wave.id);
}

static void periodic_wave_release(abi_mailbox *box) {
    abi_return(box,
               wa_periodic_wave_release(abi_pointer(box, 0), (wa_periodic_wave){ abi_id(box, 1) }));
}

static const abi_entry entries[] = {
    { "engineCreate", engine_create },
    { "engineDestroy", engine_destroy },
    { "engineSetBudget", engine_set_budget },
    { "engineTrim", engine_trim },
    { "engineSeal", engine_seal },
    { "engineMemory", engine_memory },
    { "memoryCategoryNames", memory_category_names },
    { "errorMessage", error_message },
    { "bufferCreate", buffer_create },
    { "bufferRelease", buffer_release },
    { "bufferInfo", buffer_info },
    { "bufferPlane", buffer_plane },
    { "bufferCopyToChannel", buffer_copy_to_channel },
    { "bufferCopyFromChannel", buffer_copy_from_channel },
    { "periodicWaveCreate", periodic_wave_create },
    { "periodicWaveRelease", periodic_wave_release },
};
const abi_list abi_engine_list = { entries, sizeof entries / sizeof entries[0] };
