/* The scene parser accepts what docs/scenes.md says and refuses the rest, with path, line and rule.
 * Method: one row per rule with the message it must give; notes are checked against times worked out
 * by hand. Nothing is built: no engine, no file but those written here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "scene.h"
#include "scene_limits.h"

static scene_data *parse(const char *text, char error[SCENE_ERROR_BYTES]) {
    scene_data *scene = NULL;
    error[0] = '\0';
    const bool is_ok = scene_parse(text, strlen(text), "./scene.json", NULL, &scene, error);
    assert_true(is_ok == (scene != NULL));
    assert_true(is_ok == (error[0] == '\0'));
    return scene;
}

typedef struct refused_row {
    const char *text, *path,
        *rule; /* path with its line: how the message begins; rule: what it holds */
} refused_row;

#define NODE(members) "{\"length\": 1,\n \"nodes\": [\n  {\"id\": \"a\", " members "}]}"
#define NOTES(part)                                                                                    \
    "{\"voices\": [{\"id\": \"v\", \"nodes\": [{\"id\": \"o\", \"type\": \"Oscillator\"}],"            \
    " \"output\": \"o\"}],\n \"patterns\": [{\"id\": \"p\", \"line\": \"C4 $1 -\"}],\n \"parts\": "    \
    "[" part "]}"

