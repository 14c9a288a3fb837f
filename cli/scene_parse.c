/* A scene file, top level: settings, buffers and waves; the other sections have files of their own. */
#include "scene_parse.h"
#include <errno.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parse_settings(const cursor *root, scene_data *scene) {
    return member_string(root, "title", &scene->title) &&
           member_number(root, "sample_rate", SCENE_SAMPLE_RATE_MIN_HZ, SCENE_SAMPLE_RATE_MAX_HZ,
                         &scene->sample_rate_hz) &&
           member_count(root, "quantum", 1, SCENE_QUANTUM_MAX_FRAMES, &scene->quantum_frames) &&
           member_count(root, "channels", 1, SCENE_CHANNEL_COUNT_MAX, &scene->channel_count) &&
           member_number(root, "length", 0.001, SCENE_LENGTH_MAX_S, &scene->length_s) &&
           member_number(root, "budget_mb", SCENE_BUDGET_MIN_MB, SCENE_BUDGET_MAX_MB,
                         &scene->budget_mb) &&
           member_number(root, "tempo", SCENE_TEMPO_MIN, SCENE_TEMPO_MAX, &scene->tempo);
}

bool parse_file(const cursor *at, const char **path) {
    const char *name = NULL;
    char *resolved = NULL, error[SCENE_ERROR_BYTES];
    if (!cursor_string(at, &name)) {
        return false;
    }
    if (!scene_resolve_path(at->reader->scene->path, at->reader->allow_dir, name, &resolved, error)) {
        return cursor_fail(at, "%s", error);
    }
    *path = scene_take_string(at->reader->scene, resolved);
    free(resolved);
    return true;
}

static bool parse_storage(const cursor *at, scene_buffer *buffer) {
    static const char *const storages[] = { "float32", "int16", NULL };
    cursor storage;
    int choice = 0;
    if (!cursor_member(at, "storage", &storage)) {
        return true;
    }
    if (!cursor_choice(&storage, storages, &choice)) {
        return false;
    }
    buffer->storage = (wa_buffer_storage)(WA_BUFFER_STORAGE_FLOAT32 + choice);
    return true;
}

static bool parse_buffer_file(const cursor *at, const cursor *file, scene_buffer *buffer) {
    static const char *const keys[] = { "id", "file", "storage", NULL };
    return cursor_check_object(at, keys) && parse_file(file, &buffer->path);
}

static bool parse_buffer_synth(const cursor *at, const cursor *synth, scene_buffer *buffer) {
    static const char *const keys[] = { "id",        "synth", "seconds", "channels", "seed",
                                        "frequency", "decay", "storage", NULL };
    static const char *const synths[] = { "noise", "impulse", "sine", NULL };
    cursor seconds;
    int choice = 0;
    if (!cursor_check_object(at, keys) || !cursor_choice(synth, synths, &choice) ||
        !member_required(at, "seconds", &seconds)) {
        return false;
    }
    buffer->synth = (scene_synth)(SCENE_SYNTH_NOISE + choice);
    return cursor_number(&seconds, 0.0001, SCENE_SYNTH_LENGTH_MAX_S, &buffer->length_s) &&
           member_count(at, "channels", 1, SCENE_CHANNEL_COUNT_MAX, &buffer->channel_count) &&
           member_count(at, "seed", 0, UINT32_MAX, &buffer->seed) &&
           member_number(at, "frequency", 0.01, SCENE_SAMPLE_RATE_MAX_HZ / 2, &buffer->frequency_hz) &&
           member_number(at, "decay", 0.0001, SCENE_SYNTH_LENGTH_MAX_S, &buffer->decay_s);
}

static bool parse_buffer(const cursor *at, scene_buffer *buffer) {
    cursor source;
    *buffer = (scene_buffer){ .channel_count = 1, .seed = 1, .frequency_hz = 440 };
    if (!cursor_check_object(at, NULL) || !member_id(at, &buffer->id) || !parse_storage(at, buffer)) {
        return false;
    }
    if (cursor_member(at, "file", &source)) {
        return parse_buffer_file(at, &source, buffer);
    }
    if (cursor_member(at, "synth", &source)) {
        return parse_buffer_synth(at, &source, buffer);
    }
    return cursor_fail(at, "a buffer has a \"file\" or a \"synth\"");
}

