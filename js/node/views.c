/* Views of sample data: ArrayBuffers over the engine's own memory, one for each channel. */
#include "addon.h"
#include <stdlib.h>

typedef struct view {
    engine_use *use;
    const wa_buffer_hold *hold;
} view;

static void end_view(napi_env env, void *data, void *hint) {
    (void)env, (void)data;
    view *ended = hint;
    wa_buffer_hold_end(ended->use->engine, ended->hold); /* NULL: given up before */
    engine_use_end(ended->use);
    free(ended);
}

static wa_status open_view(addon_env *own, wa_buffer buffer, view **opened) {
    view *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return WA_ERR_SYSTEM_MEMORY;
    }
    const wa_status status = wa_buffer_hold_begin(own->use->engine, buffer, &made->hold);
    if (status != WA_OK) {
        free(made);
        return status;
    }
    made->use = own->use;
    made->use->count++;
    *opened = made;
    return WA_OK;
}

/* view(low, high, channel): a Float32Array of the channel's frames, in place, and in slots[1] the address of
 * what keeps them; undefined: a bad handle. */
static napi_value make_view(napi_env env, napi_callback_info info) {
    size_t argc = 3;
    napi_value argv[3], memory, result;
    void *data = NULL;
    uint32_t low = 0, high = 0, channel = 0;
    napi_get_cb_info(env, info, &argc, argv, NULL, &data);
    addon_env *own = data;
    napi_get_value_uint32(env, argv[0], &low);
    napi_get_value_uint32(env, argv[1], &high);
    napi_get_value_uint32(env, argv[2], &channel);
    const wa_buffer buffer = { (uint64_t)high << 32 | low };
    wa_buffer_info facts = { 0 };
    view *made = NULL;
    float *plane = wa_buffer_plane(own->use->engine, buffer, channel);
    if (plane == NULL || wa_buffer_get_info(own->use->engine, buffer, &facts) != WA_OK ||
        open_view(own, buffer, &made) != WA_OK) {
        return NULL;
    }
    if (napi_create_external_arraybuffer(env, plane, facts.frame_count * sizeof(float), end_view, made,
                                         &memory) != napi_ok) {
        end_view(env, NULL, made);
        return NULL;
    }
    napi_create_typedarray(env, napi_float32_array, facts.frame_count, memory, 0, &result);
    own->box->slots[1] = abi_address(made);
    return result;
}

/* detach(arrayBuffer): it is of length 0 from now on. */
static napi_value detach(napi_env env, napi_callback_info info) {
    size_t argc = 1;
    napi_value memory;
    napi_get_cb_info(env, info, &argc, &memory, NULL, NULL);
    (void)napi_detach_arraybuffer(env, memory);
    return NULL;
}

/* slots: what keeps a view that has just been detached. The memory is free at once, not when the event loop
 * comes to it. */
static napi_value give_up(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    view *ended = abi_pointer(((addon_env *)data)->box, 0);
    wa_buffer_hold_end(ended->use->engine, ended->hold);
    ended->hold = NULL;
    return NULL;
}

void views_add(napi_env env, napi_value exports, addon_env *own) {
    addon_function(env, exports, "view", make_view, own);
    addon_function(env, exports, "detach", detach, own);
    addon_function(env, exports, "viewGiveUp", give_up, own);
}
