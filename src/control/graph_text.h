/* src/control/graph_text.h -- text on its way out of a snapshot: gathered into pieces, bounded, and escaped.
 *
 * Takes no memory and nothing of it can fail: once the limit is reached or whoever writes wants no more,
 * everything is dropped, and who adds may look at text_is_over() to stop early. Numbers have a point,
 * whatever the program's locale says. Thread: control.
 */
#ifndef WA_SRC_CONTROL_GRAPH_TEXT_H
#define WA_SRC_CONTROL_GRAPH_TEXT_H
#include "wavepool/graph.h"

enum { TEXT_PIECE_BYTES = 2048, TEXT_FORMAT_BYTES_MAX = 512 };

typedef struct graph_text {
    wa_graph_write_fn write;
    void *user;
    uint64_t byte_count, byte_count_max;
    bool is_cancelled, is_cut;
    uint32_t pending_count;
    char pending[TEXT_PIECE_BYTES];
} graph_text;

void text_init(graph_text *text, wa_graph_write_fn write, void *user, uint64_t byte_count_max);
void text_finish(graph_text *text); /* what is pending goes out */
static inline bool text_is_over(const graph_text *text) {
    return text->is_cancelled || text->is_cut;
}

void text_put(graph_text *text, const char *string);
/* At most TEXT_FORMAT_BYTES_MAX at a time; no numbers with a point. */
__attribute__((format(printf, 2, 3))) void text_format(graph_text *text, const char *format, ...);
/* Six digits that count; what is not finite is "null". */
void text_number(graph_text *text, double number);
void text_number_plain(char *number); /* as any locale prints it, to what JSON takes; in place */
/* A label, at most WA_GRAPH_LABEL_BYTES_MAX of it: in quotes, as JSON has them; NULL: null. */
void text_json(graph_text *text, const char *label);
/* The same inside a tag of Graphviz's HTML-like labels: what would be markup is shown, what cannot be shown is
 * U+FFFD, and so is what would turn the direction of the text around it. */
void text_html(graph_text *text, const char *label);
#endif /* WA_SRC_CONTROL_GRAPH_TEXT_H */
