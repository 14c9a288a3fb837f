/* Patterns and parts: music written once, repeated and transposed into one list of notes by time. */
#include "scene_phrase.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct music_reader {
    const cursor *root;
    scene_data *scene;
    note_phrase *patterns;
    uint32_t pattern_count;
    scene_note *notes; /* grows; copied into the scene at the end */
    uint32_t note_count, note_capacity;
} music_reader;

typedef struct part_state {
    const cursor *at;
    uint32_t voice_index;
    double position, gate; /* beats; length of a note as a share of its beats */
    double velocity, pan;
    int transpose;
    note_chord *chords;
    uint32_t chord_count, chord_next;
} part_state;

static bool parse_body(const cursor *at, note_phrase *phrase) {
    cursor line, notes;
    double step = 1, bar = 0, beats = 0;
    const bool has_line = cursor_member(at, "line", &line),
               has_notes = cursor_member(at, "notes", &notes);
    if (has_line == has_notes) {
        return cursor_fail(at, "either a \"line\" or \"notes\" is wanted");
    }
    if (!member_number(at, "step", 0.001, 1000, &step) ||
        !member_number(at, "bar", 0.001, 1000, &bar) ||
        !member_number(at, "beats", 0.001, 1e6, &beats) ||
        !(has_line ? phrase_parse_line(&line, step, bar, phrase)
                   : phrase_parse_notes(&notes, phrase))) {
        return false;
    }
    phrase->beats = beats > 0 ? beats : phrase->beats;
    return phrase->beats > 0 || cursor_fail(at, "no note and no rest is in it");
}

static const note_phrase *find_pattern(const music_reader *music, const char *id, size_t length) {
    for (uint32_t i = 0; i < music->pattern_count; i++) {
        if (strlen(music->patterns[i].id) == length && memcmp(music->patterns[i].id, id, length) == 0) {
            return &music->patterns[i];
        }
    }
    return NULL;
}

static bool parse_patterns(music_reader *music) {
    static const char *const keys[] = { "id", "line", "notes", "step", "bar", "beats", NULL };
    cursor list;
    if (!cursor_member(music->root, "patterns", &list)) {
        return true;
    }
    if (!cursor_check_list(&list, SCENE_PATTERN_COUNT_MAX, "SCENE_PATTERN_COUNT_MAX")) {
        return false;
    }
    const uint32_t count = (uint32_t)json_array_size(list.value);
    music->patterns = scene_take(music->scene, count, sizeof *music->patterns);
    for (; music->pattern_count < count; music->pattern_count++) {
        const cursor item = cursor_item(&list, music->pattern_count);
        note_phrase *pattern = &music->patterns[music->pattern_count];
        if (!cursor_check_object(&item, keys) || !member_id(&item, &pattern->id) ||
            !parse_body(&item, pattern)) {
            return false;
        }
        if (find_pattern(music, pattern->id, strlen(pattern->id)) != NULL) {
            return cursor_fail(&item, "a pattern with the id \"%s\" is there already", pattern->id);
        }
    }
    return true;
}

static bool push_note(music_reader *music, const cursor *at, const scene_note *note) {
    if (music->note_count == SCENE_NOTE_COUNT_MAX) {
        return cursor_fail(at, "too many notes; SCENE_NOTE_COUNT_MAX is %d", SCENE_NOTE_COUNT_MAX);
    }
    if (music->note_count == music->note_capacity) {
        const uint32_t capacity = music->note_capacity > 0 ? 2 * music->note_capacity : 256;
        scene_note *notes = realloc(music->notes, capacity * sizeof *notes);
        if (notes == NULL) {
            return cursor_fail(at, "the system has no memory for the notes");
        }
        music->notes = notes;
        music->note_capacity = capacity;
    }
    music->notes[music->note_count] = *note;
    music->notes[music->note_count].order = music->note_count;
    music->note_count++;
    return true;
}

