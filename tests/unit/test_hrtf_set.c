/* Sets of head-related responses: the default, files of the user's, what is refused, and who holds the memory.
 * Method: the default set of libmysofa, and copies of its file with something wrong. */
#include "engines.h"
#include "media/hrtf.h"
#include "memory/buffers.h"
#include "memory/hrtf_shelf.h"
#include "wavepool/node.h"
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* libmysofa 1.3.1 forgets a kilobyte of attributes with some of the files that it refuses. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libmysofa";
}

static char folder[64];
static unsigned char *original;
static size_t original_bytes;

static const char *path_of(const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const char *write_file(const char *name, const void *bytes, size_t count) {
    const char *path = path_of(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
    return path;
}

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/wavepool_hrtf_XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    FILE *file = fopen(WA_HRTF_DEFAULT_PATH, "rb");
    if (file == NULL) {
        return -1; /* Debian package libmysofa1 */
    }
    original = malloc(4 << 20);
    original_bytes = fread(original, 1, 4 << 20, file);
    return fclose(file);
}

static int tear_down(void **state) {
    (void)state;
    const char *const names[] = { "a.sofa", "b.sofa", "pipe" };
    for (uint32_t i = 0; i < 3; i++) {
        (void)remove(path_of(names[i]));
    }
    free(original);
    return rmdir(folder);
}

static const wa_hrtf_data *set_at(wa_engine *engine, double rate_hz) {
    const wa_resource *set = NULL;
    assert_int_equal(hrtf_for_rate(engine, rate_hz, &set), WA_OK);
    return (const wa_hrtf_data *)set;
}

static void give(wa_engine *engine, const wa_hrtf_data *set) {
    resource_unreference(engine, &set->resource);
}

/* -- the default -------------------------------------------------------------------------------- */

static void the_default_set_serves_every_rate(void **state) {
    (void)state;
    static const double rates[] = { 3000.0, 44100.0, 96000.0 };
    wa_engine *engine = engine_of(100000000);
    for (uint32_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        const wa_hrtf_data *set = set_at(engine, rates[i]);
        assert_int_equal(set->direction_count, 710);
        assert_true(set->sample_rate_hz == rates[i]);
        assert_true((double)set->tail_frames < 0.014 * rates[i] + 64.0);
        for (size_t at = 0; at < (size_t)2 * 710 * set->response_stride; at++) {
            assert_true(isfinite(set->responses[at]) && fabsf(set->responses[at]) < 10.0f);
        }
        printf("hrtf: %g Hz: %u frames, %llu bytes\n", rates[i], set->tail_frames,
               (unsigned long long)set->memory_bytes);
        give(engine, set);
    }
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

/* One copy a rate, however many ask. */
static void a_set_is_shared(void **state) {
    (void)state;
    wa_engine *engine = engine_of(100000000);
    const uint64_t before = used_by(engine);
    const wa_hrtf_data *one = set_at(engine, 8000.0);
    const wa_memory_stats stats = stats_of(engine);
    assert_true(stats.category_bytes[WA_MEMORY_HRTF] >= one->memory_bytes);
    assert_int_equal(stats.category_bytes[WA_MEMORY_DECODE], 0);
    const wa_hrtf_data *two = set_at(engine, 8000.0);
    assert_ptr_equal(one, two);
    assert_int_equal(stats_of(engine).allocation_count, stats.allocation_count);
    const wa_hrtf_data *other = set_at(engine, 4000.0);
    assert_ptr_not_equal(one, other);
    give(engine, one);
    give(engine, other);
    /* Only what nobody holds is freed when memory is wanted. */
    (void)wa_engine_trim(engine, 0);
    assert_ptr_equal(set_at(engine, 8000.0), two);
    give(engine, two);
    give(engine, two);
    (void)wa_engine_trim(engine, 0);
    assert_int_equal(stats_of(engine).category_bytes[WA_MEMORY_HRTF], 0);
    assert_true(used_by(engine) <= before);
    give(engine, set_at(engine, 8000.0)); /* and comes again */
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

static void over_the_budget_nothing_changes(void **state) {
    (void)state;
    for (uint64_t budget = 1000000; budget <= 5500000; budget += 1500000) {
        wa_engine *engine = engine_of(budget);
        const wa_resource *set = NULL;
        const wa_memory_stats before = stats_of(engine);
        const wa_status status = hrtf_for_rate(engine, 48000.0, &set);
        if (status == WA_OK) {
            assert_true(budget > 3000000);
            resource_unreference(engine, set);
        } else {
            assert_int_equal(status, WA_ERR_BUDGET);
            assert_message_has("HRTF");
            (void)wa_engine_trim(engine, 0);
            assert_int_equal(stats_of(engine).used_bytes, before.used_bytes);
        }
        assert_int_equal(wa_engine_destroy(engine), WA_OK);
    }
    wa_engine *engine = engine_of(100000000);
    wa_engine_seal(engine, true);
    const wa_resource *set = NULL;
    assert_int_equal(hrtf_for_rate(engine, 48000.0, &set), WA_ERR_SEALED);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

/* -- the user's --------------------------------------------------------------------------------- */

static void a_file_takes_the_place_of_the_default(void **state) {
    (void)state;
    wa_engine *engine = engine_of(100000000);
    char path[128];
    snprintf(path, sizeof path, "%s", write_file("a.sofa", original, original_bytes));
    const wa_hrtf_data *first = set_at(engine, 8000.0);
    assert_int_equal(wa_engine_load_hrtf(engine, path, 8000.0f), WA_OK);
    const wa_hrtf_data *second = set_at(engine, 8000.0);
    assert_ptr_not_equal(first, second); /* who has the first keeps it */
    assert_int_equal(first->direction_count, second->direction_count);
    assert_memory_equal(first->responses, second->responses,
                        (size_t)2 * 710 * first->response_stride * sizeof(float));
    give(engine, first);
    /* The same again: nothing to do. Another rate: the same file. */
    const uint64_t count = stats_of(engine).allocation_count;
    assert_int_equal(wa_engine_load_hrtf(engine, path, 8000.0f), WA_OK);
    assert_int_equal(stats_of(engine).allocation_count, count);
    assert_int_equal(remove(path), 0);
    const wa_resource *gone = NULL;
    assert_int_equal(hrtf_for_rate(engine, 4000.0, &gone), WA_ERR_IO);
    assert_message_has("a.sofa");
    assert_int_equal(wa_engine_load_hrtf(engine, NULL, 4000.0f), WA_OK); /* back to the default */
    give(engine, set_at(engine, 4000.0));
    give(engine, second);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

static void check_refused(wa_engine *engine, const char *path, float rate_hz, wa_status wanted,
                          const char *word) {
    const wa_memory_stats before = stats_of(engine);
    const wa_status status = wa_engine_load_hrtf(engine, path, rate_hz);
    if (status != wanted) {
        fail_msg("%s: %s, wanted %s: %s", path, wa_status_name(status), wa_status_name(wanted),
                 wa_error_message());
    }
    assert_message_has(word);
    (void)wa_engine_trim(engine, before.used_bytes); /* idle mappings of what was read */
    const wa_memory_stats after = stats_of(engine);
    assert_int_equal(after.category_bytes[WA_MEMORY_HRTF], before.category_bytes[WA_MEMORY_HRTF]);
    assert_int_equal(after.category_bytes[WA_MEMORY_DECODE], 0);
}

static void wrong_arguments_are_refused(void **state) {
    (void)state;
    char long_path[1100];
    memset(long_path, 'x', sizeof long_path);
    long_path[sizeof long_path - 1] = '\0';
    wa_engine *engine = engine_of(100000000);
    give(engine, set_at(engine, 8000.0));
    check_refused(engine, path_of("nowhere.sofa"), 8000.0f, WA_ERR_IO, "nowhere.sofa");
    check_refused(engine, folder, 8000.0f, WA_ERR_IO, "regular file");
    check_refused(engine, long_path, 8000.0f, WA_ERR_NOT_SUPPORTED, "path");
    check_refused(engine, NULL, 2999.0f, WA_ERR_NOT_SUPPORTED, "sample_rate_hz");
    check_refused(engine, NULL, 768001.0f, WA_ERR_NOT_SUPPORTED, "sample_rate_hz");
    check_refused(engine, NULL, NAN, WA_ERR_NOT_SUPPORTED, "sample_rate_hz");
    assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
    check_refused(engine, path_of("pipe"), 8000.0f, WA_ERR_IO, "regular file");
    assert_int_equal(wa_engine_load_hrtf(NULL, NULL, 8000.0f), WA_ERR_TYPE);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

static void what_is_no_sofa_file_is_refused(void **state) {
    (void)state;
    wa_engine *engine = engine_of(200000000);
    check_refused(engine, write_file("a.sofa", "", 0), 8000.0f, WA_ERR_ENCODING, "bytes");
    check_refused(engine, write_file("a.sofa", "RIFF....WAVEfmt ", 16), 8000.0f, WA_ERR_ENCODING,
                  "SOFA");
    FILE *file = fopen(path_of("b.sofa"), "wb");
    assert_non_null(file);
    assert_int_equal(ftruncate(fileno(file), WA_HRTF_FILE_BYTES_MAX + 1L), 0); /* a hole */
    assert_int_equal(fclose(file), 0);
    check_refused(engine, path_of("b.sofa"), 8000.0f, WA_ERR_NOT_SUPPORTED, "bytes");
    static const size_t cuts[] = { 1, 7, 8, 100, 511, 2048, 5000, 100000, 600000, 1100000 };
    for (uint32_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        const wa_status status =
            wa_engine_load_hrtf(engine, write_file("a.sofa", original, cuts[i]), 8000.0f);
        if (status != WA_ERR_ENCODING && status != WA_ERR_NOT_SUPPORTED) {
            fail_msg("cut at %zu: %s", cuts[i], wa_status_name(status));
        }
    }
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

/* Flipped bytes in the headers: refused, or read as something that is whole. */
static void damage_is_refused_or_harmless(void **state) {
    (void)state;
    wa_engine *engine = engine_of(200000000);
    unsigned char *copy = malloc(original_bytes);
    uint32_t random = 12345, refused = 0;
    for (uint32_t turn = 0; turn < 12; turn++) {
        memcpy(copy, original, original_bytes);
        for (uint32_t i = 0; i < 1 + turn % 8; i++) {
            random = random * 1664525u + 1013904223u;
            const size_t at = turn % 2 == 0 ? (random >> 8) % 20000 : (random >> 8) % original_bytes;
            copy[at] ^= (unsigned char)(1u << (random & 7));
        }
        const wa_status status =
            wa_engine_load_hrtf(engine, write_file("a.sofa", copy, original_bytes), 3000.0f);
        refused += status != WA_OK;
        if (status == WA_OK) { /* the next turn reads the file again */
            assert_int_equal(wa_engine_load_hrtf(engine, NULL, 3000.0f), WA_OK);
        } else {
            assert_true(status == WA_ERR_ENCODING || status == WA_ERR_NOT_SUPPORTED ||
                        status == WA_ERR_SYSTEM_MEMORY || status == WA_ERR_BUDGET);
        }
    }
    printf("hrtf: %u of 12 damaged files refused\n", refused);
    assert_true(refused > 0);
    free(copy);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

/* -- threads ------------------------------------------------------------------------------------ */

static void *ask(void *user) {
    wa_engine *engine = user;
    for (uint32_t i = 0; i < 4; i++) {
        const wa_resource *set = NULL;
        if (hrtf_for_rate(engine, i % 2 == 0 ? 3000.0 : 4000.0, &set) != WA_OK) {
            return engine;
        }
        resource_unreference(engine, set);
        (void)hrtf_shelf_trim(engine, 1);
    }
    return NULL;
}

static void contexts_of_two_threads_share_sets(void **state) {
    (void)state;
    wa_engine *engine = engine_of(100000000);
    pthread_t thread;
    void *failed = NULL;
    assert_int_equal(pthread_create(&thread, NULL, ask, engine), 0);
    assert_null(ask(engine));
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_set_serves_every_rate),
        cmocka_unit_test(a_set_is_shared),
        cmocka_unit_test(over_the_budget_nothing_changes),
        cmocka_unit_test(a_file_takes_the_place_of_the_default),
        cmocka_unit_test(wrong_arguments_are_refused),
        cmocka_unit_test(what_is_no_sofa_file_is_refused),
        cmocka_unit_test(damage_is_refused_or_harmless),
        cmocka_unit_test(contexts_of_two_threads_share_sets),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
