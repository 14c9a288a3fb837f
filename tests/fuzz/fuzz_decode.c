/* Bytes as a file that is decoded whole: the first byte chooses rate and storage, the rest is the file. A
 * file may be refused; what is taken has the length it says and finite frames, and all memory comes back. */
#include "fuzz.h"
#include <math.h>

enum { BUDGET_BYTES = 8000000 };

/* The slots of buffers come with the first one and stay with the engine. */
static uint64_t used_with_slots(wa_engine *engine) {
    wa_buffer buffer;
    fuzz_check_ok(wa_buffer_create(engine, 1, 1, 48000.0f, &buffer));
    fuzz_check_ok(wa_buffer_release(engine, buffer));
    (void)wa_engine_trim(engine, 0);
    return fuzz_used_bytes(engine);
}

static void check_buffer(wa_engine *engine, wa_buffer buffer) {
    wa_buffer_info info;
    fuzz_check_ok(wa_buffer_get_info(engine, buffer, &info));
    fuzz_check(info.channel_count >= 1 && info.channel_count <= 32 && info.frame_count >= 1,
               "%u channels, %llu frames", info.channel_count, (unsigned long long)info.frame_count);
    fuzz_check(info.memory_bytes <= BUDGET_BYTES, "%llu bytes", (unsigned long long)info.memory_bytes);
    float last = 0.0f;
    for (uint32_t channel = 0; channel < info.channel_count; channel++) {
        fuzz_check_ok(
            wa_buffer_copy_from_channel(engine, buffer, &last, 1, channel, info.frame_count - 1));
    }
    fuzz_check_ok(wa_buffer_release(engine, buffer));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static const float rates[] = {
        0.0f, 48000.0f, 44100.0f, 8000.0f, 3000.0f, 96000.0f, 44099.9f, 0.0f
    };
    fuzz_bytes from = { data, data_bytes, 0 };
    const uint32_t choice = fuzz_u8(&from);
    wa_engine *engine = NULL;
    wa_engine_desc desc = WA_ENGINE_DESC_INIT;
    desc.budget_bytes = BUDGET_BYTES;
    fuzz_check_ok(wa_engine_create(&desc, &engine));
    const uint64_t used_bytes = used_with_slots(engine);

    wa_decode_options options = WA_DECODE_OPTIONS_INIT;
    options.sample_rate_hz = rates[choice % 8];
    options.storage = (choice & 8) != 0 ? WA_BUFFER_STORAGE_INT16 : WA_BUFFER_STORAGE_FLOAT32;
    wa_buffer buffer = { 0 };
    const wa_status status =
        wa_decode_memory_with(engine, data + from.at, data_bytes - from.at, &options, &buffer);
    if (status == WA_OK) {
        check_buffer(engine, buffer);
    } else {
        fuzz_check(buffer.id == 0 && wa_error_message()[0] != '\0', "status %d", (int)status);
    }
    (void)wa_engine_trim(engine, 0);
    fuzz_check(fuzz_used_bytes(engine) == used_bytes, "%llu bytes more than before",
               (unsigned long long)(fuzz_used_bytes(engine) - used_bytes));
    fuzz_check_ok(wa_engine_destroy(engine));
    return 0;
}
