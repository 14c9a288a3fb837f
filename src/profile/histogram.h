/* src/profile/histogram.h -- log buckets of a ratio such as the load: O(1) to find, fixed in number.
 *
 * An octave is cut into HISTOGRAM_STEPS equal parts, so a bucket is at most 1/32 of its value wide and
 * its middle is within 1.6 % of all that fell into it. Values below 2^-20 share the first bucket,
 * values from 2^8 on the last. The counts are the caller's: whoever shares them chooses how.
 */
#ifndef WA_SRC_PROFILE_HISTOGRAM_H
#define WA_SRC_PROFILE_HISTOGRAM_H
#include <stdint.h>

enum {
    HISTOGRAM_STEPS_LOG2 = 5,
    HISTOGRAM_STEPS = 1 << HISTOGRAM_STEPS_LOG2,
    HISTOGRAM_EXPONENT_MIN = -20,
    HISTOGRAM_EXPONENT_MAX = 8,
    HISTOGRAM_BUCKET_COUNT = (HISTOGRAM_EXPONENT_MAX - HISTOGRAM_EXPONENT_MIN) * HISTOGRAM_STEPS + 2,
};

/* The bucket of a value; NaN and what is not above 0 fall into the first. Thread: any */
uint32_t histogram_bucket(double value);
/* The middle of a bucket; of the last, its lower edge. Thread: any */
double histogram_value(uint32_t bucket);
/* The value that `fraction` of all counted values do not exceed (nearest rank); 0 without any.
 * Thread: any; O(buckets) */
double histogram_percentile(const uint64_t counts[HISTOGRAM_BUCKET_COUNT], double fraction);
#endif /* WA_SRC_PROFILE_HISTOGRAM_H */
