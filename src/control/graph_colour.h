/* src/control/graph_colour.h -- a scale of colours of which equal steps look equal: a straight line through
 * OKLab (B. Ottosson's perceptual space), from pale yellow to dark red. Its lightness falls all the way, so
 * that it also reads in grey and for eyes that tell few colours apart. Thread: any.
 */
#ifndef WA_SRC_CONTROL_GRAPH_COLOUR_H
#define WA_SRC_CONTROL_GRAPH_COLOUR_H
#include <stdbool.h>
#include <stdint.h>

typedef struct colour {
    uint8_t red, green, blue; /* sRGB */
    bool is_dark;             /* text on it is white, else black: at least 4.5 to 1 either way */
} colour;

/* position in [0, 1]. is_dim: much of it is taken away towards a light grey; text on it is always black. */
colour colour_at(double position, bool is_dim);
#endif /* WA_SRC_CONTROL_GRAPH_COLOUR_H */
