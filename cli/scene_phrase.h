/* cli/scene_phrase.h -- the small notation of music in scenes (docs/scenes.md, "Notes").
 *
 *   line      C4 E4:2 G4,C5@0.5 - | $1 $2-12    pitches, chords, rests, degrees of the part's chord
 *   chords    C4,E4,G4 D4,F4,A4                  one after another
 *   sequence  verse*2 bridge+5 -:4               patterns, repeated and transposed, and rests
 */
#ifndef WA_CLI_SCENE_PHRASE_H
#define WA_CLI_SCENE_PHRASE_H
#include "scene_parse.h"

/* A note of a pattern: a pitch, or a degree that becomes one through the chord of the moment. */
typedef struct phrase_note {
    double at, beats;
    int pitch; /* MIDI, or a degree from 1 on */
    int shift; /* semitones on top of a degree */
    bool is_degree;
    float velocity;
} phrase_note;

typedef struct note_phrase {
    const char *id;
    phrase_note *notes;
    uint32_t note_count;
    double beats;
    bool has_degrees;
} note_phrase;

typedef struct note_chord {
    int pitches[SCENE_CHORD_NOTE_COUNT_MAX];
    uint32_t count;
} note_chord;

/* The value of "line"; step: beats of a note that names none; bar: beats between |, 0: anywhere. */
bool phrase_parse_line(const cursor *at, double step, double bar, note_phrase *phrase);
/* The value of "notes": [[time, duration, pitch, velocity] ...]; velocity may be left out. */
bool phrase_parse_notes(const cursor *at, note_phrase *phrase);
/* The value of "chords". */
bool phrase_parse_chords(const cursor *at, note_chord **chords, uint32_t *chord_count);

/* Words of a line: blanks are between them. *text moves on; length 0: the end. */
const char *phrase_next_word(const char **text, size_t *length);
/* A number of beats at text, or NULL; else behind it. */
const char *phrase_read_beats(const char *text, double *beats);
#endif /* WA_CLI_SCENE_PHRASE_H */
