/* The notation of lines, note lists and chords. Works on the text of one JSON string at a time. */
#include "scene_phrase.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_SHOWN_MAX = 40, WORD_BYTES_MAX = 256 };
static const double beats_max = 1e6;

/* Digits only: strtol alone would take blanks, signs and more digits than an int has. */
static const char *read_digits(const char *text, int *number) {
    enum { DIGITS_MAX = 6 };
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > DIGITS_MAX) {
        return NULL;
    }
    *number = (int)strtol(text, NULL, 10);
    return text + digits;
}

const char *parse_pitch(const char *text, int *midi) {
    static const int semitones[] = { ['A' - 'A'] = 9, ['B' - 'A'] = 11, ['C' - 'A'] = 0,
                                     ['D' - 'A'] = 2, ['E' - 'A'] = 4,  ['F' - 'A'] = 5,
                                     ['G' - 'A'] = 7 };
    if (isdigit((unsigned char)*text)) {
        return read_digits(text, midi);
    }
    if (*text < 'A' || *text > 'G') {
        return NULL;
    }
    int pitch = semitones[*text++ - 'A'], octave = 0;
    for (; *text == '#' || *text == 'b'; text++) {
        pitch += *text == '#' ? 1 : -1;
    }
    if (!isdigit((unsigned char)*text)) {
        return NULL;
    }
    text = read_digits(text, &octave);
    if (text == NULL || octave > 9) {
        return NULL;
    }
    *midi = pitch + 12 * (octave + 1);
    return text;
}

const char *phrase_next_word(const char **text, size_t *length) {
    const char *word = *text + strspn(*text, " \t\r\n");
    *length = strcspn(word, " \t\r\n");
    *text = word + *length;
    return word;
}

const char *phrase_read_beats(const char *text, double *beats) {
    const size_t length = strspn(text, "0123456789.");
    char *end = NULL;
    *beats = strtod(text, &end);
    return length > 0 && end == text + length && *beats > 0 && *beats <= beats_max ? end : NULL;
}

/* pitch, $degree or $degree+semitones. NULL when it is none. */
static const char *read_tone(const char *text, phrase_note *note) {
    if (*text != '$') {
        const char *end = parse_pitch(text, &note->pitch);
        return end != NULL && note->pitch >= 0 && note->pitch <= SCENE_MIDI_NOTE_MAX ? end : NULL;
    }
    note->is_degree = true;
    text = read_digits(text + 1, &note->pitch);
    if (text == NULL || note->pitch < 1 || note->pitch > SCENE_CHORD_NOTE_COUNT_MAX) {
        return NULL;
    }
    if (*text == '+' || *text == '-') {
        const int sign = *text == '+' ? 1 : -1;
        text = read_digits(text + 1, &note->shift);
        note->shift *= sign;
    }
    return text != NULL && abs(note->shift) <= SCENE_MIDI_NOTE_MAX ? text : NULL;
}

typedef struct line_reader {
    const cursor *at;
    note_phrase *phrase;
    double step, bar;
} line_reader;

static bool fail_word(const cursor *at, const char *word, size_t length, const char *rule) {
    return cursor_fail(at, "\"%.*s\": %s", (int)(length < WORD_SHOWN_MAX ? length : WORD_SHOWN_MAX),
                       word, rule);
}

/* :beats and @velocity behind the pitches of a word. */
static const char *read_suffix(const char *text, double *beats, double *velocity) {
    if (*text == ':') {
        text = phrase_read_beats(text + 1, beats);
    }
    if (text != NULL && *text == '@') {
        char *end = NULL;
        *velocity = strtod(text + 1, &end);
        text = end != text + 1 && *velocity >= 0 && *velocity <= 1 ? end : NULL;
    }
    return text;
}

/* One word: pitches that begin together, or a rest. notes has room for all that a word can hold. */
static bool read_word(line_reader *line, const char *word, size_t length) {
    static const char rule[] =
        "the form is pitch,pitch:beats@velocity with a pitch like C4, F#3, 60 or $1";
    note_phrase *phrase = line->phrase;
    char copy[WORD_BYTES_MAX];
    double beats = line->step, velocity = 1;
    const uint32_t first = phrase->note_count;
    if (length >= sizeof copy) {
        return fail_word(line->at, word, length, rule);
    }
    memcpy(copy, word, length);
    copy[length] = '\0';
    const char *text = copy;
    if (*text == '-') {
        text++;
    } else {
        do {
            phrase_note note = { .at = phrase->beats };
            text = read_tone(text + (*text == ','), &note);
            if (text == NULL || phrase->note_count - first == SCENE_CHORD_NOTE_COUNT_MAX) {
                return fail_word(line->at, word, length, rule);
            }
            phrase->has_degrees |= note.is_degree;
            phrase->notes[phrase->note_count++] = note;
        } while (*text == ',');
    }
    text = read_suffix(text, &beats, &velocity);
    if (text == NULL || *text != '\0') {
        return fail_word(line->at, word, length, rule);
    }
    for (uint32_t i = first; i < phrase->note_count; i++) {
        phrase->notes[i].beats = beats;
        phrase->notes[i].velocity = (float)velocity;
    }
    phrase->beats += beats;
    return true;
}