static bool resolve_pitch(const part_state *part, const phrase_note *note, int shift, int *midi) {
    *midi = note->pitch;
    if (note->is_degree) {
        const note_chord *chord = &part->chords[part->chord_next];
        if ((uint32_t)note->pitch > chord->count) {
            return cursor_fail(part->at, "chord %u has %u notes, a pattern asks for $%d",
                               part->chord_next + 1, chord->count, note->pitch);
        }
        *midi = chord->pitches[note->pitch - 1] + note->shift;
    }
    *midi += shift;
    return (*midi >= 0 && *midi <= SCENE_MIDI_NOTE_MAX) ||
           cursor_fail(part->at, "transposed to MIDI note %d; 0 to %d is allowed", *midi,
                       SCENE_MIDI_NOTE_MAX);
}

static bool play_phrase(music_reader *music, part_state *part, const note_phrase *phrase, int shift) {
    const double beat_s = 60 / music->scene->tempo;
    if (phrase->has_degrees && part->chord_next == part->chord_count) {
        return cursor_fail(part->at, "the pattern needs chord %u; \"chords\" has %u",
                           part->chord_next + 1, part->chord_count);
    }
    for (uint32_t i = 0; i < phrase->note_count; i++) {
        const phrase_note *from = &phrase->notes[i];
        int midi = 0;
        if (!resolve_pitch(part, from, shift + part->transpose, &midi)) {
            return false;
        }
        const scene_note note = { .time_s = (part->position + from->at) * beat_s,
                                  .duration_s = from->beats * part->gate * beat_s,
                                  .midi = (float)midi,
                                  .velocity = from->velocity * (float)part->velocity,
                                  .pan = (float)part->pan,
                                  .voice_index = part->voice_index };
        if (note.time_s + note.duration_s > SCENE_LENGTH_MAX_S) {
            return cursor_fail(part->at, "a note ends at %.10g s; SCENE_LENGTH_MAX_S is %.10g",
                               note.time_s + note.duration_s, SCENE_LENGTH_MAX_S);
        }
        if (!push_note(music, part->at, &note)) {
            return false;
        }
    }
    part->position += phrase->beats;
    part->chord_next += phrase->has_degrees;
    return true;
}

typedef struct sequence_step {
    const note_phrase *pattern; /* NULL: a rest */
    int shift;
    uint32_t repeat_count;
    double rest_beats;
} sequence_step;

/* id, id+5, id-12*4, -:8 */
static bool read_step(const music_reader *music, const cursor *at, const char *word, size_t length,
                      sequence_step *step) {
    static const char form[] = "pattern, pattern+5, pattern-12*4 or a rest -:8";
    char copy[128];
    const int shown = (int)(length < 40 ? length : 40);
    if (length >= sizeof copy) {
        return cursor_fail(at, "\"%.*s\": the form is %s", shown, word, form);
    }
    memcpy(copy, word, length);
    copy[length] = '\0';
    if (strncmp(copy, "-:", 2) == 0) {
        const char *end = phrase_read_beats(copy + 2, &step->rest_beats);
        step->repeat_count = 1;
        return (end != NULL && *end == '\0') ||
               cursor_fail(at, "\"%.*s\": the form of a rest is -:beats", shown, word);
    }
    const size_t id_length = strcspn(copy, "+-*");
    char *end = copy + id_length;
    long shift = 0, repeat = 1;
    step->pattern = find_pattern(music, copy, id_length);
    if (step->pattern == NULL) {
        return cursor_fail(at, "there is no pattern \"%.*s\"", (int)id_length, copy);
    }
    if (*end == '+' || *end == '-') {
        shift = strtol(end, &end, 10);
    }
    if (*end == '*') {
        repeat = strtol(end + 1, &end, 10);
    }
    if (*end != '\0' || labs(shift) > SCENE_MIDI_NOTE_MAX || repeat < 1 || repeat > SCENE_REPEAT_MAX) {
        return cursor_fail(at, "\"%.*s\": the form is %s, SCENE_REPEAT_MAX is %d", shown, word, form,
                           SCENE_REPEAT_MAX);
    }
    step->shift = (int)shift;
    step->repeat_count = (uint32_t)repeat;
    return true;
}

