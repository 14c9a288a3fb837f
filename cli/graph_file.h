/* cli/graph_file.h -- the graph of a session as a file: DOT, JSON, or a picture by Graphviz's program dot. */
#ifndef WA_CLI_GRAPH_FILE_H
#define WA_CLI_GRAPH_FILE_H
#include "session.h"
#include <stdio.h>

typedef struct graph_file_options {
    bool is_coloured; /* by cost */
    bool has_all;     /* every voice, idle ones too, instead of one of each pool */
} graph_file_options;

/* What the name's ending asks for. Returns: CLI_OK | CLI_USAGE, CLI_FAILED (dot is not installed), reported. */
typedef enum graph_kind { GRAPH_DOT, GRAPH_JSON, GRAPH_SVG, GRAPH_PNG } graph_kind;
int graph_file_choose(const char *path, graph_kind *kind);

/* The snapshot as it is now. What cannot be written leaves no file, and what was there before.
 * Returns an exit code, reported. */
int graph_file_write(const session *open, const char *path, const graph_file_options *options);
/* DOT or JSON into a stream, which errors name. */
typedef struct graph_stream {
    FILE *file;
    const char *name;
} graph_stream;
int graph_file_print(const session *open, graph_kind kind, graph_stream out,
                     const graph_file_options *options);
#endif /* WA_CLI_GRAPH_FILE_H */
