/* Sample data behind handles: made within the specification's ranges, readable and writable like an
 * AudioBuffer, and alive exactly as long as its owner or a node holds it.
 * M1.4: a buffer that a node still reads outlives its release, and a second release is told apart.
 */
#include "engines.h"
#include "memory/buffers.h"
#include <math.h>
#include <pthread.h>
#include "wavepool/buffer.h"

static wa_buffer make(wa_engine *engine, uint32_t channel_count, uint64_t frame_count) {
    wa_buffer buffer = { 0 };
    assert_int_equal(wa_buffer_create(engine, channel_count, frame_count, 48000.0f, &buffer), WA_OK);
    return buffer;
}

static wa_resource *resource_of(wa_engine *engine, wa_buffer buffer) {
    wa_buffer_data *data = NULL;
    assert_int_equal(buffer_resolve(engine, buffer, "buffer", &data), WA_OK);
    return &data->resource;
}

/* -- Making ------------------------------------------------------------------------------------ */

static void test_create_rows(void **state) {
    (void)state;
    static const struct {
        uint32_t channel_count;
        uint64_t frame_count;
        float sample_rate_hz;
        wa_status status;
        const char *words;
    } rows[] = {
        { 1, 1, 3000.0f, WA_OK, NULL },
        { 32, 1, 768000.0f, WA_OK, NULL },
        { 2, 1024, 44100.0f, WA_OK, NULL },
        { 7, 300001, 96000.0f, WA_OK, NULL },
        { 0, 100, 48000.0f, WA_ERR_NOT_SUPPORTED, "channel_count: 0 is not in [1, 32]" },
        { 33, 100, 48000.0f, WA_ERR_NOT_SUPPORTED, "channel_count: 33" },
        { 1, 0, 48000.0f, WA_ERR_NOT_SUPPORTED, "frame_count: 0" },
        { 1, ((uint64_t)1 << 40) + 1, 48000.0f, WA_ERR_NOT_SUPPORTED, "frame_count: 1099511627777" },
        { 1, UINT64_MAX, 48000.0f, WA_ERR_NOT_SUPPORTED, "frame_count" },
        { 1, 100, 2999.0f, WA_ERR_NOT_SUPPORTED, "sample_rate_hz: 2999 is not in [3000, 768000]" },
        { 1, 100, 768001.0f, WA_ERR_NOT_SUPPORTED, "sample_rate_hz" },
        { 1, 100, NAN, WA_ERR_NOT_SUPPORTED, "sample_rate_hz" },
        { 1, 100, -INFINITY, WA_ERR_NOT_SUPPORTED, "sample_rate_hz" },
        { 32, (uint64_t)1 << 40, 48000.0f, WA_ERR_BUDGET, "buffer" },
        { 2, 20000000, 48000.0f, WA_ERR_BUDGET, "buffer: " },
    };
    wa_engine *engine = engine_of(100000000);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const wa_memory_stats before = stats_of(engine);
        wa_buffer buffer = { 0 };
        assert_int_equal(wa_buffer_create(engine, rows[i].channel_count, rows[i].frame_count,
                                          rows[i].sample_rate_hz, &buffer),
                         rows[i].status);
        if (rows[i].status != WA_OK) {
            assert_message_has(rows[i].words);
            assert_int_equal(buffer.id, 0);
            assert_same_use(&before, engine);
            continue;
        }
        wa_buffer_info info;
        assert_int_equal(wa_buffer_get_info(engine, buffer, &info), WA_OK);
        assert_int_equal(info.channel_count, rows[i].channel_count);
        assert_int_equal(info.frame_count, rows[i].frame_count);
        assert_true(info.sample_rate_hz == rows[i].sample_rate_hz);
        assert_true(info.duration_s == (double)rows[i].frame_count / (double)rows[i].sample_rate_hz);
        assert_int_equal(info.memory_bytes, stats_of(engine).category_bytes[WA_MEMORY_BUFFERS]);
        assert_int_equal(wa_buffer_release(engine, buffer), WA_OK);
        wa_engine_trim(engine, 0);
        assert_int_equal(stats_of(engine).category_bytes[WA_MEMORY_BUFFERS], 0);
    }
    wa_buffer buffer;
    assert_int_equal(wa_buffer_create(NULL, 1, 1, 48000.0f, &buffer), WA_ERR_TYPE);
    assert_int_equal(wa_buffer_create(engine, 1, 1, 48000.0f, NULL), WA_ERR_TYPE);
    wa_engine_destroy(engine);
}

