/* The text of a snapshot, by itself: any label comes out whole and harmless in both formats, numbers are those
 * of JSON, what is too long ends where it should, and equal steps of the colour scale look equal.
 * Method: tables of bytes in and bytes out; colours are measured in OKLab by a conversion of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "control/graph_colour.h"
#include "control/graph_text.h"
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GATHERED_MAX = 1 << 16 };

typedef struct gathered {
    char text[GATHERED_MAX];
    size_t count, piece_max, stop_at; /* stop_at: pieces that are taken; 0: all */
    uint32_t piece_count;
} gathered;

static bool gather(void *user, const char *text, size_t bytes) {
    gathered *to = user;
    assert_true(to->count + bytes < GATHERED_MAX);
    memcpy(to->text + to->count, text, bytes);
    to->count += bytes;
    to->text[to->count] = '\0';
    to->piece_max = bytes > to->piece_max ? bytes : to->piece_max;
    return ++to->piece_count != to->stop_at;
}

/* -- labels ------------------------------------------------------------------------------------- */

#define FFFD "\xef\xbf\xbd"

typedef struct label_row {
    const char *label, *json, *html;
} label_row;

static const label_row labels[] = {
    { "plain", "plain", "plain" },
    { "", "", "" },
    { "a\"b\\c", "a\\\"b\\\\c", "a&quot;b&#92;c" },
    { "</TD><IMG SRC=\"/etc/passwd\"/>&amp;", "</TD><IMG SRC=\\\"/etc/passwd\\\"/>&amp;",
      "&lt;/TD&gt;&lt;IMG SRC=&quot;/etc/passwd&quot;/&gt;&amp;amp;" },
    { "\\N \\G \\l", "\\\\N \\\\G \\\\l", "&#92;N &#92;G &#92;l" },
    { ">];}", ">];}", "&gt;];}" },
    { "]]><!--", "]]><!--", "]]&gt;&lt;!--" },
    { "line\nbreak\ttab\x01\x1f\x7f", "line\\u000abreak\\u0009tab\\u0001\\u001f\\u007f",
      "line" FFFD "break" FFFD "tab" FFFD FFFD FFFD },
    { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\xb5", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\xb5",
      "\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\xb5" },
    { "\xff\xfe", FFFD FFFD, FFFD FFFD },
    { "\xc0\xaf", FFFD FFFD, FFFD FFFD },                             /* overlong '/' */
    { "\xe0\x80\xaf", FFFD FFFD FFFD, FFFD FFFD FFFD },               /* likewise */
    { "\xed\xa0\x80", FFFD FFFD FFFD, FFFD FFFD FFFD },               /* a surrogate */
    { "\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD, FFFD FFFD FFFD FFFD }, /* beyond Unicode */
    { "\xe2\x82", FFFD FFFD, FFFD FFFD },                             /* cut off */
    { "\xe2\x82\"", FFFD FFFD "\\\"", FFFD FFFD "&quot;" },           /* a quote where a byte is due */
    { "\x80", FFFD, FFFD },
    { "\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029", FFFD FFFD }, /* line ends of JavaScript */
    { "\xe2\x80\xae"
      "evil",
      "\xe2\x80\xae"
      "evil",
      FFFD "evil" }, /* turns what follows round */
    { "\xc2\x9b"
      "31m",
      "\xc2\x9b"
      "31m",
      FFFD "31m" },                           /* a terminal's control */
    { "\xef\xbf\xbf", "\xef\xbf\xbf", FFFD }, /* no character of XML */
};

static void test_labels(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        gathered json = { 0 }, html = { 0 };
        char wanted[256];
        graph_text text;
        text_init(&text, gather, &json, UINT64_MAX);
        text_json(&text, labels[i].label);
        text_finish(&text);
        snprintf(wanted, sizeof wanted, "\"%s\"", labels[i].json);
        assert_string_equal(json.text, wanted);
        json_t *read = json_loads(json.text, JSON_DECODE_ANY, NULL);
        assert_non_null(read);
        json_decref(read);
        text_init(&text, gather, &html, UINT64_MAX);
        text_html(&text, labels[i].label);
        text_finish(&text);
        assert_string_equal(html.text, labels[i].html);
    }
}

