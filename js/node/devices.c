/* What devices there are, as JavaScript objects. */
#include "addon.h"
#include <stdlib.h>

static void set_text(napi_env env, napi_value object, const char *name, const char *text) {
    napi_value value;
    napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
    napi_set_named_property(env, object, name, value);
}

static void set_number(napi_env env, napi_value object, const char *name, double number) {
    napi_value value;
    napi_create_double(env, number, &value);
    napi_set_named_property(env, object, name, value);
}

static void set_flag(napi_env env, napi_value object, const char *name, bool is_so) {
    napi_value value;
    napi_get_boolean(env, is_so, &value);
    napi_set_named_property(env, object, name, value);
}

static napi_value describe(napi_env env, const wa_device_info *of) {
    napi_value object;
    napi_create_object(env, &object);
    set_text(env, object, "backend", of->backend);
    set_text(env, object, "id", of->id);
    set_text(env, object, "name", of->name);
    set_number(env, object, "channelCountMax", of->channel_count_max);
    set_number(env, object, "sampleRate", (double)of->sample_rate_hz);
    set_flag(env, object, "isDefault", of->is_default);
    set_flag(env, object, "isInput", of->is_input);
    return object;
}

/* devices(): an array of them, each backend's outputs, then its inputs. */
static napi_value devices(napi_env env, napi_callback_info info) {
    enum { DEVICE_COUNT_MAX = 256 };
    (void)info;
    napi_value list;
    napi_create_array(env, &list);
    wa_device_info *found = malloc(DEVICE_COUNT_MAX * sizeof *found);
    if (found == NULL) {
        napi_throw_error(env, "WAVEPOOL", "there is no memory to list devices");
        return NULL;
    }
    const uint32_t count = wa_device_list(found, DEVICE_COUNT_MAX);
    for (uint32_t index = 0; index < count && index < DEVICE_COUNT_MAX; index++) {
        napi_set_element(env, list, index, describe(env, &found[index]));
    }
    free(found);
    return list;
}

void devices_add(napi_env env, napi_value exports, addon_env *own) {
    addon_function(env, exports, "devices", devices, own);
}