/* Every plane is zero, aligned, apart from the others, and not a multiple of 4 KiB away. */
static void test_planes(void **state) {
    (void)state;
    static const struct {
        uint32_t channel_count;
        uint64_t frame_count;
    } rows[] = { { 1, 1 }, { 2, 15 }, { 2, 1024 }, { 32, 17 }, { 6, 65536 }, { 2, 500000 } };
    wa_engine *engine = engine_of(100000000);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const wa_buffer buffer = make(engine, rows[i].channel_count, rows[i].frame_count);
        for (uint32_t channel = 0; channel < rows[i].channel_count; channel++) {
            float *plane = wa_buffer_plane(engine, buffer, channel);
            assert_int_equal((uintptr_t)plane % 64, 0);
            for (uint64_t frame = 0; frame < rows[i].frame_count; frame++) {
                assert_true(plane[frame] == 0.0f);
                plane[frame] = (float)(channel + 1);
            }
        }
        for (uint32_t channel = 0; channel < rows[i].channel_count; channel++) {
            const float *plane = wa_buffer_plane(engine, buffer, channel);
            for (uint64_t frame = 0; frame < rows[i].frame_count; frame++)
                assert_true(plane[frame] == (float)(channel + 1));
            if (channel > 0)
                assert_int_not_equal((plane - wa_buffer_plane(engine, buffer, channel - 1)) % 1024, 0);
        }
        assert_null(wa_buffer_plane(engine, buffer, rows[i].channel_count));
        assert_message_has("channel_index");
        assert_int_equal(wa_buffer_release(engine, buffer), WA_OK);
        assert_null(wa_buffer_plane(engine, buffer, 0));
    }
    assert_null(wa_buffer_plane(NULL, (wa_buffer){ 0 }, 0));
    wa_engine_destroy(engine);
}

/* -- Copying ----------------------------------------------------------------------------------- */

static void test_copy_rows(void **state) {
    (void)state;
    enum { FRAMES = 8 };
    static const struct {
        uint64_t frame_count, start_frame;
        uint32_t first, end; /* frames of the buffer that are reached */
    } rows[] = { { 8, 0, 0, 8 }, { 3, 2, 2, 5 },          { 8, 6, 6, 8 },         { 8, 8, 0, 0 },
                 { 0, 0, 0, 0 }, { 8, UINT64_MAX, 0, 0 }, { UINT64_MAX, 7, 7, 8 } };
    wa_engine *engine = engine_of(1000000);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const wa_buffer buffer = make(engine, 2, FRAMES);
        float source[FRAMES], got[FRAMES];
        for (uint32_t frame = 0; frame < FRAMES; frame++) {
            source[frame] = (float)(frame + 1);
            got[frame] = -1.0f;
        }
        assert_int_equal(wa_buffer_copy_to_channel(engine, buffer, source, rows[i].frame_count, 1,
                                                   rows[i].start_frame),
                         WA_OK);
        const float *plane = wa_buffer_plane(engine, buffer, 1);
        for (uint32_t frame = 0; frame < FRAMES; frame++) {
            const bool is_reached = frame >= rows[i].first && frame < rows[i].end;
            assert_true(plane[frame] == (is_reached ? (float)(frame - rows[i].first + 1) : 0.0f));
            assert_true(wa_buffer_plane(engine, buffer, 0)[frame] == 0.0f);
        }
        assert_int_equal(wa_buffer_copy_from_channel(engine, buffer, got, rows[i].frame_count, 1,
                                                     rows[i].start_frame),
                         WA_OK);
        for (uint32_t frame = 0; frame < FRAMES; frame++)
            assert_true(got[frame] ==
                        (frame < rows[i].end - rows[i].first ? (float)(frame + 1) : -1.0f));
        assert_int_equal(wa_buffer_release(engine, buffer), WA_OK);
    }
    wa_engine_destroy(engine);
}