static const refused_row refused_rows[] = {
    /* JSON itself */
    { "{\"length\": 1,\n\"nodes\": [}", "$ (line 2", "not JSON" },
    { "", "$ (line 1", "not JSON" },
    { "{\"length\": NaN}", "$ (line 1", "not JSON" },
    { "{\"length\": 1e999}", "$ (line 1", "not JSON" },
    { "{\"length\": 1, \"length\": 2}", "$ (line 1", "not JSON" },
    { "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]", "$ (line 1)", "SCENE_DEPTH_MAX" },
    { "[]", "$ (line 1)", "an object is wanted" },
    /* settings */
    { "{}", "$ (line 1)", "\"length\"" },
    { "{\n\"lenght\": 1}", "$.lenght (line 2)", "unknown key" },
    { "{\"length\":\n1e12}", "$.length (line 2)", "0.001 to 86400" },
    { "{\"length\": -1}", "$.length (line 1)", "out of range" },
    { "{\"length\": \"1\"}", "$.length (line 1)", "a number is wanted" },
    { "{\"length\": 1, \"channels\": 1.5}", "$.channels (line 1)", "no whole number" },
    { "{\"length\": 1, \"channels\": 1000000000}", "$.channels (line 1)", "1 to 32" },
    { "{\"length\": 1, \"sample_rate\": 2999}", "$.sample_rate (line 1)", "3000 to 768000" },
    { "{\"length\": 1, \"quantum\": 0}", "$.quantum (line 1)", "1 to 65536" },
    { "{\"length\": 1, \"budget_mb\": 0.5}", "$.budget_mb (line 1)", "1 to 65536" },
    { "{\"length\": 1, \"tempo\": 0}", "$.tempo (line 1)", "1 to 1000" },
    /* buffers and waves */
    { "{\"length\": 1, \"buffers\": [{\"id\": \"b\"}]}", "$.buffers[0] (line 1)",
      "\"file\" or a \"synth\"" },
    { "{\"length\": 1, \"buffers\": [\n{\"id\": \"b\", \"synth\": \"rain\", \"seconds\": 1}]}",
      "$.buffers[0].synth (line 2)", "noise, impulse, sine" },
    { "{\"length\": 1, \"buffers\": [{\"id\": \"b\", \"synth\": \"noise\", \"seconds\": 1e9}]}",
      "$.buffers[0].seconds (line 1)", "600" },
    { "{\"length\": 1, \"buffers\": [{\"id\": \"b\", \"file\": \"nothing_here.wav\"}]}",
      "$.buffers[0].file (line 1)", "No such file" },
    { "{\"length\": 1, \"buffers\": [{\"id\": \"b\", \"file\": \"/etc/passwd\"}]}",
      "$.buffers[0].file (line 1)", "--allow-dir" },
    { "{\"length\": 1, \"buffers\": [{\"id\": \"b\", \"file\": \"..\"}]}", "$.buffers[0].file (line 1)",
      "--allow-dir" },
    { "{\"length\": 1, \"buffers\": [{\"id\": \"b\", \"synth\": \"impulse\", \"seconds\": 1},\n"
      "{\"id\": \"b\", \"synth\": \"impulse\", \"seconds\": 1}]}",
      "$.buffers[1] (line 2)", "is there already" },
    { "{\"length\": 1, \"waves\": [{\"id\": \"w\", \"real\": [0]}]}", "$.waves[0].real (line 1)",
      "two or more" },
    { "{\"length\": 1, \"waves\": [{\"id\": \"w\", \"real\": [], \"imag\": [0, 1]}]}",
      "$.waves[0].real (line 1)", "two or more" },
    { "{\"length\": 1, \"waves\": [{\"id\": \"w\"}]}", "$.waves[0] (line 1)", "two or more" },
    { "{\"length\": 1, \"waves\": [{\"id\": \"w\", \"real\": [0, 1], \"imag\": [0, 1, 2]}]}",
      "$.waves[0].imag (line 1)", "as many" },
    /* nodes */
    { NODE("\"type\": \"Gane\""), "$.nodes[0].type (line 3)",
      "unknown node type \"Gane\"; known are Gain" },
    { NODE("\"type\": 7"), "$.nodes[0].type (line 3)", "a string is wanted" },
    { NODE("\"type\": \"Panner\", \"options\": {\"panningModel\": \"hrtf\"}"),
      "$.nodes[0].options.panningModel (line 3)", "equalpower, HRTF" },
    { NODE("\"type\": \"Panner\", \"params\": {\"position\": []}"),
      "$.nodes[0].params.position (line 3)", "Panner has no parameter \"position\"" },
    /* the listener and its set */
    { "{\"length\": 1,\n\"listener\": []}", "$.listener (line 2)", "an object is wanted" },
    { "{\"length\": 1, \"listener\": {\"options\": {}}}", "$.listener.options (line 1)",
      "unknown key" },
    { "{\"length\": 1, \"listener\": {\"params\": {\n\"orientationX\": []}}}",
      "$.listener.params.orientationX (line 2)", "listener has no parameter" },
    { "{\"length\": 1, \"listener\": {\"rates\": {\"upX\": \"b-rate\"}}}",
      "$.listener.rates.upX (line 1)", "a-rate, k-rate" },
    { "{\"length\": 1, \"hrtf\": 3}", "$.hrtf (line 1)", "a string is wanted" },
    { "{\"length\": 1, \"hrtf\": \"nothing_here.sofa\"}", "$.hrtf (line 1)", "No such file" },
    { "{\"length\": 1, \"hrtf\": \"/etc/passwd\"}", "$.hrtf (line 1)", "--allow-dir" },
    { NODE("\"options\": {}"), "$.nodes[0] (line 3)", "\"type\" is missing" },
    { NODE("\"type\": \"Gain\", \"options\": {\"gane\": 1}"), "$.nodes[0].options.gane (line 3)",
      "Gain has no option" },
    { NODE("\"type\": \"Gain\", \"options\": {\"gain\": 1e39}"), "$.nodes[0].options.gain (line 3)",
      "out of range" },
    { NODE("\"type\": \"Gain\", \"options\": {\"channelCountMode\": \"some\"}"),
      "$.nodes[0].options.channelCountMode (line 3)", "max, clamped-max, explicit" },
    { NODE("\"type\": \"Oscillator\", \"options\": {\"type\": \"custom\"}"),
      "$.nodes[0].options.type (line 3)", "sine, square" },
    { NODE("\"type\": \"Oscillator\", \"options\": {\"periodicWave\": \"w\"}"),
      "$.nodes[0].options.periodicWave (line 3)", "no wave \"w\"" },
    { NODE("\"type\": \"AudioBufferSource\", \"options\": {\"buffer\": \"b\"}"),
      "$.nodes[0].options.buffer (line 3)", "no buffer \"b\"" },
    { NODE("\"type\": \"IIRFilter\", \"options\": {\"feedback\": 1}"),
      "$.nodes[0].options.feedback (line 3)", "a list is wanted" },
    { NODE("\"type\": \"IIRFilter\", \"options\": {\"feedforward\": [0, \"1\"]}"),
      "$.nodes[0].options.feedforward[1] (line 3)", "a number is wanted" },
    { NODE("\"type\": \"IIRFilter\", \"options\": {\"feedback\": "
           "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21]}"),
      "$.nodes[0].options.feedback (line 3)", "21 items" },
    { NODE("\"type\": \"WaveShaper\", \"options\": {\"curve\": [0, 1e39]}"),
      "$.nodes[0].options.curve[1] (line 3)", "out of range" },
    { NODE("\"type\": \"WaveShaper\", \"options\": {\"oversample\": \"8x\"}"),
      "$.nodes[0].options.oversample (line 3)", "none, 2x, 4x" },
    { NODE("\"type\": \"DynamicsCompressor\", \"params\": {\"reduction\": []}"),
      "$.nodes[0].params.reduction (line 3)", "DynamicsCompressor has no parameter" },
    { NODE("\"type\": \"Convolver\", \"options\": {\"buffer\": \"b\"}"),
      "$.nodes[0].options.buffer (line 3)", "no buffer \"b\"" },
    { NODE("\"type\": \"Convolver\", \"options\": {\"disableNormalization\": 1}"),
      "$.nodes[0].options.disableNormalization (line 3)", "" },
    { NODE("\"type\": \"Gain\", \"start\": 0"), "$.nodes[0].start (line 3)", "only a source" },
    { NODE("\"type\": \"Oscillator\", \"start\": [0, 1]"), "$.nodes[0].start (line 3)",
      "AudioBufferSource" },
    { NODE("\"type\": \"MediaSource\""), "$.nodes[0] (line 3)", "needs a \"file\"" },
    { NODE("\"type\": \"MediaSource\", \"options\": {\"file\": 1}"), "$.nodes[0].options.file (line 3)",
      "a string is wanted" },
    { NODE("\"type\": \"MediaSource\", \"options\": {\"file\": \"nothing_here.wav\"}"),
      "$.nodes[0].options.file (line 3)", "No such file" },
    { NODE("\"type\": \"MediaSource\", \"options\": {\"file\": \"/etc/passwd\"}"),
      "$.nodes[0].options.file (line 3)", "--allow-dir" },
    { "{\"length\": 1, \"buffers\": [{\"id\": \"b\", \"synth\": \"noise\", \"seconds\": "
      "1,\n\"storage\": "
      "\"int24\"}]}",
      "$.buffers[0].storage (line 2)", "float32, int16" },
    { NODE("\"type\": \"Oscillator\", \"start\": 1e6"), "$.nodes[0].start (line 3)", "out of range" },
    { "{\"length\": 1, \"nodes\": [{\"id\": \"a b\", \"type\": \"Gain\"}]}", "$.nodes[0].id (line 1)",
      "letters, digits" },
    { "{\"length\": 1, \"nodes\": [{\"id\": \"destination\", \"type\": \"Gain\"}]}",
      "$.nodes[0].id (line 1)", "the scene's output" },
    { "{\"length\": 1, \"nodes\": [{\"id\": \"a\", \"type\": \"Gain\"},\n{\"id\": \"a\", \"type\": "
      "\"Gain\"}]}",
      "$.nodes[1] (line 2)", "is there already" },
    /* automation */
    { NODE("\"type\": \"Gain\", \"params\": {\"pan\": []}"), "$.nodes[0].params.pan (line 3)",
      "Gain has no parameter" },
    { NODE("\"type\": \"Gain\", \"params\": {\"gain\": 1}"), "$.nodes[0].params.gain (line 3)",
      "a list is wanted" },
    { NODE("\"type\": \"Gain\", \"params\": {\"gain\": [[\"ramp\", 1, 2]]}"),
      "$.nodes[0].params.gain[0] (line 3)", "AudioParam method" },
    { NODE("\"type\": \"Gain\", \"params\": {\"gain\": [[\"setTargetAtTime\", 1, 2]]}"),
      "$.nodes[0].params.gain[0] (line 3)", "time constant" },
    { NODE("\"type\": \"Gain\", \"params\": {\"gain\": [[\"setValueAtTime\", 1, -2]]}"),
      "$.nodes[0].params.gain[0][2] (line 3)", "out of range" },
    { NODE("\"type\": \"Gain\", \"rates\": {\"gain\": \"b-rate\"}"), "$.nodes[0].rates.gain (line 3)",
      "a-rate, k-rate" },
    /* connections */
    { "{\"length\": 1, \"nodes\": [{\"id\": \"a\", \"type\": \"Gain\"}], \"connections\": [\n[\"a\", "
      "\"listener\"]]}",
      "$.connections[0][1] (line 2)", "parameters only" },
    { "{\"length\": 1, \"nodes\": [{\"id\": \"a\", \"type\": \"Gain\"}], \"connections\": [\n[\"a\", "
      "\"listener.gain\"]]}",
      "$.connections[0][1] (line 2)", "listener has no parameter" },
    { "{\"length\": 1, \"nodes\": [{\"id\": \"a\", \"type\": \"Gain\"}], \"connections\": [\n"
      "[\"listener.upX\", \"a\"]]}",
      "$.connections[0][0] (line 2)", "has no output" },
    { NODE("\"type\": \"Gain\"}],\n\"connections\": [[\"a\", \"b\"]], \"nodes2\": [{"),
      "$.nodes2 (line 4)", "unknown key" },
    { "{\"length\": 1, \"connections\": [[\"a\", \"b\"]]}", "$.connections[0][0] (line 1)",
      "no node \"a\"" },
    { "{\"length\": 1, \"nodes\": [{\"id\": \"a\", \"type\": \"Gain\"}], \"connections\": [\n[\"a\"]]}",
      "$.connections[0] (line 2)", "two or more" },
    { "{\"length\": 1, \"nodes\": [{\"id\": \"a\", \"type\": \"Gain\"}], \"connections\": [\n"
      "[\"destination\", \"a\"]]}",
      "$.connections[0][0] (line 2)", "has no output" },
    { "{\"length\": 1, \"nodes\": [{\"id\": \"a\", \"type\": \"Gain\"}], \"connections\": [\n"
      "[\"a\", \"a.pan\"]]}",
      "$.connections[0][1] (line 2)", "no parameter \"pan\"" },
    { "{\"length\": 1, \"nodes\": [{\"id\": \"a\", \"type\": \"Gain\"}], \"connections\": [[\"a:x\", "
      "\"a\"]]}",
      "$.connections[0][0] (line 1)", "node:port" },
    { "{\"length\": 1, \"nodes\": [{\"id\": \"a\", \"type\": \"Gain\"}], \"connections\": [[\"a\", "
      "\"a:0\", \"a\"]]}",
      "$.connections[0][1] (line 1)", "only the first and the last" },
    /* voices and notes */
    { "{\"length\": 1, \"voices\": [{\"id\": \"v\", \"nodes\": [{\"id\": \"g\", \"type\": \"Gain\"}], "
      "\"output\": \"g\"}]}",
      "$.voices[0] (line 1)", "needs a source" },
    { "{\"length\": 1, \"voices\": [{\"id\": \"v\", \"nodes\": [{\"id\": \"o\", \"type\": "
      "\"Oscillator\"}]}]}",
      "$.voices[0] (line 1)", "\"output\" is missing" },
    { "{\"length\": 1, \"voices\": [{\"id\": \"v\", \"nodes\": [{\"id\": \"o\", \"type\": "
      "\"Oscillator\"}], "
      "\"output\": \"o\", \"size\": 1000000000}]}",
      "$.voices[0].size (line 1)", "out of range" },
    { "{\"length\": 1, \"voices\": [{\"id\": \"v\", \"nodes\": [{\"id\": \"o\", \"type\": "
      "\"Oscillator\"}], "
      "\"output\": \"o\", \"map\": [{\"target\": \"o\", \"from\": \"note\"}]}]}",
      "$.voices[0].map[0].target (line 1)", "a parameter is wanted" },
    { NOTES("{\"voice\": \"w\", \"line\": \"C4\"}"), "$.parts[0].voice (line 3)", "no voice \"w\"" },
    { NOTES("{\"voice\": \"v\"}"), "$.parts[0] (line 3)", "\"line\" or \"notes\"" },
    { NOTES("{\"voice\": \"v\", \"line\": \"C4 H4\"}"), "$.parts[0].line (line 3)", "\"H4\"" },
    { NOTES("{\"voice\": \"v\", \"line\": \"C4:0\"}"), "$.parts[0].line (line 3)", "\"C4:0\"" },
    { NOTES("{\"voice\": \"v\", \"line\": \"C4@2\"}"), "$.parts[0].line (line 3)", "\"C4@2\"" },
    { NOTES("{\"voice\": \"v\", \"line\": \"128\"}"), "$.parts[0].line (line 3)", "\"128\"" },
    { NOTES("{\"voice\": \"v\", \"line\": \"\"}"), "$.parts[0] (line 3)", "no note and no rest" },
    { NOTES("{\"voice\": \"v\", \"bar\": 4, \"line\": \"C4:3 | C4\"}"), "$.parts[0].line (line 3)",
      "bar line at beat 3" },
    { NOTES("{\"voice\": \"v\", \"notes\": [[0, 1]]}"), "$.parts[0].notes[0] (line 3)",
      "[time, duration" },
    { NOTES("{\"voice\": \"v\", \"notes\": [[0, 1, 128]]}"), "$.parts[0].notes[0][2] (line 3)",
      "0 to 127" },
    { NOTES("{\"voice\": \"v\", \"notes\": [[0, 1, 60, 1.5]]}"), "$.parts[0].notes[0][3] (line 3)",
      "out of range" },
    { NOTES("{\"voice\": \"v\", \"notes\": [[90000, 1, 60]]}"), "$.parts[0] (line 3)",
      "SCENE_LENGTH_MAX_S" },
    { NOTES("{\"voice\": \"v\", \"sequence\": \"q\"}"), "$.parts[0].sequence (line 3)",
      "no pattern \"q\"" },
    { NOTES("{\"voice\": \"v\", \"sequence\": \"p\"}"), "$.parts[0] (line 3)", "chord 1" },
    { NOTES("{\"voice\": \"v\", \"sequence\": \"p*100000\"}"), "$.parts[0].sequence (line 3)",
      "SCENE_REPEAT_MAX" },
    { NOTES("{\"voice\": \"v\", \"sequence\": \"p+90\", \"chords\": \"C4\"}"), "$.parts[0] (line 3)",
      "MIDI note 150" },
    { NOTES("{\"voice\": \"v\", \"sequence\": \"p\", \"chords\": \"C4,X\"}"),
      "$.parts[0].chords (line 3)", "a chord is pitches" },
};

