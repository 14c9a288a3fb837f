/* src/memory/responses.h -- impulse responses: the content of a buffer, prepared for convolution.
 * Web Audio 1.1, "ConvolverNode". Thread: control of any context */
#ifndef WA_SRC_MEMORY_RESPONSES_H
#define WA_SRC_MEMORY_RESPONSES_H
#include "../node.h"

/* See wa_class_env.response. Nodes whose responses are the same to the bit share one, whichever buffers
 * they came from; the buffer itself is not held. */
wa_status response_acquire(wa_engine *engine, const wa_buffer_data *buffer, bool is_normalized,
                           uint32_t quantum_frames, const wa_resource **response);
/* Free a response whose last reference is gone. */
void response_destroy(wa_engine *engine, wa_resource *response);
#endif /* WA_SRC_MEMORY_RESPONSES_H */
