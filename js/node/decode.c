/* Decoding off the JavaScript thread. */
#include "addon.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t decoding = PTHREAD_MUTEX_INITIALIZER; /* one at a time, whoever's engine */

typedef struct decode_work {
    napi_async_work work;
    napi_ref data, callback;
    engine_use *use;
    const void *bytes;
    size_t byte_count;
    float sample_rate_hz;
    wa_status status;
    wa_buffer buffer;
    char message[512];
} decode_work;

static void execute(napi_env env, void *user) {
    (void)env;
    decode_work *self = user;
    pthread_mutex_lock(&decoding);
    self->status = wa_decode_memory(self->use->engine, self->bytes, self->byte_count,
                                    self->sample_rate_hz, &self->buffer);
    pthread_mutex_unlock(&decoding);
    if (self->status != WA_OK) {
        strncpy(self->message, wa_error_message(), sizeof self->message - 1);
    }
}

static void complete(napi_env env, napi_status status, void *user) {
    (void)status;
    decode_work *self = user;
    napi_value callback, global, argv[4];
    napi_get_reference_value(env, self->callback, &callback);
    napi_get_global(env, &global);
    napi_create_int32(env, (int32_t)self->status, &argv[0]);
    napi_create_string_utf8(env, self->message, NAPI_AUTO_LENGTH, &argv[1]);
    napi_create_uint32(env, (uint32_t)self->buffer.id, &argv[2]);
    napi_create_uint32(env, (uint32_t)(self->buffer.id >> 32), &argv[3]);
    napi_delete_reference(env, self->callback);
    napi_delete_reference(env, self->data);
    napi_delete_async_work(env, self->work);
    engine_use_end(self->use);
    free(self);
    napi_call_function(env, global, callback, 4, argv, NULL);
}

/* decode(uint8Array, rate, callback(status, message, low, high)). The bytes must not change meanwhile. */
static napi_value decode(napi_env env, napi_callback_info info) {
    size_t argc = 3, length = 0;
    napi_value argv[3], name;
    void *data = NULL, *bytes = NULL;
    double rate = 0.0;
    napi_get_cb_info(env, info, &argc, argv, NULL, &data);
    addon_env *own = data;
    decode_work *self = calloc(1, sizeof *self);
    if (self == NULL) {
        napi_throw_error(env, "WAVEPOOL", "there is no memory to decode");
        return NULL;
    }
    napi_get_typedarray_info(env, argv[0], NULL, &length, &bytes, NULL, NULL);
    napi_get_value_double(env, argv[1], &rate);
    self->bytes = bytes;
    self->byte_count = length;
    self->sample_rate_hz = (float)rate;
    self->use = own->use;
    self->use->count++;
    napi_create_reference(env, argv[0], 1, &self->data);
    napi_create_reference(env, argv[2], 1, &self->callback);
    napi_create_string_utf8(env, "wavepool decode", NAPI_AUTO_LENGTH, &name);
    napi_create_async_work(env, NULL, name, execute, complete, self, &self->work);
    napi_queue_async_work(env, self->work);
    return NULL;
}

void decode_add(napi_env env, napi_value exports, addon_env *own) {
    addon_function(env, exports, "decode", decode, own);
}