static void test_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof refused_rows / sizeof refused_rows[0]; i++) {
        const refused_row *row = &refused_rows[i];
        char error[SCENE_ERROR_BYTES];
        scene_data *scene = parse(row->text, error);
        if (scene != NULL || strncmp(error, row->path, strlen(row->path)) != 0 ||
            strstr(error, row->rule) == NULL) {
            scene_free(scene);
            fail_msg("row %zu: wanted \"%s ... %s\", got \"%s\" for\n%s", i, row->path, row->rule,
                     error, row->text);
        }
    }
}

static void test_settings(void **state) {
    (void)state;
    char error[SCENE_ERROR_BYTES];
    scene_data *scene =
        parse("{\"length\": 2.5, \"comment\": [1], \"channels\": 32, \"quantum\": 1}", error);
    assert_non_null(scene);
    assert_float_equal(scene->length_s, 2.5, 0);
    assert_float_equal(scene->sample_rate_hz, 48000, 0);
    assert_float_equal(scene->budget_mb, 100, 0);
    assert_int_equal(scene->channel_count, 32);
    assert_int_equal(scene->quantum_frames, 1);
    scene_free(scene);
}

static void test_nodes(void **state) {
    (void)state;
    char error[SCENE_ERROR_BYTES];
    scene_data *scene =
        parse("{\"length\": 1, \"buffers\": [{\"id\": \"b\", \"synth\": \"sine\", \"seconds\": 0.5, "
              "\"frequency\": 3}],"
              "\"nodes\": [{\"id\": \"f\", \"type\": \"BiquadFilter\", \"options\": {\"type\": "
              "\"notch\", \"Q\": 3,"
              "   \"channelCount\": 1, \"channelCountMode\": \"explicit\", \"channelInterpretation\": "
              "\"discrete\"}},"
              " {\"id\": \"s\", \"type\": \"AudioBufferSource\", \"options\": {\"buffer\": \"b\", "
              "\"loop\": true,"
              "   \"loopEnd\": 0.25}, \"start\": [1, 2, 3], \"stop\": 9,"
              "   \"params\": {\"detune\": [[\"setValueCurveAtTime\", [1, 2, 3], 4, 5], "
              "[\"cancelAndHoldAtTime\", 6]]}},"
              " {\"id\": \"m\", \"type\": \"ChannelMerger\", \"options\": {\"numberOfInputs\": 2}},"
              " {\"id\": \"a\", \"type\": \"Analyser\", \"options\": {\"fftSize\": 512, "
              "\"maxDecibels\": -6.5}}],"
              "\"connections\": [[\"s\", \"f\", \"m:1\"], [\"s\", \"f.Q\"], [\"m\", \"destination\"]]}",
              error);
    assert_string_equal(error, "");
    const scene_node *nodes = scene->graph.nodes;
    assert_int_equal(nodes[0].options.biquad_filter.type, WA_BIQUAD_FILTER_NOTCH);
    assert_int_equal(nodes[0].options.node.channel_count_mode, WA_CHANNEL_COUNT_MODE_EXPLICIT);
    assert_int_equal(nodes[0].options.node.channel_interpretation, WA_CHANNEL_INTERPRETATION_DISCRETE);
    assert_int_equal(nodes[0].options.node.options_bytes, sizeof(wa_biquad_filter_options));
    assert_float_equal(nodes[0].options.biquad_filter.frequency_hz, 350, 0);
    assert_int_equal(nodes[3].options.analyser.fft_size, 512);
    assert_float_equal(nodes[3].options.analyser.max_decibels, -6.5, 0);
    assert_float_equal(nodes[3].options.analyser.min_decibels, -100, 0);
    assert_int_equal(nodes[1].buffer_index, 0);
    assert_true(nodes[1].options.buffer_source.loop);
    assert_float_equal(nodes[1].duration_s, 3, 0);
    assert_int_equal(nodes[1].event_count, 2);
    assert_int_equal(nodes[1].events[0].kind, SCENE_EVENT_VALUE_CURVE);
    assert_int_equal(nodes[1].events[0].param_index, WA_BUFFER_SOURCE_DETUNE);
    assert_float_equal(nodes[1].events[0].curve[2], 3, 0);
    assert_float_equal(nodes[1].events[1].time_s, 6, 0);
    assert_int_equal(scene->graph.edge_count, 4);
    assert_int_equal(scene->graph.edges[1].input_index, 1);
    assert_true(scene->graph.edges[2].is_param);
    assert_int_equal(scene->graph.edges[2].input_index, WA_BIQUAD_FILTER_Q);
    assert_int_equal(scene->graph.edges[3].destination, SCENE_DESTINATION);
    scene_free(scene);
}