static bool play_sequence(music_reader *music, part_state *part, const cursor *sequence) {
    const char *text = NULL;
    size_t length = 0;
    if (!cursor_string(sequence, &text)) {
        return false;
    }
    for (const char *word = phrase_next_word(&text, &length); length > 0;
         word = phrase_next_word(&text, &length)) {
        sequence_step step = { 0 };
        if (!read_step(music, sequence, word, length, &step)) {
            return false;
        }
        part->position += step.rest_beats;
        for (uint32_t i = 0; step.pattern != NULL && i < step.repeat_count; i++) {
            if (!play_phrase(music, part, step.pattern, step.shift)) {
                return false;
            }
        }
    }
    return true;
}

static bool find_voice(const cursor *at, const scene_data *scene, uint32_t *index) {
    const char *id = NULL;
    if (!cursor_string(at, &id)) {
        return false;
    }
    for (uint32_t i = 0; i < scene->voice_count; i++) {
        if (strcmp(scene->voices[i].id, id) == 0) {
            *index = i;
            return true;
        }
    }
    return cursor_fail(at, "there is no voice \"%.64s\"", id);
}

static bool parse_part_settings(const cursor *at, const music_reader *music, part_state *part) {
    cursor voice, chords;
    double transpose = 0;
    if (!member_required(at, "voice", &voice) ||
        !find_voice(&voice, music->scene, &part->voice_index) ||
        !member_number(at, "at", 0, 1e6, &part->position) ||
        !member_number(at, "gate", 0.01, 10, &part->gate) ||
        !member_number(at, "velocity", 0, 1, &part->velocity) ||
        !member_number(at, "pan", -1, 1, &part->pan) ||
        !member_number(at, "transpose", -SCENE_MIDI_NOTE_MAX, SCENE_MIDI_NOTE_MAX, &transpose)) {
        return false;
    }
    part->transpose = (int)transpose;
    return !cursor_member(at, "chords", &chords) ||
           phrase_parse_chords(&chords, &part->chords, &part->chord_count);
}

static bool parse_part(const cursor *at, music_reader *music) {
    static const char *const keys[] = { "voice",     "at",     "gate",     "velocity", "pan",
                                        "transpose", "chords", "sequence", "line",     "notes",
                                        "step",      "bar",    "beats",    NULL };
    part_state part = { .at = at, .gate = 1, .velocity = 1 };
    cursor sequence;
    if (!cursor_check_object(at, keys) || !parse_part_settings(at, music, &part)) {
        return false;
    }
    if (cursor_member(at, "sequence", &sequence)) {
        return play_sequence(music, &part, &sequence);
    }
    note_phrase phrase = { 0 };
    return parse_body(at, &phrase) && play_phrase(music, &part, &phrase, 0);
}

static int compare_notes(const void *left, const void *right) {
    const scene_note *a = left, *b = right;
    if (a->time_s != b->time_s) {
        return a->time_s < b->time_s ? -1 : 1;
    }
    return a->order < b->order ? -1 : a->order > b->order;
}

static bool parse_parts(music_reader *music) {
    cursor list;
    if (!cursor_member(music->root, "parts", &list)) {
        return true;
    }
    if (!cursor_check_list(&list, SCENE_PART_COUNT_MAX, "SCENE_PART_COUNT_MAX")) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(list.value); i++) {
        const cursor item = cursor_item(&list, i);
        if (!parse_part(&item, music)) {
            return false;
        }
    }
    return true;
}

bool parse_notes(const cursor *root, scene_data *scene) {
    music_reader music = { .root = root, .scene = scene };
    const bool is_ok = parse_patterns(&music) && parse_parts(&music);
    if (is_ok && music.note_count > 0) {
        qsort(music.notes, music.note_count, sizeof *music.notes, compare_notes);
        scene->notes = scene_take(scene, music.note_count, sizeof *scene->notes);
        scene->note_count = music.note_count;
        memcpy(scene->notes, music.notes, music.note_count * sizeof *scene->notes);
    }
    free(music.notes);
    return is_ok;
}