static void test_copy_rejected(void **state) {
    (void)state;
    wa_engine *engine = engine_of(1000000);
    const wa_buffer buffer = make(engine, 2, 8), none = { 0 };
    float frames[8] = { 1.0f };
    assert_int_equal(wa_buffer_copy_to_channel(engine, buffer, NULL, 8, 0, 0), WA_ERR_TYPE);
    assert_int_equal(wa_buffer_copy_to_channel(engine, buffer, frames, 8, 2, 0), WA_ERR_INDEX_SIZE);
    assert_message_has("channel_index: 2");
    assert_int_equal(wa_buffer_copy_to_channel(engine, none, frames, 8, 0, 0), WA_ERR_STALE_HANDLE);
    assert_int_equal(wa_buffer_copy_to_channel(NULL, buffer, frames, 8, 0, 0), WA_ERR_TYPE);
    assert_int_equal(wa_buffer_copy_from_channel(engine, buffer, NULL, 8, 0, 0), WA_ERR_TYPE);
    assert_int_equal(wa_buffer_copy_from_channel(engine, buffer, frames, 8, 2, 0), WA_ERR_INDEX_SIZE);
    assert_int_equal(wa_buffer_copy_from_channel(engine, none, frames, 8, 0, 0), WA_ERR_STALE_HANDLE);
    assert_int_equal(wa_buffer_copy_from_channel(NULL, buffer, frames, 8, 0, 0), WA_ERR_TYPE);
    assert_true(wa_buffer_plane(engine, buffer, 0)[0] == 0.0f);
    assert_true(frames[0] == 1.0f);
    wa_engine_destroy(engine);
}

/* -- 16 bits ----------------------------------------------------------------------------------- */

static wa_buffer make_int16(wa_engine *engine, uint32_t channel_count, uint64_t frame_count) {
    wa_buffer_desc desc = WA_BUFFER_DESC_INIT;
    desc.channel_count = channel_count;
    desc.frame_count = frame_count;
    desc.storage = WA_BUFFER_STORAGE_INT16;
    wa_buffer buffer = { 0 };
    assert_int_equal(wa_buffer_create_with(engine, &desc, &buffer), WA_OK);
    return buffer;
}

/* Half the memory, planes of their own, and each way to the samples says which the buffer has. */
static void test_int16_planes(void **state) {
    (void)state;
    wa_engine *engine = engine_of(100000000);
    const wa_buffer floats = make(engine, 2, 300000), halves = make_int16(engine, 2, 300000);
    wa_buffer_info of_floats, of_halves;
    assert_int_equal(wa_buffer_get_info(engine, floats, &of_floats), WA_OK);
    assert_int_equal(wa_buffer_get_info(engine, halves, &of_halves), WA_OK);
    assert_int_equal(of_floats.storage, WA_BUFFER_STORAGE_FLOAT32);
    assert_int_equal(of_halves.storage, WA_BUFFER_STORAGE_INT16);
    assert_int_equal(of_halves.frame_count, 300000);
    assert_true(of_halves.memory_bytes < of_floats.memory_bytes * 6 / 10); /* whole pages */
    assert_int_equal(stats_of(engine).category_bytes[WA_MEMORY_BUFFERS],
                     of_floats.memory_bytes + of_halves.memory_bytes);

    int16_t *left = wa_buffer_plane_int16(engine, halves, 0);
    int16_t *right = wa_buffer_plane_int16(engine, halves, 1);
    assert_int_equal((uintptr_t)left % 64, 0);
    assert_int_equal((uintptr_t)right % 64, 0);
    assert_true(right - left >= 300000);
    for (uint32_t frame = 0; frame < 300000; frame++)
        assert_int_equal(left[frame] | right[frame], 0);
    assert_null(wa_buffer_plane(engine, halves, 0));
    assert_message_has("wa_buffer_plane_int16");
    assert_null(wa_buffer_plane_int16(engine, floats, 0));
    assert_message_has("float samples");
    assert_null(wa_buffer_plane_int16(engine, halves, 2));
    assert_message_has("channel_index: 2");
    assert_null(wa_buffer_plane_int16(NULL, halves, 0));
    wa_engine_destroy(engine);
}

