/* The graph of a session as a file. Pictures are made by Graphviz's dot, which reads the DOT from a nameless
 * file and writes beside the name that was asked for; that appears once all of it is there. */
#include "graph_file.h"
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char *const endings[] = {
    [GRAPH_DOT] = ".dot", [GRAPH_JSON] = ".json", [GRAPH_SVG] = ".svg", [GRAPH_PNG] = ".png"
};
enum { KIND_COUNT = sizeof endings / sizeof endings[0], PATH_BYTES = 4096, REASON_BYTES = 256 };

static bool is_executable(const char *folder, size_t length) {
    char path[PATH_BYTES];
    const int wanted = snprintf(path, sizeof path, "%.*s/dot", (int)length, folder);
    return wanted > 0 && (size_t)wanted < sizeof path && access(path, X_OK) == 0;
}

static bool is_dot_installed(void) {
    const char *folders = getenv("PATH");
    for (const char *at = folders; at != NULL && *at != '\0';) {
        const size_t length = strcspn(at, ":");
        if (length > 0 && is_executable(at, length)) {
            return true;
        }
        at += length + (at[length] == ':');
    }
    return false;
}

int graph_file_choose(const char *path, graph_kind *kind) {
    const size_t length = strlen(path);
    for (int i = 0; i < KIND_COUNT; i++) {
        const size_t ending = strlen(endings[i]);
        if (length <= ending || strcasecmp(path + length - ending, endings[i]) != 0) {
            continue;
        }
        *kind = (graph_kind)i;
        return (i != GRAPH_SVG && i != GRAPH_PNG) || is_dot_installed()
                   ? CLI_OK
                   : cli_error(
                         CLI_FAILED, path,
                         "a picture takes the program dot, which is not installed (Debian package "
                         "graphviz); .dot and .json do without");
    }
    return cli_error(CLI_USAGE, path, "a name ending in .dot, .json, .svg or .png is wanted");
}

/* -- labels ------------------------------------------------------------------------------------- */

typedef struct labelled {
    uint64_t node_id;
    const char *label;
} labelled;

typedef struct labels {
    const session *open;
    labelled *sorted;
    uint32_t count;
} labels;

static int compare(const void *left, const void *right) {
    const labelled *a = left, *b = right;
    return a->node_id < b->node_id ? -1 : a->node_id > b->node_id;
}

static bool labels_init(labels *of, const session *open) {
    const uint32_t count = open->scene != NULL ? open->scene->graph.node_count : 0;
    *of = (labels){ .open = open, .sorted = calloc(count + 1u, sizeof *of->sorted) };
    for (; of->sorted != NULL && of->count < count; of->count++) {
        of->sorted[of->count] =
            (labelled){ open->build.nodes[of->count].id, open->scene->graph.nodes[of->count].id };
    }
    if (of->sorted != NULL) {
        qsort(of->sorted, of->count, sizeof *of->sorted, compare);
    }
    return of->sorted != NULL;
}

/* A scene's voices are named by their pools, and their nodes by the template. */
static const char *voice_label(const session *open, const wa_graph_place *place) {
    for (uint32_t i = 0; open->scene != NULL && i < open->scene->voice_count; i++) {
        if (open->player.pools[i] == place->voice_pool) {
            const scene_voice *voice = &open->scene->voices[i];
            return place->type == 0 ? voice->id : voice->graph.nodes[place->voice_node_index].id;
        }
    }
    return NULL;
}

static const char *label(void *user, const wa_graph_place *place) {
    const labels *of = user;
    if (place->voice_pool != NULL) {
        return voice_label(of->open, place);
    }
    if (place->node.id == of->open->streamed.id || place->node.id == of->open->player_of_file.id) {
        return session_name(of->open);
    }
    const labelled wanted = { place->node.id, NULL };
    const labelled *found = bsearch(&wanted, of->sorted, of->count, sizeof *of->sorted, compare);
    return found != NULL ? found->label : NULL;
}

/* -- writing ------------------------------------------------------------------------------------ */

static bool write_piece(void *user, const char *text, size_t text_bytes) {
    return fwrite(text, 1, text_bytes, user) == text_bytes;
}

