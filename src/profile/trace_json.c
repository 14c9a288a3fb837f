/* A trace as Chrome trace-event JSON: complete events ("X", microseconds) of one render thread, nested
 * by their times, and the load of each callback as a counter ("C"). Every string written is ours and
 * plain ASCII, so nothing needs an escape. */
#include "trace.h"
#include "../node.h"
#include <inttypes.h>
#include <unistd.h>

enum { RENDER_TID = 1 };

typedef struct writer {
    FILE *file;
    uint64_t begin_ns;
    double sample_rate_hz;
    int pid;
} writer;

static void write_head(const writer *to) {
    fprintf(to->file,
            "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n"
            "{\"ph\":\"M\",\"pid\":%d,\"tid\":%d,\"name\":\"process_name\",\"args\":"
            "{\"name\":\"wavepool\"}},\n"
            "{\"ph\":\"M\",\"pid\":%d,\"tid\":%d,\"name\":\"thread_name\",\"args\":"
            "{\"name\":\"render\"}}",
            to->pid, RENDER_TID, to->pid, RENDER_TID);
}

/* In integers: a double would lose the nanoseconds of a long trace. */
static void write_us(const writer *to, const char *key, uint64_t ns) {
    fprintf(to->file, ",\"%s\":%" PRIu64 ".%03" PRIu64, key, ns / 1000, ns % 1000);
}

static void write_open(const writer *to, const char *phase, const char *name, uint64_t at_ns) {
    fprintf(to->file, ",\n{\"ph\":\"%s\",\"pid\":%d,\"tid\":%d,\"name\":\"%s\"", phase, to->pid,
            RENDER_TID, name);
    write_us(to, "ts", at_ns > to->begin_ns ? at_ns - to->begin_ns : 0);
}

static void write_load(const writer *to, const trace_event *event) {
    const double available_ns = event->count / to->sample_rate_hz * 1e9;
    if (event->count == 0) {
        return;
    }
    write_open(to, "C", "load", event->begin_ns);
    fprintf(to->file, ",\"args\":{\"percent\":%.3f}}",
            (double)(event->end_ns - event->begin_ns) / available_ns * 100.0);
}

static void write_event(const writer *to, const trace_event *event) {
    const wa_node_class *class =
        event->kind == TRACE_SPAN ? node_class((wa_node_type)event->type) : NULL;
    const char *name = event->kind == TRACE_CALLBACK ? "callback" : "quantum";
    write_open(to, "X", class != NULL ? class->name : name, event->begin_ns);
    write_us(to, "dur", event->end_ns - event->begin_ns);
    if (event->kind == TRACE_SPAN) {
        fprintf(to->file, ",\"args\":{\"level\":%" PRIu64 ",\"instances\":%" PRIu32 "}}", event->frame,
                event->count);
        return;
    }
    fprintf(to->file, ",\"args\":{\"frame\":%" PRIu64 ",\"frames\":%" PRIu32 "}}", event->frame,
            event->count);
    if (event->kind == TRACE_CALLBACK) {
        write_load(to, event);
    }
}

bool trace_write(FILE *file, const trace_log *of, double sample_rate_hz) {
    const writer to = { file, of->ring->begin_ns, sample_rate_hz, (int)getpid() };
    write_head(&to);
    for (const trace_chunk *chunk = of->first; chunk != NULL; chunk = chunk->next) {
        for (uint64_t index = 0; index < chunk->count; index++) {
            write_event(&to, &chunk->events[index]);
        }
    }
    fprintf(file, "\n]}\n");
    return fflush(file) == 0 && ferror(file) == 0;
}
