/* Log buckets straight from the bits of a double: its exponent and the top of its mantissa, side by
 * side, already are the number of the bucket. No libm. */
#include "histogram.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    MANTISSA_BITS = 52,
    EXPONENT_BIAS = 1023,
    BUCKET_FIRST = 0, /* below 2^HISTOGRAM_EXPONENT_MIN */
    BUCKET_LAST = HISTOGRAM_BUCKET_COUNT - 1,
};
#define RANGE_MIN (1.0 / (1 << -HISTOGRAM_EXPONENT_MIN))
#define RANGE_END ((double)(1 << HISTOGRAM_EXPONENT_MAX))

uint32_t histogram_bucket(double value) {
    if (!(value >= RANGE_MIN)) {
        return BUCKET_FIRST;
    }
    if (value >= RANGE_END) {
        return BUCKET_LAST;
    }
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint64_t step = bits >> (MANTISSA_BITS - HISTOGRAM_STEPS_LOG2);
    const uint64_t step_min = (uint64_t)(EXPONENT_BIAS + HISTOGRAM_EXPONENT_MIN)
                              << HISTOGRAM_STEPS_LOG2;
    assert(step >= step_min);
    return 1 + (uint32_t)(step - step_min);
}

double histogram_value(uint32_t bucket) {
    assert(bucket < HISTOGRAM_BUCKET_COUNT);
    if (bucket == BUCKET_FIRST) {
        return RANGE_MIN / 2;
    }
    if (bucket == BUCKET_LAST) {
        return RANGE_END;
    }
    const int octave = (int)((bucket - 1) / HISTOGRAM_STEPS);
    const double step = (bucket - 1) % HISTOGRAM_STEPS + 0.5;
    return ldexp(1.0 + step / HISTOGRAM_STEPS, HISTOGRAM_EXPONENT_MIN + octave);
}

double histogram_percentile(const uint64_t counts[HISTOGRAM_BUCKET_COUNT], double fraction) {
    assert(fraction > 0.0);
    assert(fraction <= 1.0);
    uint64_t total = 0;
    for (uint32_t bucket = 0; bucket < HISTOGRAM_BUCKET_COUNT; bucket++) {
        total += counts[bucket];
    }
    if (total == 0) {
        return 0.0;
    }
    const uint64_t rank = (uint64_t)ceil(fraction * (double)total);
    uint64_t passed = 0;
    uint32_t bucket = 0;
    for (; bucket < BUCKET_LAST; bucket++) {
        passed += counts[bucket];
        if (passed >= rank) {
            break;
        }
    }
    return histogram_value(bucket);
}
