/* cli/live_view.h -- what a running context costs: a page on a terminal, else a line per second. */
#ifndef WA_CLI_LIVE_VIEW_H
#define WA_CLI_LIVE_VIEW_H
#include "session.h"

enum { LIVE_VIEW_LINE_COUNT_MAX = 40, LIVE_VIEW_LINE_BYTES = 160 };

typedef struct live_view {
    bool is_page;
    char lines[LIVE_VIEW_LINE_COUNT_MAX][LIVE_VIEW_LINE_BYTES];
    uint32_t line_count;
} live_view;

void live_view_begin(live_view *view);
/* A session_tick_fn's work: draw the page, or print one line. */
void live_view_show(live_view *view, session *open);
/* Back to the plain terminal. */
void live_view_end(live_view *view);
/* How often to show, seconds. */
double live_view_interval_s(const live_view *view);

/* Fill lines[] for the page. */
void live_view_compose(live_view *view, const session *open);
/* The one line of the plain form. */
void live_view_compose_line(const session *open, char line[LIVE_VIEW_LINE_BYTES * 2]);

/* The scene's id of a node, or what it is otherwise. */
const char *live_view_node_name(const session *open, const wa_node_cost *cost);

/* What is said once it is over: load, underruns, deadline misses, peak ledger, RSS, notes. */
void live_view_print_summary(const session *open);
/* The line that says what plays it: backend, device, rate, channels, quantum. */
void live_view_print_device(const session *open);
#endif /* WA_CLI_LIVE_VIEW_H */