static void test_int16_copies_convert(void **state) {
    (void)state;
    static const struct {
        float given;
        int16_t stored;
    } rows[] = {
        { 0.0f, 0 },
        { 1.0f / 32768.0f, 1 },
        { -1.0f, -32768 },
        { 1.0f, 32767 },
        { 32767.0f / 32768.0f, 32767 },
        { 0.5f / 32768.0f, 0 }, /* halves go to the even one */
        { 1.5f / 32768.0f, 2 },
        { -2.5f / 32768.0f, -2 },
        { 0.49f, 16056 },
        { 7.0f, 32767 },
        { -7.0f, -32768 },
        { INFINITY, 32767 },
        { -INFINITY, -32768 },
        { NAN, 0 },
    };
    enum { ROWS = sizeof rows / sizeof rows[0] };
    wa_engine *engine = engine_of(1000000);
    const wa_buffer buffer = make_int16(engine, 2, ROWS + 2);
    float source[ROWS], got[ROWS + 2];
    for (size_t i = 0; i < ROWS; i++)
        source[i] = rows[i].given;
    assert_int_equal(wa_buffer_copy_to_channel(engine, buffer, source, ROWS, 1, 2), WA_OK);
    assert_int_equal(wa_buffer_copy_from_channel(engine, buffer, got, ROWS + 9, 1, 0), WA_OK);
    const int16_t *plane = wa_buffer_plane_int16(engine, buffer, 1);
    for (size_t i = 0; i < ROWS; i++) {
        assert_int_equal(plane[i + 2], rows[i].stored);
        assert_true(got[i + 2] == (float)rows[i].stored / 32768.0f);
        assert_int_equal(wa_buffer_plane_int16(engine, buffer, 0)[i], 0);
    }
    assert_int_equal(plane[0] | plane[1], 0);
    wa_engine_destroy(engine);
}

/* Every value there is comes back as it went in. */
static void test_int16_is_exact(void **state) {
    (void)state;
    enum { VALUES = 65536 };
    static float values[VALUES], again[VALUES];
    wa_engine *engine = engine_of(10000000);
    const wa_buffer buffer = make_int16(engine, 1, VALUES);
    for (int i = 0; i < VALUES; i++)
        values[i] = (float)(i - 32768) / 32768.0f;
    assert_int_equal(wa_buffer_copy_to_channel(engine, buffer, values, VALUES, 0, 0), WA_OK);
    assert_int_equal(wa_buffer_copy_from_channel(engine, buffer, again, VALUES, 0, 0), WA_OK);
    assert_memory_equal(values, again, sizeof values);
    wa_engine_destroy(engine);
}

static void test_int16_rejected(void **state) {
    (void)state;
    wa_engine *engine = engine_of(1000000);
    const wa_memory_stats before = stats_of(engine);
    wa_buffer buffer = { 0 };
    wa_buffer_desc desc = WA_BUFFER_DESC_INIT;
    desc.storage = (wa_buffer_storage)2;
    assert_int_equal(wa_buffer_create_with(engine, &desc, &buffer), WA_ERR_NOT_SUPPORTED);
    assert_message_has("storage: 2");
    desc = (wa_buffer_desc)WA_BUFFER_DESC_INIT;
    desc.desc_bytes = 4;
    assert_int_equal(wa_buffer_create_with(engine, &desc, &buffer), WA_ERR_NOT_SUPPORTED);
    assert_message_has("desc_bytes: 4");
    desc = (wa_buffer_desc)WA_BUFFER_DESC_INIT;
    desc.storage = WA_BUFFER_STORAGE_INT16;
    desc.frame_count = 600000; /* 1.2 MB */
    assert_int_equal(wa_buffer_create_with(engine, &desc, &buffer), WA_ERR_BUDGET);
    assert_int_equal(wa_buffer_create_with(NULL, &desc, &buffer), WA_ERR_TYPE);
    assert_int_equal(wa_buffer_create_with(engine, &desc, NULL), WA_ERR_TYPE);
    assert_int_equal(buffer.id, 0);
    assert_same_use(&before, engine);
    assert_int_equal(wa_buffer_create_with(engine, NULL, &buffer), WA_OK); /* one frame of float */
    assert_non_null(wa_buffer_plane(engine, buffer, 0));
    wa_engine_destroy(engine);
}