static bool parse_buffers(const cursor *root, scene_data *scene) {
    cursor list;
    if (!cursor_member(root, "buffers", &list)) {
        return true;
    }
    if (!cursor_check_list(&list, SCENE_BUFFER_COUNT_MAX, "SCENE_BUFFER_COUNT_MAX")) {
        return false;
    }
    const uint32_t count = (uint32_t)json_array_size(list.value);
    scene->buffers = scene_take(scene, count, sizeof *scene->buffers);
    for (; scene->buffer_count < count; scene->buffer_count++) {
        const cursor item = cursor_item(&list, scene->buffer_count);
        scene_buffer *buffer = &scene->buffers[scene->buffer_count];
        if (!parse_buffer(&item, buffer)) {
            return false;
        }
        for (uint32_t i = 0; i < scene->buffer_count; i++) {
            if (strcmp(scene->buffers[i].id, buffer->id) == 0) {
                return cursor_fail(&item, "a buffer with the id \"%s\" is there already", buffer->id);
            }
        }
    }
    return true;
}

static bool parse_coefficients(const cursor *at, scene_data *scene, uint32_t count,
                               float **coefficients) {
    *coefficients = scene_take(scene, count, sizeof **coefficients);
    for (uint32_t i = 0; i < count; i++) {
        const cursor item = cursor_item(at, i);
        double value = 0;
        if (!cursor_number(&item, -(double)FLT_MAX, (double)FLT_MAX, &value)) {
            return false;
        }
        (*coefficients)[i] = (float)value;
    }
    return true;
}

static bool parse_wave(const cursor *at, scene_data *scene, scene_wave *wave) {
    static const char *const keys[] = { "id", "real", "imag", "disableNormalization", NULL };
    enum { COEFFICIENT_COUNT_MAX = 16384 };
    const char *const names[] = { "real", "imag" };
    float **const targets[] = { &wave->real, &wave->imag };
    if (!cursor_check_object(at, keys) || !member_id(at, &wave->id) ||
        !member_bool(at, "disableNormalization", &wave->disable_normalization)) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        cursor list;
        if (!cursor_member(at, names[i], &list)) {
            continue;
        }
        if (!cursor_check_list(&list, COEFFICIENT_COUNT_MAX, "the number of coefficients allowed")) {
            return false;
        }
        const uint32_t count = (uint32_t)json_array_size(list.value);
        if (wave->coefficient_count != 0 && wave->coefficient_count != count) {
            return cursor_fail(&list, "real has %u numbers and imag %u; they must be as many",
                               wave->coefficient_count, count);
        }
        if (count < 2) {
            return cursor_fail(&list, "a wave has two or more coefficients");
        }
        wave->coefficient_count = count;
        if (!parse_coefficients(&list, scene, count, targets[i])) {
            return false;
        }
    }
    return wave->coefficient_count >= 2 || cursor_fail(at, "a wave has two or more coefficients");
}

static bool parse_waves(const cursor *root, scene_data *scene) {
    cursor list;
    if (!cursor_member(root, "waves", &list)) {
        return true;
    }
    if (!cursor_check_list(&list, SCENE_WAVE_COUNT_MAX, "SCENE_WAVE_COUNT_MAX")) {
        return false;
    }
    const uint32_t count = (uint32_t)json_array_size(list.value);
    scene->waves = scene_take(scene, count, sizeof *scene->waves);
    for (; scene->wave_count < count; scene->wave_count++) {
        const cursor item = cursor_item(&list, scene->wave_count);
        if (!parse_wave(&item, scene, &scene->waves[scene->wave_count])) {
            return false;
        }
        for (uint32_t i = 0; i < scene->wave_count; i++) {
            if (strcmp(scene->waves[i].id, scene->waves[scene->wave_count].id) == 0) {
                return cursor_fail(&item, "a wave with the id \"%s\" is there already",
                                   scene->waves[i].id);
            }
        }
    }
    return true;
}

/* Without "length" a scene lasts until its last note has rung for a while. */
static bool settle_length(const cursor *root, scene_data *scene) {
    enum { RING_S = 2 };
    if (scene->length_s > 0) {
        return true;
    }
    for (uint32_t i = 0; i < scene->note_count; i++) {
        const scene_note *note = &scene->notes[i];
        const double end_s =
            note->time_s + note->duration_s + scene->voices[note->voice_index].release_s;
        scene->length_s = end_s + RING_S > scene->length_s ? end_s + RING_S : scene->length_s;
    }
    if (scene->length_s == 0) {
        return cursor_fail(root,
                           "\"length\" (seconds) is missing; only a scene with notes can do without");
    }
    return scene->length_s <= SCENE_LENGTH_MAX_S ||
           cursor_fail(root, "the notes last %.10g s; SCENE_LENGTH_MAX_S is %.10g", scene->length_s,
                       SCENE_LENGTH_MAX_S);
}

/* "hrtf": a SOFA file, from where buffers may come too. */
static bool parse_hrtf(const cursor *root, scene_data *scene) {
    cursor file;
    const char *path = NULL;
    char *resolved = NULL, error[SCENE_ERROR_BYTES];
    if (!cursor_member(root, "hrtf", &file)) {
        return true;
    }
    if (!cursor_string(&file, &path)) {
        return false;
    }
    if (!scene_resolve_path(scene->path, root->reader->allow_dir, path, &resolved, error)) {
        return cursor_fail(&file, "%s", error);
    }
    scene->hrtf_path = scene_take_string(scene, resolved);
    free(resolved);
    return true;
}