/* Around the limit, in characters of each length: never half of one, never a byte beyond. */
static void test_long_labels(void **state) {
    (void)state;
    static const char *const characters[] = { "x", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8e\xb5" };
    for (size_t which = 0; which < 4; which++) {
        const size_t bytes = strlen(characters[which]);
        for (size_t count = 20; count < 140; count++) {
            /* Exactly as long as may be read: a byte more is an error of the heap. */
            const size_t length = count * bytes, kept = WA_GRAPH_LABEL_BYTES_MAX;
            char *label = calloc(1, kept);
            for (size_t i = 0; i < length && i < kept; i++) {
                label[i] = characters[which][i % bytes];
            }
            gathered out = { 0 };
            graph_text text;
            text_init(&text, gather, &out, UINT64_MAX);
            text_html(&text, label);
            text_finish(&text);
            free(label);
            const bool is_long = length >= kept;
            const char *dots = "\xe2\x80\xa6";
            assert_null(strstr(out.text, FFFD));
            assert_int_equal(strstr(out.text, dots) != NULL, is_long);
            const size_t shown = out.count - (is_long ? strlen(dots) : 0);
            assert_int_equal(shown % bytes, 0);
            assert_true(is_long ? shown < kept && shown + 4 >= kept - 1 : shown == length);
        }
    }
}

/* -- numbers ------------------------------------------------------------------------------------ */

static void test_numbers(void **state) {
    (void)state;
    static const struct {
        double number;
        const char *wanted;
    } rows[] = {
        { 0, "0" },
        { -0.5, "-0.5" },
        { 1e-9, "1e-09" },
        { 3.4e38, "3.4e+38" },
        { 1234567, "1.23457e+06" },
        { 0.1f, "0.1" },
        { INFINITY, "null" },
        { -INFINITY, "null" },
        { NAN, "null" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gathered out = { 0 };
        graph_text text;
        text_init(&text, gather, &out, UINT64_MAX);
        text_number(&text, rows[i].number);
        text_finish(&text);
        assert_string_equal(out.text, rows[i].wanted);
    }
}

static void test_numbers_of_other_countries(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        { "1.5", "1.5" },
        { "-1,5e-07", "-1.5e-07" },
        { "1\xd9\xab"
          "5",
          "1.5" },
        { "12", "12" },
        { "0,25", "0.25" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char number[32];
        snprintf(number, sizeof number, "%s", rows[i][0]);
        text_number_plain(number);
        assert_string_equal(number, rows[i][1]);
    }
}

/* -- pieces and limits -------------------------------------------------------------------------- */

static void put_many(graph_text *text, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        text_format(text, "%06u\n", i);
    }
    text_finish(text);
}

static void test_pieces_join(void **state) {
    (void)state;
    static gathered out;
    graph_text text;
    out = (gathered){ 0 };
    text_init(&text, gather, &out, UINT64_MAX);
    put_many(&text, 5000);
    assert_int_equal(out.count, 7 * 5000);
    assert_int_equal(text.byte_count, out.count);
    assert_true(out.piece_max <= TEXT_PIECE_BYTES);
    for (uint32_t i = 0; i < 5000; i++) {
        char line[8];
        snprintf(line, sizeof line, "%06u\n", i);
        assert_memory_equal(out.text + (size_t)7 * i, line, 7);
    }
}

static void test_limit(void **state) {
    (void)state;
    static gathered out;
    for (uint64_t limit = 0; limit < 7000; limit += 333) {
        graph_text text;
        out = (gathered){ 0 };
        text_init(&text, gather, &out, limit);
        put_many(&text, 1000);
        assert_true(out.count <= limit);
        assert_true(out.count + 7 > limit);
        assert_true(text.is_cut);
    }
    graph_text text;
    out = (gathered){ 0 };
    text_init(&text, gather, &out, 7000);
    put_many(&text, 1000);
    assert_int_equal(out.count, 7000);
    assert_false(text_is_over(&text));
}

static void test_cancelled(void **state) {
    (void)state;
    static gathered out;
    graph_text text;
    out = (gathered){ .stop_at = 2 };
    text_init(&text, gather, &out, UINT64_MAX);
    put_many(&text, 5000);
    assert_true(text.is_cancelled);
    assert_int_equal(out.piece_count, 2);
}

/* -- colours ------------------------------------------------------------------------------------ */

static double linear(uint8_t byte) {
    const double value = byte / 255.0;
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static void oklab(colour of, double lab[3]) {
    const double r = linear(of.red), g = linear(of.green), b = linear(of.blue);
    const double l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const double m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const double s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    lab[0] = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s;
    lab[1] = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s;
    lab[2] = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s;
}

static double luminance(colour of) {
    return 0.2126 * linear(of.red) + 0.7152 * linear(of.green) + 0.0722 * linear(of.blue);
}

static double contrast(double a, double b) {
    return (fmax(a, b) + 0.05) / (fmin(a, b) + 0.05);
}

static double distance(colour a, colour b) {
    double x[3], y[3], sum = 0.0;
    oklab(a, x);
    oklab(b, y);
    for (int i = 0; i < 3; i++) {
        sum += (x[i] - y[i]) * (x[i] - y[i]);
    }
    return sqrt(sum);
}

/* A byte of sRGB is up to 0.003 of OKLab here: that is what steps may differ by. */
static void test_equal_steps_look_equal(void **state) {
    (void)state;
    enum { STEPS = 16 };
    const double step = distance(colour_at(0, false), colour_at(1, false)) / STEPS;
    assert_true(step > 0.03); /* a difference that one sees */
    for (uint32_t i = 0; i < STEPS; i++) {
        const colour from = colour_at((double)i / STEPS, false),
                     to = colour_at((i + 1.0) / STEPS, false);
        double a[3], b[3];
        oklab(from, a);
        oklab(to, b);
        assert_true(fabs(distance(from, to) - step) < 0.003);
        assert_true(b[0] < a[0]); /* darker, always */
    }
}

static void test_text_can_be_read(void **state) {
    (void)state;
    for (uint32_t i = 0; i <= 1000; i++) {
        const colour full = colour_at(i / 1000.0, false), dim = colour_at(i / 1000.0, true);
        assert_true(contrast(luminance(full), full.is_dark ? 1.0 : 0.0) >= 4.5);
        assert_false(dim.is_dark);
        const colour grey = { 0x4a, 0x4a, 0x4a, true };
        assert_true(contrast(luminance(dim), luminance(grey)) >= 4.5);
        assert_true(distance(dim, (colour){ 255, 255, 255, false }) <
                    distance(full, (colour){ 255, 255, 255, false }) + 0.05);
    }
}

static void test_colours_beyond_the_scale(void **state) {
    (void)state;
    const colour first = colour_at(0, false), last = colour_at(1, false);
    const colour below = colour_at(-5, false), above = colour_at(7, false);
    assert_memory_equal(&first, &below, 3);
    assert_memory_equal(&last, &above, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels),           cmocka_unit_test(test_long_labels),
        cmocka_unit_test(test_numbers),          cmocka_unit_test(test_numbers_of_other_countries),
        cmocka_unit_test(test_pieces_join),      cmocka_unit_test(test_limit),
        cmocka_unit_test(test_cancelled),        cmocka_unit_test(test_equal_steps_look_equal),
        cmocka_unit_test(test_text_can_be_read), cmocka_unit_test(test_colours_beyond_the_scale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
