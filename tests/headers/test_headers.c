/* Goal: an INIT macro makes a valid struct that knows its own size. Method: init_uses.py writes one use of
 * each macro that the headers define; the size field comes first in every such struct. */
#include "wavepool/wavepool.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* Structs whose first member is no size: a plain pair, or a row of an array, not to be extended. */
static bool has_size(const char *macro) {
    return strcmp(macro, "WA_RELEASE_OPTIONS_INIT") != 0 &&
           strcmp(macro, "WA_PROCESSOR_PARAM_INIT") != 0;
}

static void check_size(const void *made, size_t bytes, const char *macro) {
    uint32_t first;
    memcpy(&first, made, sizeof first);
    if (has_size(macro) && first != bytes) {
        fail_msg("%s: size field %u, struct %zu", macro, first, bytes);
    }
}

static void every_macro_sets_the_size(void **state) {
    (void)state;
    uint32_t count = 0;
#define INIT_COUNT(found, least) assert_true((found) >= (least));
#define USE(type, macro)                                                                               \
    {                                                                                                  \
        const type made = macro;                                                                       \
        check_size(&made, sizeof made, #macro);                                                        \
        count++;                                                                                       \
    }
#include "init_uses.inc"
#undef INIT_COUNT
#undef USE
    assert_true(count > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_macro_sets_the_size) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