/* Tempo 120: a beat is half a second. */
/* A file beside the scene; its contents are not looked at yet. */
static void test_media(void **state) {
    (void)state;
    char error[SCENE_ERROR_BYTES];
    FILE *file = fopen("test_scene_parse.song", "wb");
    assert_non_null(file);
    fclose(file);
    scene_data *scene =
        parse("{\"length\": 1, \"buffers\": [{\"id\": \"b\", \"file\": \"test_scene_parse.song\","
              " \"storage\": \"int16\"}, {\"id\": \"c\", \"synth\": \"noise\", \"seconds\": 1,"
              " \"storage\": \"float32\"}],"
              "\"nodes\": [{\"id\": \"m\", \"type\": \"MediaSource\", \"options\": {\"file\": "
              "\"test_scene_parse.song\", \"loop\": true, \"playbackRate\": 0.5}, \"start\": [2, 30], "
              "\"stop\": 5, \"params\": {\"playbackRate\": [[\"setValueAtTime\", 1, 3]]}},"
              "{\"id\": \"n\", \"type\": \"MediaSource\", \"options\": {\"file\": "
              "\"./test_scene_parse.song\"}}]}",
              error);
    assert_string_equal(error, "");
    assert_int_equal(scene->buffers[0].storage, WA_BUFFER_STORAGE_INT16);
    assert_int_equal(scene->buffers[1].storage, WA_BUFFER_STORAGE_FLOAT32);
    const scene_node *nodes = scene->graph.nodes;
    assert_non_null(strstr(nodes[0].media_path, "/test_scene_parse.song"));
    assert_string_equal(nodes[0].media_path, nodes[1].media_path);
    assert_true(nodes[0].options.media_source.loop);
    assert_float_equal(nodes[0].options.media_source.playback_rate, 0.5, 0);
    assert_float_equal(nodes[0].start_s, 2, 0);
    assert_float_equal(nodes[0].offset_s, 30, 0);
    assert_true(nodes[0].is_stopped && nodes[0].stop_s == 5);
    assert_int_equal(nodes[0].events[0].param_index, WA_MEDIA_SOURCE_PLAYBACK_RATE);
    assert_false(nodes[1].options.media_source.loop);
    scene_free(scene);
    assert_null(parse("{\"length\": 1, \"nodes\": [{\"id\": \"m\", \"type\": \"MediaSource\", "
                      "\"options\": {\"file\": \"test_scene_parse.song\"}, \"start\": [0, 1, 2]}]}",
                      error));
    assert_non_null(strstr(error, "$.nodes[0].start (line 1)"));
    assert_non_null(strstr(error, "[time, offset] for a MediaSource"));
    assert_null(parse("{\"length\": 1, \"voices\": [{\"id\": \"v\", \"nodes\": [{\"id\": \"m\", "
                      "\"type\": \"MediaSource\", \"options\": {\"file\": "
                      "\"test_scene_parse.song\"}}], \"output\": \"m\"}]}",
                      error));
    assert_non_null(strstr(error, "$.voices[0] (line 1): a voice cannot have a MediaSource"));
    assert_int_equal(unlink("test_scene_parse.song"), 0);
}

