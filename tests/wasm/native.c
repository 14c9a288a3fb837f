/* The scenes as the native engine plays them.
 *
 *   wasm_scenes               all of them, floats, plane behind plane, to standard output
 *   wasm_scenes N QUANTA      the least CPU time of a quantum of N voices, in ns, of nine blocks of QUANTA
 */
#include "scenes.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, wa_error_message());
    exit(EXIT_FAILURE);
}

static double now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

static void time_voices(wa_engine *engine, uint32_t voice_count, uint32_t quantum_count) {
    wa_context *context = NULL;
    if (voices_open(engine, voice_count, &context) != WA_OK) {
        fail("voices");
    }
    double best_ns = 1e18;
    voices_render(context, quantum_count);
    for (uint32_t block = 0; block < 9; block++) {
        const double begin_ns = now_ns();
        voices_render(context, quantum_count);
        const double ns = (now_ns() - begin_ns) / quantum_count;
        best_ns = ns < best_ns ? ns : best_ns;
    }
    printf("%.1f\n", best_ns);
    (void)wa_context_destroy(context);
}

static void write_scenes(wa_engine *engine) {
    static float planes[SCENE_CHANNELS * SCENE_FRAMES];
    for (uint32_t index = 0; index < scene_count(); index++) {
        if (scene_render(engine, index, planes) != WA_OK) {
            fail(scene_name(index));
        }
        if (fwrite(planes, sizeof planes, 1, stdout) != 1) {
            fail("standard output");
        }
    }
}

int main(int argc, char **argv) {
    wa_engine *engine = NULL;
    if (wa_engine_create(NULL, &engine) != WA_OK) {
        fail("engine");
    }
    if (argc == 3) {
        time_voices(engine, (uint32_t)strtoul(argv[1], NULL, 10), (uint32_t)strtoul(argv[2], NULL, 10));
    } else {
        write_scenes(engine);
    }
    return wa_engine_destroy(engine) == WA_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
