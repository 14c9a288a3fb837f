/* Text on its way out of a snapshot; see graph_text.h. */
#include "graph_text.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { REPLACEMENT = 0xfffd };

void text_init(graph_text *text, wa_graph_write_fn write, void *user, uint64_t byte_count_max) {
    *text = (graph_text){ .write = write, .user = user, .byte_count_max = byte_count_max };
}

void text_finish(graph_text *text) {
    if (text->pending_count > 0 && !text->is_cancelled) {
        text->is_cancelled = !text->write(text->user, text->pending, text->pending_count);
    }
    text->pending_count = 0;
}

static void add(graph_text *text, const char *bytes, size_t count) {
    if (text_is_over(text)) {
        return;
    }
    if (count > text->byte_count_max - text->byte_count) {
        text->is_cut = true;
        return;
    }
    text->byte_count += count;
    while (count > 0 && !text->is_cancelled) {
        const size_t room = TEXT_PIECE_BYTES - text->pending_count;
        const size_t part = count < room ? count : room;
        memcpy(text->pending + text->pending_count, bytes, part);
        text->pending_count += (uint32_t)part;
        bytes += part;
        count -= part;
        if (text->pending_count == TEXT_PIECE_BYTES) {
            text_finish(text);
        }
    }
}

void text_put(graph_text *text, const char *string) {
    add(text, string, strlen(string));
}

void text_format(graph_text *text, const char *format, ...) {
    char line[TEXT_FORMAT_BYTES_MAX];
    va_list args;
    va_start(args, format);
    const int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    add(text, line, length < 0 ? 0 : (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
}

void text_number_plain(char *number) {
    char *end = number;
    for (const char *c = number; *c != '\0'; c++) {
        const bool is_plain = strchr("0123456789+-e", *c) != NULL;
        if (is_plain || (end > number && end[-1] != '.')) { /* a mark may be of several bytes */
            *end++ = is_plain ? *c : '.';
        }
    }
    *end = '\0';
}

void text_number(graph_text *text, double number) {
    char digits[64] = "null";
    if (isfinite(number)) {
        snprintf(digits, sizeof digits, "%.6g", number);
        text_number_plain(digits);
    }
    text_put(text, digits);
}

/* -- labels ------------------------------------------------------------------------------------- */

static bool is_continued(const unsigned char *bytes, size_t count) {
    for (size_t index = 1; index < count; index++) {
        if ((bytes[index] & 0xc0) != 0x80) {
            return false;
        }
    }
    return true;
}

/* One character of UTF-8 and its length; what is none is one byte, and REPLACEMENT. */
static uint32_t read_character(const unsigned char *bytes, size_t count, size_t *length) {
    const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned char lead = bytes[0];
    const size_t wanted = lead < 0x80             ? 1
                          : (lead & 0xe0) == 0xc0 ? 2
                          : (lead & 0xf0) == 0xe0 ? 3
                          : (lead & 0xf8) == 0xf0 ? 4
                                                  : 0;
    *length = 1;
    if (wanted == 1) {
        return lead;
    }
    if (wanted == 0 || wanted > count || !is_continued(bytes, wanted)) {
        return REPLACEMENT;
    }
    uint32_t character = lead & (0x7fu >> wanted);
    for (size_t index = 1; index < wanted; index++) {
        character = character << 6 | (bytes[index] & 0x3fu);
    }
    const bool is_surrogate = character >= 0xd800 && character <= 0xdfff;
    if (character < least[wanted] || character > 0x10ffff || is_surrogate) {
        return REPLACEMENT;
    }
    *length = wanted;
    return character;
}

static void put_character(graph_text *text, uint32_t character, const unsigned char *bytes,
                          size_t length) {
    if (character == REPLACEMENT) {
        text_put(text, "\xef\xbf\xbd");
    } else {
        add(text, (const char *)bytes, length);
    }
}

static void put_json(graph_text *text, uint32_t character, const unsigned char *bytes, size_t length) {
    const bool ends_lines = character == 0x2028 || character == 0x2029; /* of JavaScript */
    if (character == '"' || character == '\\') {
        text_format(text, "\\%c", (int)character);
    } else if (character < 0x20 || character == 0x7f || ends_lines) {
        text_format(text, "\\u%04x", character);
    } else {
        put_character(text, character, bytes, length);
    }
}

/* Controls; what sets the direction of text; what XML has no place for. */
static bool is_shown(uint32_t character) {
    const bool is_control = character < 0x20 || (character >= 0x7f && character < 0xa0);
    const bool is_direction = character == 0x61c || (character >= 0x200e && character <= 0x200f) ||
                              (character >= 0x2028 && character <= 0x202e) ||
                              (character >= 0x2066 && character <= 0x2069);
    return !is_control && !is_direction && (character & 0xfffe) != 0xfffe;
}

static void put_html(graph_text *text, uint32_t character, const unsigned char *bytes, size_t length) {
    switch (character) {
    case '&':
        text_put(text, "&amp;");
        break;
    case '<':
        text_put(text, "&lt;");
        break;
    case '>':
        text_put(text, "&gt;");
        break;
    case '"':
        text_put(text, "&quot;");
        break;
    case '\\': /* Graphviz would look for an escape, here too */
        text_put(text, "&#92;");
        break;
    default:
        put_character(text, is_shown(character) ? character : REPLACEMENT, bytes, length);
        break;
    }
}

typedef void (*put_fn)(graph_text *text, uint32_t character, const unsigned char *bytes, size_t length);

/* A character that the limit cuts in two is left out. */
static void put_label(graph_text *text, const char *label, put_fn put) {
    const unsigned char *bytes = (const unsigned char *)label;
    size_t count = strnlen(label, WA_GRAPH_LABEL_BYTES_MAX);
    const bool is_long = count == WA_GRAPH_LABEL_BYTES_MAX;
    for (uint32_t steps = 0; is_long && steps < 4; steps++) {
        count--;
        if ((bytes[count] & 0xc0) != 0x80) {
            break;
        }
    }
    for (size_t index = 0, length = 0; index < count; index += length) {
        const uint32_t character = read_character(bytes + index, count - index, &length);
        put(text, character, bytes + index, length);
    }
    text_put(text, is_long ? "\xe2\x80\xa6" : ""); /* ... */
}

void text_json(graph_text *text, const char *label) {
    if (label == NULL) {
        text_put(text, "null");
        return;
    }
    text_put(text, "\"");
    put_label(text, label, put_json);
    text_put(text, "\"");
}

void text_html(graph_text *text, const char *label) {
    put_label(text, label, put_html);
}
