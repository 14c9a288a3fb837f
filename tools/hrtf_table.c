/* hrtf_table SOFA OUT: the measured responses of a SOFA file as the table that a page loads; its form stands in
 * src/platform/wasm/hrtf_table.h. Little endian machines only. */
#include "platform/wasm/hrtf_table.h"
#include <math.h>
#include <mysofa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what) {
    fprintf(stderr, "hrtf_table: %s\n", what);
    exit(EXIT_FAILURE);
}

static void put(FILE *file, const void *from, size_t bytes) {
    if (fwrite(from, 1, bytes, file) != bytes) {
        fail("cannot be written");
    }
}

/* Sets that were measured with 16 bits, as KEMAR's, stay what they are; others keep their peak. */
static float scale_of(const struct MYSOFA_HRTF *set) {
    float peak = 0.0f;
    bool is_exact = true;
    for (unsigned index = 0; index < set->DataIR.elements; index++) {
        const float value = set->DataIR.values[index];
        peak = fmaxf(peak, fabsf(value));
        is_exact = is_exact && value * 32768.0f == rintf(value * 32768.0f);
    }
    return is_exact && peak < 1.0f ? 1.0f / 32768.0f : peak / 32767.0f;
}

/* Azimuth to the left and elevation in degrees, and radius, to x, y, z: in double, as the engine does. */
static void to_cartesian(float *at) {
    const double degree = 3.14159265358979323846 / 180.0;
    const double azimuth = (double)at[0] * degree, elevation = (double)at[1] * degree;
    const double radius = (double)at[2], level = radius * cos(elevation);
    at[0] = (float)(level * cos(azimuth));
    at[1] = (float)(level * sin(azimuth));
    at[2] = (float)(radius * sin(elevation));
}

static void write_table(struct MYSOFA_HRTF *set, FILE *file) {
    char key[] = "Type";
    const char *type = mysofa_getAttribute(set->SourcePosition.attributes, key);
    for (unsigned direction = 0; type != NULL && strcmp(type, "spherical") == 0 && direction < set->M;
         direction++) {
        to_cartesian(set->SourcePosition.values + 3 * direction);
    }
    const float *ears = set->ReceiverPosition.values;
    hrtf_table_head head = { { 'W', 'P', 'H', 'R' },
                             HRTF_TABLE_VERSION,
                             set->M,
                             set->N,
                             set->DataSamplingRate.values[0],
                             set->M > 1 && set->DataDelay.elements >= 2 * set->M,
                             ears[1] < ears[4],
                             scale_of(set) };
    put(file, &head, sizeof head);
    put(file, set->SourcePosition.values, 3 * sizeof(float) * set->M);
    put(file, set->DataDelay.values, 2 * sizeof(float) * (head.has_delay_each ? set->M : 1));
    for (unsigned index = 0; index < 2 * set->M * set->N; index++) {
        const int16_t value = (int16_t)lrintf(set->DataIR.values[index] / head.scale);
        put(file, &value, sizeof value);
    }
}

int main(int argc, char **argv) {
    int failure = MYSOFA_OK;
    struct MYSOFA_HRTF *set = argc == 3 ? mysofa_load(argv[1], &failure) : NULL;
    if (set == NULL || mysofa_check(set) != MYSOFA_OK || set->R != 2 || set->C != 3) {
        fail(argc == 3 ? "is no set of responses in free field" : "usage: hrtf_table SOFA OUT");
    }
    FILE *file = fopen(argv[2], "wb");
    if (file == NULL) {
        fail("cannot be opened");
    }
    write_table(set, file);
    if (fclose(file) != 0) {
        fail("cannot be written");
    }
    mysofa_free(set);
    return EXIT_SUCCESS;
}