static void test_notes(void **state) {
    (void)state;
    char error[SCENE_ERROR_BYTES];
    scene_data *scene = parse(
        "{\"tempo\": 120, \"voices\": [{\"id\": \"v\", \"nodes\": [{\"id\": \"o\", \"type\": "
        "\"Oscillator\"}],"
        " \"output\": \"o\", \"envelopes\": [{\"target\": \"o.detune\", \"release\": 0.25}]}],"
        "\"patterns\": [{\"id\": \"p\", \"bar\": 4, \"line\": \"$1 $2-12:2@0.5 - | C4,Bb2:4 |\"}],"
        "\"parts\": [{\"voice\": \"v\", \"sequence\": \"p-12 -:2 p*2\", \"chords\": \"C4,E4 D4,F#4 | "
        "60,61\","
        "  \"velocity\": 0.5, \"gate\": 0.5, \"at\": 4},"
        " {\"voice\": \"v\", \"pan\": -1, \"transpose\": 1, \"notes\": [[2, 1, \"C4\", 0.25], [0, 1, "
        "69]]}]}",
        error);
    static const struct {
        double time_s, duration_s;
        float midi, velocity, pan;
    } expected[] = {
        { 0, 0.5, 70, 1, -1 },      { 1, 0.5, 61, 0.25f, -1 },  { 2, 0.25, 48, 0.5f, 0 },
        { 2.5, 0.5, 40, 0.25f, 0 }, { 4, 1, 48, 0.5f, 0 },      { 4, 1, 34, 0.5f, 0 },
        { 7, 0.25, 62, 0.5f, 0 },   { 7.5, 0.5, 54, 0.25f, 0 }, { 9, 1, 60, 0.5f, 0 },
        { 9, 1, 46, 0.5f, 0 },      { 11, 0.25, 60, 0.5f, 0 },  { 11.5, 0.5, 49, 0.25f, 0 },
        { 13, 1, 60, 0.5f, 0 },     { 13, 1, 46, 0.5f, 0 },
    };
    assert_string_equal(error, "");
    assert_int_equal(scene->note_count, sizeof expected / sizeof expected[0]);
    for (uint32_t i = 0; i < scene->note_count; i++) {
        const scene_note *note = &scene->notes[i];
        assert_float_equal(note->time_s, expected[i].time_s, 1e-9);
        assert_float_equal(note->duration_s, expected[i].duration_s, 1e-9);
        assert_float_equal(note->midi, expected[i].midi, 0);
        assert_float_equal(note->velocity, expected[i].velocity, 1e-6);
        assert_float_equal(note->pan, expected[i].pan, 0);
    }
    assert_float_equal(scene->length_s, 14 + 0.25 + 2, 1e-9); /* last note, its release, 2 s to ring */
    scene_free(scene);
}