int graph_file_print(const session *open, graph_kind kind, graph_stream out,
                     const graph_file_options *options) {
    labels named;
    wa_graph_options wanted = WA_GRAPH_OPTIONS_INIT;
    if (!labels_init(&named, open)) {
        return cli_error(CLI_FAILED, open->file, "the system has no memory for labels");
    }
    wanted.format = kind == GRAPH_JSON ? WA_GRAPH_JSON : WA_GRAPH_DOT;
    wanted.pooled = options->has_all ? WA_GRAPH_POOLED_ALL : WA_GRAPH_POOLED_ONE;
    wanted.is_coloured = options->is_coloured;
    wanted.label = label;
    wanted.label_user = &named;
    wanted.title =
        open->scene != NULL && open->scene->title != NULL ? open->scene->title : session_name(open);
    const wa_status status = wa_graph_snapshot(open->context, &wanted, write_piece, out.file);
    free(named.sorted);
    if (status == WA_ERR_CANCELLED || fflush(out.file) != 0) {
        return cli_error(CLI_FAILED, out.name, "cannot be written: %s", strerror(errno));
    }
    return status == WA_OK ? CLI_OK : cli_error_from_status(open->file, status);
}

/* The first line of what it said, of a file that ends with this. */
static void read_reason(FILE *said, char reason[REASON_BYTES]) {
    rewind(said);
    if (fgets(reason, REASON_BYTES, said) == NULL) {
        snprintf(reason, REASON_BYTES, "it does not say why\n");
    }
    reason[strcspn(reason, "\n")] = '\0';
}

static int spawn_dot(graph_kind kind, FILE *from, FILE *to, FILE *said, int *result) {
    char *const argv[] = { "dot", kind == GRAPH_PNG ? "-Tpng" : "-Tsvg", NULL };
    posix_spawn_file_actions_t files;
    pid_t child = 0;
    int error = posix_spawn_file_actions_init(&files);
    if (error != 0) {
        return error;
    }
    error = posix_spawn_file_actions_adddup2(&files, fileno(from), STDIN_FILENO);
    error = error == 0 ? posix_spawn_file_actions_adddup2(&files, fileno(to), STDOUT_FILENO) : error;
    error = error == 0 ? posix_spawn_file_actions_adddup2(&files, fileno(said), STDERR_FILENO) : error;
    error = error == 0 ? posix_spawnp(&child, argv[0], &files, NULL, argv, environ) : error;
    posix_spawn_file_actions_destroy(&files);
    while (error == 0 && waitpid(child, result, 0) < 0) {
        error = errno == EINTR ? 0 : errno; /* a signal reaches dot too, and ends it */
    }
    return error;
}

static int draw(const session *open, graph_kind kind, FILE *to, const char *path,
                const graph_file_options *options) {
    FILE *from = tmpfile(), *said = tmpfile();
    char reason[REASON_BYTES];
    int result = 0, code = CLI_OK;
    if (from == NULL || said == NULL) {
        code = cli_error(CLI_FAILED, path, "no temporary file: %s", strerror(errno));
    } else {
        code = graph_file_print(open, GRAPH_DOT, (graph_stream){ from, path }, options);
    }
    if (code == CLI_OK) {
        rewind(from);
        const int error = spawn_dot(kind, from, to, said, &result);
        if (error != 0) {
            code = cli_error(CLI_FAILED, path, "dot cannot be run: %s", strerror(error));
        } else if (!WIFEXITED(result) || WEXITSTATUS(result) != 0) {
            read_reason(said, reason);
            code = cli_error(CLI_FAILED, path, "dot failed: %s", reason);
        }
    }
    if (from != NULL) {
        fclose(from);
    }
    if (said != NULL) {
        fclose(said);
    }
    return code;
}

int graph_file_write(const session *open, const char *path, const graph_file_options *options) {
    char part[PATH_BYTES];
    graph_kind kind = GRAPH_DOT;
    int code = graph_file_choose(path, &kind);
    if (code != CLI_OK) {
        return code;
    }
    const int length = snprintf(part, sizeof part, "%s.part", path);
    FILE *file = length > 0 && (size_t)length < sizeof part ? fopen(part, "w") : NULL;
    if (file == NULL) {
        return cli_error(CLI_FAILED, path, "cannot be written: %s", strerror(errno));
    }
    code = kind == GRAPH_DOT || kind == GRAPH_JSON
               ? graph_file_print(open, kind, (graph_stream){ file, path }, options)
               : draw(open, kind, file, path, options);
    const bool is_closed = fclose(file) == 0;
    if (code == CLI_OK && (!is_closed || rename(part, path) != 0)) {
        code = cli_error(CLI_FAILED, path, "cannot be written: %s", strerror(errno));
    }
    if (code != CLI_OK) {
        unlink(part);
    }
    return code;
}