/* -- Whose it is ------------------------------------------------------------------------------- */

static void test_references(void **state) {
    (void)state;
    wa_engine *engine = engine_of(1000000);
    const wa_memory_stats before = stats_of(engine);
    const wa_buffer buffer = make(engine, 1, 100);
    wa_resource *resource = resource_of(engine, buffer);
    assert_int_equal(resource->kind, WA_RESOURCE_BUFFER);
    resource_reference(resource); /* two nodes play it */
    resource_reference(resource);
    resource_reference(NULL);
    wa_buffer_plane(engine, buffer, 0)[99] = 0.5f;

    assert_int_equal(wa_buffer_release(engine, buffer), WA_OK);
    assert_int_equal(wa_buffer_release(engine, buffer), WA_ERR_RELEASED); /* M1.4 */
    assert_message_has("buffer: was released");
    wa_buffer_data *data;
    assert_int_equal(buffer_resolve(engine, buffer, "options.buffer", &data), WA_ERR_RELEASED);
    assert_message_has("options.buffer");
    resource_unreference(engine, resource);
    assert_true(((wa_buffer_data *)resource)->planes[0][99] == 0.5f); /* a node still reads it */
    assert_true(stats_of(engine).category_bytes[WA_MEMORY_BUFFERS] > 0);
    resource_unreference(engine, resource);
    assert_int_equal(stats_of(engine).category_bytes[WA_MEMORY_BUFFERS], 0);
    assert_int_equal(wa_buffer_release(engine, buffer), WA_ERR_STALE_HANDLE);
    assert_message_has("gone");
    resource_unreference(engine, NULL);
    assert_true(used_by(engine) - before.used_bytes < 8192); /* the chunk of handles */
    wa_engine_destroy(engine);
}

static void test_release_rows(void **state) {
    (void)state;
    wa_engine *engine = engine_of(1000000), *other = engine_of(1000000);
    const wa_buffer mine = make(engine, 1, 10), theirs = make(other, 1, 10);
    int node = 0, context = 0;
    handle_set nodes;
    handle_set_init(&nodes, engine, HANDLE_NODE, 1, &context, "node", WA_MEMORY_NODES);
    uint32_t slot;
    wa_buffer as_node;
    assert_int_equal(handle_take(&nodes, &node, &slot, &as_node.id), WA_OK);
    const struct {
        wa_buffer buffer;
        wa_status status;
    } rows[] = {
        { { 0 }, WA_ERR_STALE_HANDLE }, { theirs, WA_ERR_FOREIGN_HANDLE },
        { as_node, WA_ERR_WRONG_TYPE }, { mine, WA_OK },
        { mine, WA_ERR_STALE_HANDLE },
    };
    wa_buffer_info info;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint64_t bytes = stats_of(engine).category_bytes[WA_MEMORY_BUFFERS];
        assert_int_equal(wa_buffer_get_info(engine, rows[i].buffer, &info), rows[i].status);
        assert_int_equal(wa_buffer_release(engine, rows[i].buffer), rows[i].status);
        if (rows[i].status != WA_OK)
            assert_int_equal(stats_of(engine).category_bytes[WA_MEMORY_BUFFERS], bytes);
    }
    assert_int_equal(wa_buffer_get_info(other, theirs, &info), WA_OK); /* not touched by the attempt */
    assert_int_equal(wa_buffer_get_info(other, theirs, NULL), WA_ERR_TYPE);
    assert_int_equal(wa_buffer_get_info(NULL, theirs, &info), WA_ERR_TYPE);
    assert_int_equal(wa_buffer_release(NULL, theirs), WA_ERR_TYPE);
    handle_set_finish(&nodes);
    wa_engine_destroy(engine);
    wa_engine_destroy(other);
}