/* Lists in options: as long as they are written, and kept by the scene. */
static void test_effects(void **state) {
    (void)state;
    char error[SCENE_ERROR_BYTES];
    scene_data *scene = parse(
        "{\"length\": 1, \"nodes\": ["
        "{\"id\": \"f\", \"type\": \"IIRFilter\","
        " \"options\": {\"feedforward\": [0.5, 1e-9, -3], \"feedback\": [2], \"channelCount\": 4}},"
        "{\"id\": \"s\", \"type\": \"WaveShaper\", \"options\": {\"curve\": [-1, 0.25, 1],"
        " \"oversample\": \"4x\"}},"
        "{\"id\": \"n\", \"type\": \"WaveShaper\", \"options\": {\"curve\": []}},"
        "{\"id\": \"c\", \"type\": \"DynamicsCompressor\", \"options\": {\"knee\": 3, \"release\": "
        "0.5},"
        " \"params\": {\"release\": [[\"setValueAtTime\", 0.1, 0]]}}]}",
        error);
    assert_string_equal(error, "");
    const wa_iir_filter_options *filter = &scene->graph.nodes[0].options.iir_filter;
    assert_int_equal(filter->node.options_bytes, sizeof *filter);
    assert_int_equal(filter->node.channel_count, 4);
    assert_int_equal(filter->feedforward_count, 3);
    assert_int_equal(filter->feedback_count, 1);
    assert_true(filter->feedforward[0] == 0.5 && filter->feedforward[1] == 1e-9 &&
                filter->feedforward[2] == -3.0 && filter->feedback[0] == 2.0);
    const wa_wave_shaper_options *shaper = &scene->graph.nodes[1].options.wave_shaper;
    assert_int_equal(shaper->oversample, WA_OVERSAMPLE_4X);
    assert_int_equal(shaper->curve_count, 3);
    assert_true(shaper->curve[1] == 0.25f && shaper->curve[2] == 1.0f);
    const wa_wave_shaper_options *none = &scene->graph.nodes[2].options.wave_shaper;
    assert_true(none->curve != NULL && none->curve_count == 0); /* the engine refuses it */
    const wa_dynamics_compressor_options *compressor =
        &scene->graph.nodes[3].options.dynamics_compressor;
    assert_true(compressor->knee_db == 3.0f && compressor->release_s == 0.5f);
    assert_true(compressor->ratio == 12.0f);
    assert_int_equal(scene->graph.nodes[3].events[0].param_index, WA_DYNAMICS_COMPRESSOR_RELEASE);
    scene_free(scene);
}

