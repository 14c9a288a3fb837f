/* Nodes that have more to say than their params: analysers, convolvers, compressors, IIR filters, shapers. */
#include "abi.h"

/* -- analysers ---------------------------------------------------------------------------------- */

/* context, node, number */
static void analyser_set_fft_size(abi_mailbox *box) {
    abi_return(box, wa_analyser_set_fft_size(abi_pointer(box, 0), abi_node(box, 1), abi_uint(box, 3)));
}

static void analyser_set_min_decibels(abi_mailbox *box) {
    abi_return(box, wa_analyser_set_min_decibels(abi_pointer(box, 0), abi_node(box, 1), box->slots[3]));
}

static void analyser_set_max_decibels(abi_mailbox *box) {
    abi_return(box, wa_analyser_set_max_decibels(abi_pointer(box, 0), abi_node(box, 1), box->slots[3]));
}

static void analyser_set_smoothing(abi_mailbox *box) {
    abi_return(box, wa_analyser_set_smoothing_time_constant(abi_pointer(box, 0), abi_node(box, 1),
                                                            box->slots[3]));
}

/* context, node, address, count */
static void analyser_float_time(abi_mailbox *box) {
    abi_return(box, wa_analyser_get_float_time_domain_data(abi_pointer(box, 0), abi_node(box, 1),
                                                           abi_pointer(box, 3), abi_uint(box, 4)));
}

static void analyser_byte_time(abi_mailbox *box) {
    abi_return(box, wa_analyser_get_byte_time_domain_data(abi_pointer(box, 0), abi_node(box, 1),
                                                          abi_pointer(box, 3), abi_uint(box, 4)));
}

static void analyser_float_frequency(abi_mailbox *box) {
    abi_return(box, wa_analyser_get_float_frequency_data(abi_pointer(box, 0), abi_node(box, 1),
                                                         abi_pointer(box, 3), abi_uint(box, 4)));
}

static void analyser_byte_frequency(abi_mailbox *box) {
    abi_return(box, wa_analyser_get_byte_frequency_data(abi_pointer(box, 0), abi_node(box, 1),
                                                        abi_pointer(box, 3), abi_uint(box, 4)));
}

/* -- convolvers --------------------------------------------------------------------------------- */

/* context, node, buffer (0: none) */
static void convolver_set_buffer(abi_mailbox *box) {
    abi_return(box, wa_convolver_set_buffer(abi_pointer(box, 0), abi_node(box, 1),
                                            (wa_buffer){ abi_id(box, 3) }));
}

/* context, node, whether */
static void convolver_set_normalize(abi_mailbox *box) {
    abi_return(box,
               wa_convolver_set_normalize(abi_pointer(box, 0), abi_node(box, 1), box->slots[3] != 0.0));
}

/* -- compressors -------------------------------------------------------------------------------- */

/* context, node -> dB */
static void dynamics_compressor_reduction(abi_mailbox *box) {
    float reduction_db = 0.0f;
    abi_return(box, wa_dynamics_compressor_get_reduction(abi_pointer(box, 0), abi_node(box, 1),
                                                         &reduction_db));
    box->slots[1] = (double)reduction_db;
}

/* -- IIR filters -------------------------------------------------------------------------------- */

/* context, node, frequencies, magnitudes, phases (addresses), count */
static void iir_filter_response(abi_mailbox *box) {
    abi_return(box, wa_iir_filter_get_frequency_response(abi_pointer(box, 0), abi_node(box, 1),
                                                         abi_pointer(box, 3), abi_pointer(box, 4),
                                                         abi_pointer(box, 5), abi_uint(box, 6)));
}

/* -- shapers ------------------------------------------------------------------------------------ */

/* context, node, address (0: none), count */
static void wave_shaper_set_curve(abi_mailbox *box) {
    abi_return(box, wa_wave_shaper_set_curve(abi_pointer(box, 0), abi_node(box, 1), abi_pointer(box, 3),
                                             abi_uint(box, 4)));
}

/* context, node, number */
static void wave_shaper_set_oversample(abi_mailbox *box) {
    abi_return(box, wa_wave_shaper_set_oversample(abi_pointer(box, 0), abi_node(box, 1),
                                                  (wa_oversample)(int)box->slots[3]));
}

static const abi_entry entries[] = {
    { "analyserSetFftSize", analyser_set_fft_size },
    { "analyserSetMinDecibels", analyser_set_min_decibels },
    { "analyserSetMaxDecibels", analyser_set_max_decibels },
    { "analyserSetSmoothing", analyser_set_smoothing },
    { "analyserFloatTime", analyser_float_time },
    { "analyserByteTime", analyser_byte_time },
    { "analyserFloatFrequency", analyser_float_frequency },
    { "analyserByteFrequency", analyser_byte_frequency },
    { "convolverSetBuffer", convolver_set_buffer },
    { "convolverSetNormalize", convolver_set_normalize },
    { "dynamicsCompressorReduction", dynamics_compressor_reduction },
    { "iirFilterResponse", iir_filter_response },
    { "waveShaperSetCurve", wave_shaper_set_curve },
    { "waveShaperSetOversample", wave_shaper_set_oversample },
};
const abi_list abi_effects_list = { entries, sizeof entries / sizeof entries[0] };