/* The engine gives everything back: the allocator's own books say so. */
static void test_engine_frees_what_is_left(void **state) {
    (void)state;
    books own = { 0 };
    wa_engine *engine = engine_with_books(50000000, &own);
    for (uint32_t i = 0; i < 300; i++)
        make(engine, 1 + i % 3, 1 + i * 100);
    const wa_buffer held = make(engine, 2, 100000);
    resource_reference(resource_of(engine, held));
    assert_int_equal(wa_buffer_release(engine, held), WA_OK);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
    assert_int_equal(own.bytes, 0);
}

static void test_sealed(void **state) {
    (void)state;
    wa_engine *engine = engine_of(50000000);
    const wa_buffer large = make(engine, 2, 500000);
    assert_int_equal(wa_buffer_release(engine, large), WA_OK);
    wa_engine_seal(engine, true);
    wa_buffer buffer = { 0 };
    assert_int_equal(wa_buffer_create(engine, 1, 10, 48000.0f, &buffer), WA_ERR_SEALED);
    assert_int_equal(buffer.id, 0);
    assert_int_equal(wa_buffer_create(engine, 2, 500000, 48000.0f, &buffer), WA_OK); /* still mapped */
    wa_engine_destroy(engine);
}

/* -- Two threads ------------------------------------------------------------------------------- */

enum { ROUNDS = 3000 };
typedef struct sharing {
    wa_engine *engine;
    wa_resource *shared;
    _Atomic uint32_t released_count, refused_count;
    wa_buffer once[ROUNDS];
} sharing;

static void *play_and_release(void *user) {
    sharing *own = user;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        resource_reference(own->shared);
        wa_buffer buffer;
        if (wa_buffer_create(own->engine, 1, 32, 48000.0f, &buffer) != WA_OK ||
            wa_buffer_release(own->engine, buffer) != WA_OK)
            abort();
        if (wa_buffer_release(own->engine, own->once[i]) == WA_OK)
            own->released_count++;
        else
            own->refused_count++;
        resource_unreference(own->engine, own->shared);
    }
    return NULL;
}

/* Counts of a buffer that two contexts play are exact; of two releases of one handle, one counts. */
static void test_two_threads(void **state) {
    (void)state;
    static sharing own;
    own = (sharing){ .engine = engine_of(50000000) };
    const wa_buffer shared = make(own.engine, 1, 32);
    own.shared = resource_of(own.engine, shared);
    for (uint32_t i = 0; i < ROUNDS; i++)
        own.once[i] = make(own.engine, 1, 16);
    pthread_t threads[2];
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, play_and_release, &own), 0);
    for (uint32_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(own.released_count, ROUNDS);
    assert_int_equal(own.refused_count, ROUNDS);
    assert_int_equal(own.shared->reference_count, 1);
    wa_buffer_info info;
    assert_int_equal(wa_buffer_get_info(own.engine, shared, &info), WA_OK);
    assert_int_equal(stats_of(own.engine).category_bytes[WA_MEMORY_BUFFERS], info.memory_bytes);
    wa_engine_destroy(own.engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_rows),
        cmocka_unit_test(test_planes),
        cmocka_unit_test(test_copy_rows),
        cmocka_unit_test(test_copy_rejected),
        cmocka_unit_test(test_int16_planes),
        cmocka_unit_test(test_int16_copies_convert),
        cmocka_unit_test(test_int16_is_exact),
        cmocka_unit_test(test_int16_rejected),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_release_rows),
        cmocka_unit_test(test_engine_frees_what_is_left),
        cmocka_unit_test(test_sealed),
        cmocka_unit_test(test_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