static bool check_bar(const line_reader *line) {
    const double bars = line->bar > 0 ? line->phrase->beats / line->bar : 0;
    return fabs(bars - nearbyint(bars)) < 1e-6 ||
           cursor_fail(line->at, "a bar line at beat %.6g; bars have %.6g beats", line->phrase->beats,
                       line->bar);
}

bool phrase_parse_line(const cursor *at, double step, double bar, note_phrase *phrase) {
    const char *text = NULL;
    if (!cursor_string(at, &text)) {
        return false;
    }
    /* A pitch takes a byte at least, and is followed by one. */
    phrase->notes = scene_take(at->reader->scene, strlen(text) / 2 + 1, sizeof *phrase->notes);
    line_reader line = { at, phrase, step, bar };
    size_t length = 0;
    for (const char *word = phrase_next_word(&text, &length); length > 0;
         word = phrase_next_word(&text, &length)) {
        const bool is_bar = length == 1 && *word == '|';
        if (is_bar ? !check_bar(&line) : !read_word(&line, word, length)) {
            return false;
        }
    }
    return phrase->beats <= beats_max || cursor_fail(at, "longer than %g beats", beats_max);
}

static bool parse_note_pitch(const cursor *at, phrase_note *note) {
    const char *text = NULL;
    uint32_t midi = 0;
    if (json_is_number(at->value)) {
        const bool is_ok = cursor_count(at, 0, SCENE_MIDI_NOTE_MAX, &midi);
        note->pitch = (int)midi;
        return is_ok;
    }
    if (!cursor_string(at, &text)) {
        return false;
    }
    const char *end = read_tone(text, note);
    return (end != NULL && *end == '\0') ||
           cursor_fail(at, "a pitch is a name like C4 or F#3, a MIDI number or a degree like $1");
}

static bool parse_list_note(const cursor *at, phrase_note *note) {
    if (!cursor_check_list(at, 4, "the number of items allowed")) {
        return false;
    }
    const size_t count = json_array_size(at->value);
    if (count < 3) {
        return cursor_fail(at, "the form is [time, duration, pitch, velocity], in beats");
    }
    const cursor time = cursor_item(at, 0), beats = cursor_item(at, 1), pitch = cursor_item(at, 2),
                 velocity = cursor_item(at, 3);
    double loud = 1;
    if (!cursor_number(&time, 0, beats_max, &note->at) ||
        !cursor_number(&beats, 0.0001, beats_max, &note->beats) || !parse_note_pitch(&pitch, note) ||
        (count > 3 && !cursor_number(&velocity, 0, 1, &loud))) {
        return false;
    }
    note->velocity = (float)loud;
    return true;
}

bool phrase_parse_notes(const cursor *at, note_phrase *phrase) {
    if (!cursor_check_list(at, SCENE_NOTE_COUNT_MAX, "SCENE_NOTE_COUNT_MAX")) {
        return false;
    }
    const uint32_t count = (uint32_t)json_array_size(at->value);
    phrase->notes = scene_take(at->reader->scene, count, sizeof *phrase->notes);
    for (; phrase->note_count < count; phrase->note_count++) {
        const cursor item = cursor_item(at, phrase->note_count);
        phrase_note *note = &phrase->notes[phrase->note_count];
        if (!parse_list_note(&item, note)) {
            return false;
        }
        phrase->has_degrees |= note->is_degree;
        phrase->beats = fmax(phrase->beats, note->at + note->beats);
    }
    return true;
}

static bool read_chord(const cursor *at, const char *word, size_t length, note_chord *chord) {
    const char *text = word;
    do {
        int midi = 0;
        text = parse_pitch(text + (*text == ','), &midi);
        if (text == NULL || text > word + length || midi < 0 || midi > SCENE_MIDI_NOTE_MAX ||
            chord->count == SCENE_CHORD_NOTE_COUNT_MAX) {
            return fail_word(at, word, length, "a chord is pitches with commas between, C4,E4,G4");
        }
        chord->pitches[chord->count++] = midi;
    } while (*text == ',');
    return text == word + length ||
           fail_word(at, word, length, "a chord is pitches with commas between, C4,E4,G4");
}

bool phrase_parse_chords(const cursor *at, note_chord **chords, uint32_t *chord_count) {
    const char *text = NULL;
    size_t length = 0;
    if (!cursor_string(at, &text)) {
        return false;
    }
    const size_t count_max = strlen(text) / 2 + 1;
    *chords = scene_take(at->reader->scene,
                         count_max < SCENE_CHORD_COUNT_MAX ? count_max : SCENE_CHORD_COUNT_MAX,
                         sizeof **chords);
    for (const char *word = phrase_next_word(&text, &length); length > 0;
         word = phrase_next_word(&text, &length)) {
        if (length == 1 && *word == '|') {
            continue;
        }
        if (*chord_count == SCENE_CHORD_COUNT_MAX) {
            return cursor_fail(at, "SCENE_CHORD_COUNT_MAX is %d", SCENE_CHORD_COUNT_MAX);
        }
        if (!read_chord(at, word, length, &(*chords)[(*chord_count)++])) {
            return false;
        }
    }
    return true;
}