static bool parse_root(const cursor *root, scene_data *scene) {
    static const char *const keys[] = { "title",    "sample_rate", "quantum",     "channels",
                                        "length",   "budget_mb",   "tempo",       "buffers",
                                        "waves",    "nodes",       "connections", "voices",
                                        "patterns", "parts",       "listener",    "hrtf",
                                        NULL };
    if (!cursor_check_object(root, keys) || !parse_settings(root, scene)) {
        return false;
    }
    scene->title = scene->title != NULL ? scene_take_string(scene, scene->title) : NULL;
    return parse_buffers(root, scene) && parse_waves(root, scene) && parse_hrtf(root, scene) &&
           parse_listener(root, scene) && parse_graph(root, &scene->graph, false) &&
           parse_voices(root, scene) && parse_notes(root, scene) && settle_length(root, scene);
}

/* The JSON parser recurses; a file cannot make it do so without end. */
static bool check_depth(const char *text, size_t text_bytes, char error[SCENE_ERROR_BYTES]) {
    uint32_t depth = 0, line = 1;
    bool is_string = false;
    for (size_t i = 0; i < text_bytes; i++) {
        const char c = text[i];
        line += c == '\n';
        if (is_string) {
            i += c == '\\';
            is_string = c != '"';
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            depth -= depth > 0;
        } else {
            is_string = c == '"';
        }
        if (depth > SCENE_DEPTH_MAX) {
            snprintf(error, SCENE_ERROR_BYTES, "$ (line %u): nested too deeply; SCENE_DEPTH_MAX is %d",
                     line, SCENE_DEPTH_MAX);
            return false;
        }
    }
    return true;
}

bool scene_parse(const char *text, size_t text_bytes, const char *path, const char *allow_dir,
                 scene_data **scene, char error[SCENE_ERROR_BYTES]) {
    *scene = NULL;
    if (!check_depth(text, text_bytes, error)) {
        return false;
    }
    json_error_t json_error;
    json_t *json = json_loadb(text, text_bytes, JSON_REJECT_DUPLICATES, &json_error);
    if (json == NULL) {
        snprintf(error, SCENE_ERROR_BYTES, "$ (line %d, column %d): not JSON: %s",
                 json_error.line > 0 ? json_error.line : 1,
                 json_error.column > 0 ? json_error.column : 0, json_error.text);
        return false;
    }
    struct scene_data *made = calloc(1, sizeof *made);
    bool is_ok = false;
    if (made == NULL) {
        snprintf(error, SCENE_ERROR_BYTES, "the system has no memory for the scene");
    } else {
        *made = (scene_data){ .sample_rate_hz = 48000,
                              .quantum_frames = 128,
                              .channel_count = 2,
                              .budget_mb = 100,
                              .tempo = 60 };
        made->path = scene_take_string(made, path);
        char *copy = scene_take(made, text_bytes + 1, 1);
        memcpy(copy, text, text_bytes);
        made->text = copy;
        reader source = { made, allow_dir, error };
        const cursor root = { &source, NULL, NULL, 0, json };
        is_ok = parse_root(&root, made);
    }
    json_decref(json);
    if (is_ok) {
        *scene = made;
    } else {
        scene_free(made);
    }
    return is_ok;
}

bool scene_load(const char *path, const char *allow_dir, scene_data **scene,
                char error[SCENE_ERROR_BYTES]) {
    *scene = NULL;
    FILE *file = fopen(path, "rb");
    char *text = malloc((size_t)SCENE_FILE_BYTES_MAX + 1);
    bool is_ok = false;
    if (file == NULL || text == NULL) {
        snprintf(error, SCENE_ERROR_BYTES, "%s", strerror(errno));
    } else {
        const size_t text_bytes = fread(text, 1, (size_t)SCENE_FILE_BYTES_MAX + 1, file);
        if (ferror(file)) {
            snprintf(error, SCENE_ERROR_BYTES, "%s", strerror(errno));
        } else if (text_bytes > SCENE_FILE_BYTES_MAX) {
            snprintf(error, SCENE_ERROR_BYTES,
                     "$ (line 1): the file is too long; SCENE_FILE_BYTES_MAX is %d",
                     SCENE_FILE_BYTES_MAX);
        } else {
            is_ok = scene_parse(text, text_bytes, path, allow_dir, scene, error);
        }
    }
    free(text);
    if (file != NULL) {
        fclose(file);
    }
    return is_ok;
}
