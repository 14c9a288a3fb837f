/* Half a second of 440 Hz at half scale into a file of each format that the program does not write: FILE
 * FORMAT RATE, three at a time. Run on the machine that tests the package, which has libsndfile. */
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int format_of(const char *name) {
    if (strcmp(name, "vorbis") == 0) {
        return SF_FORMAT_OGG | SF_FORMAT_VORBIS;
    }
    return strcmp(name, "opus") == 0 ? SF_FORMAT_OGG | SF_FORMAT_OPUS
                                     : SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;
}

static int encode(const char *path, const char *format, int rate) {
    SF_INFO info = { .samplerate = rate, .channels = 1, .format = format_of(format) };
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (file == NULL) {
        return printf("%s: %s\n", path, sf_strerror(NULL)), 1;
    }
    for (int frame = 0; frame < rate / 2; frame++) {
        const float value = (float)(0.5 * sin(2.0 * 3.14159265358979 * 440.0 * frame / rate));
        sf_writef_float(file, &value, 1);
    }
    return sf_close(file);
}

int main(int count, char **words) {
    int failed = 0;
    for (int at = 1; at + 2 < count; at += 3) {
        failed |= encode(words[at], words[at + 1], atoi(words[at + 2]));
    }
    return failed;
}
