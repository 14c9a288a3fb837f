/* The scale of colours for costs; see graph_colour.h. */
#include "graph_colour.h"
#include <math.h>

typedef struct oklab {
    double lightness, green_red, blue_yellow;
} oklab;

static const oklab cheap = { 0.965, -0.015, 0.070 }, costly = { 0.400, 0.125, 0.045 },
                   grey = { 0.940, 0.0, 0.0 };
static const double dim_share = 0.75; /* of the grey */
/* Relative luminance at which black and white text have the same contrast, 4.58 to 1. */
static const double dark_luminance = 0.179;

static oklab between(oklab from, oklab to, double position) {
    return (oklab){ from.lightness + position * (to.lightness - from.lightness),
                    from.green_red + position * (to.green_red - from.green_red),
                    from.blue_yellow + position * (to.blue_yellow - from.blue_yellow) };
}

/* A linear component of light to its sRGB byte. */
static uint8_t encode(double light) {
    const double value = light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1.0 / 2.4) - 0.055;
    return (uint8_t)lround(255.0 * fmin(fmax(value, 0.0), 1.0));
}

/* The published matrices of OKLab: to cone responses, cubed, then to linear sRGB. */
static colour colour_from(oklab of) {
    const double l = of.lightness + 0.3963377774 * of.green_red + 0.2158037573 * of.blue_yellow;
    const double m = of.lightness - 0.1055613458 * of.green_red - 0.0638541728 * of.blue_yellow;
    const double s = of.lightness - 0.0894841775 * of.green_red - 1.2914855480 * of.blue_yellow;
    const double l3 = l * l * l, m3 = m * m * m, s3 = s * s * s;
    const double red = 4.0767416621 * l3 - 3.3077115913 * m3 + 0.2309699292 * s3;
    const double green = -1.2684380046 * l3 + 2.6097574011 * m3 - 0.3413193965 * s3;
    const double blue = -0.0041960863 * l3 - 0.7034186147 * m3 + 1.7076147010 * s3;
    return (colour){ encode(red), encode(green), encode(blue),
                     0.2126 * red + 0.7152 * green + 0.0722 * blue < dark_luminance };
}

colour colour_at(double position, bool is_dim) {
    const oklab full = between(cheap, costly, fmin(fmax(position, 0.0), 1.0));
    return colour_from(is_dim ? between(full, grey, dim_share) : full);
}