/* At the limit, and one past it. */
static void test_note_count_limit(void **state) {
    (void)state;
    static const char form[] =
        "{\"tempo\": 1000, \"voices\": [{\"id\": \"v\", \"nodes\": [{\"id\": \"o\", \"type\": "
        "\"Oscillator\"}],"
        " \"output\": \"o\"}], \"patterns\": [{\"id\": \"p\", \"step\": 0.001, \"line\": \"%s\"}],"
        "\"parts\": [{\"voice\": \"v\", \"sequence\": \"p*512%s\"}]}";
    char line[2048] = "", text[8192], error[SCENE_ERROR_BYTES];
    for (int i = 0; i < 512; i++) {
        strcat(line, "60 ");
    }
    snprintf(text, sizeof text, form, line, "");
    scene_data *scene = parse(text, error);
    assert_string_equal(error, "");
    assert_int_equal(scene->note_count, SCENE_NOTE_COUNT_MAX);
    scene_free(scene);
    snprintf(text, sizeof text, form, line, " p");
    assert_null(parse(text, error));
    assert_non_null(strstr(error, "SCENE_NOTE_COUNT_MAX"));
}

static void test_lines(void **state) {
    (void)state;
    static const char text[] =
        "{ \"a\": [1, {\"b\": \"} ] \\\" ,\",\n \"c\": [\n\n[], 5]}],\n\"d\": true\n}";
    static const struct {
        const char *path;
        uint32_t line;
    } rows[] = { { "$", 1 },           { "$.a", 1 },         { "$.a[0]", 1 },      { "$.a[1].b", 1 },
                 { "$.a[1].c", 2 },    { "$.a[1].c[0]", 4 }, { "$.a[1].c[1]", 4 }, { "$.d", 5 },
                 { "$.a[1].c[9]", 2 }, { "$.nothing", 1 },   { "$.d.e", 5 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(scene_json_line(text, rows[i].path), rows[i].line);
    }
}

/* A link inside the folder that leads out of it is outside. */
static void test_paths(void **state) {
    (void)state;
    char folder[] = "scene_test_XXXXXX", path[256], link[256], other[256], error[SCENE_ERROR_BYTES];
    char *resolved = NULL;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/in.wav", folder);
    snprintf(link, sizeof link, "%s/out.wav", folder);
    snprintf(other, sizeof other, "%s/scene.json", folder);
    fclose(fopen(path, "w"));
    assert_int_equal(symlink("/etc/passwd", link), 0);
    assert_true(scene_resolve_path(other, NULL, "in.wav", &resolved, error));
    free(resolved);
    assert_true(scene_resolve_path(other, NULL, ".//in.wav", &resolved, error));
    free(resolved);
    assert_false(scene_resolve_path(other, NULL, "out.wav", &resolved, error));
    assert_null(resolved);
    assert_false(scene_resolve_path(other, "/et", "out.wav", &resolved, error));
    assert_true(scene_resolve_path(other, "/etc", "out.wav", &resolved, error));
    free(resolved);
    unlink(path);
    unlink(link);
    rmdir(folder);
}

int main(void) {
    const struct CMUnitTest rows[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_media),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_effects),
        cmocka_unit_test(test_note_count_limit),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_paths),
    };
    return cmocka_run_group_tests(rows, NULL, NULL);
}
