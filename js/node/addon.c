/* The addon: the functions of js/abi on one mailbox per JavaScript thread, and what Node adds to them: strings,
 * addresses of typed arrays, views of engine memory, threads that render, decode and watch.
 *
 * A call crosses without arguments: they lie in the mailbox, which JavaScript sees as a Float64Array.
 */
#include "addon.h"
#include <stdlib.h>
#include <string.h>

typedef struct bound_entry {
    abi_fn call;
    abi_mailbox *box;
    addon_env *own;
} bound_entry;

static napi_value call_entry(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    const bound_entry *entry = data;
    entry->call(entry->box);
    return NULL;
}

/* -- contexts: none survives its JavaScript thread ----------------------------------------------- */

static bool reserve_context(engine_use *own) {
    if (own->context_count == own->context_capacity) {
        const uint32_t capacity = own->context_capacity > 0 ? 2 * own->context_capacity : 8;
        wa_context **grown = realloc(own->contexts, capacity * sizeof(wa_context *));
        if (grown == NULL) {
            return false;
        }
        own->contexts = grown;
        own->context_capacity = capacity;
    }
    return true;
}

static napi_value call_context_create(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    const bound_entry *entry = data;
    engine_use *own = entry->own->use;
    if (!reserve_context(own)) {
        abi_return(entry->box, WA_ERR_SYSTEM_MEMORY);
        return NULL;
    }
    entry->call(entry->box);
    if (entry->box->slots[0] == (double)WA_OK) {
        own->contexts[own->context_count++] = abi_pointer(entry->box, 1);
    }
    return NULL;
}

static napi_value call_context_destroy(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    const bound_entry *entry = data;
    engine_use *own = entry->own->use;
    const wa_context *context = abi_pointer(entry->box, 0);
    worklets_detach(entry->own, context);
    entry->call(entry->box);
    for (uint32_t index = 0; entry->box->slots[0] == (double)WA_OK && index < own->context_count;
         index++) {
        if (own->contexts[index] == context) {
            own->contexts[index] = own->contexts[--own->context_count];
            break;
        }
    }
    return NULL;
}

static napi_callback callback_of(const char *name) {
    return strcmp(name, "contextCreate") == 0    ? call_context_create
           : strcmp(name, "contextDestroy") == 0 ? call_context_destroy
                                                 : call_entry;
}

void addon_function(napi_env env, napi_value object, const char *name, napi_callback call, void *data) {
    napi_value function;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, call, data, &function);
    napi_set_named_property(env, object, name, function);
}

/* -- strings and addresses ---------------------------------------------------------------------- */

/* setText(string): into the mailbox, closed by 0. Returns its bytes, -1 when it is too long. */
static napi_value set_text(napi_env env, napi_callback_info info) {
    size_t argc = 1, bytes = 0;
    napi_value text, result;
    void *data = NULL;
    int32_t answer = -1;
    napi_get_cb_info(env, info, &argc, &text, NULL, &data);
    abi_mailbox *box = ((addon_env *)data)->box;
    if (napi_get_value_string_utf8(env, text, NULL, 0, &bytes) == napi_ok && bytes < ABI_TEXT_BYTES) {
        napi_get_value_string_utf8(env, text, box->text, ABI_TEXT_BYTES, &bytes);
        box->text[bytes] = '\0';
        answer = (int32_t)bytes;
    }
    napi_create_int32(env, answer, &result);
    return result;
}

static napi_value get_text(napi_env env, napi_callback_info info) {
    napi_value result;
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    napi_create_string_utf8(env, ((addon_env *)data)->box->text, NAPI_AUTO_LENGTH, &result);
    return result;
}

/* point(typedArray, slot): its address into slots[slot], its elements into slots[slot + 1]; for the very next
 * call. */
static napi_value point(napi_env env, napi_callback_info info) {
    size_t argc = 2, length = 0;
    napi_value argv[2];
    void *data = NULL, *address = NULL;
    uint32_t slot = 0;
    napi_get_cb_info(env, info, &argc, argv, NULL, &data);
    double *slots = ((addon_env *)data)->box->slots;
    napi_get_value_uint32(env, argv[1], &slot);
    if (napi_get_typedarray_info(env, argv[0], NULL, &length, &address, NULL, NULL) != napi_ok) {
        length = 0;
    }
    slots[slot] = abi_address(address);
    slots[slot + 1] = (double)length;
    return NULL;
}

/* external(bytes): the collector shall know that so much more (or less) hangs on its objects. */
static napi_value external(napi_env env, napi_callback_info info) {
    size_t argc = 1;
    napi_value change;
    int64_t bytes = 0, total = 0;
    napi_get_cb_info(env, info, &argc, &change, NULL, NULL);
    napi_get_value_int64(env, change, &bytes);
    napi_adjust_external_memory(env, bytes, &total);
    return NULL;
}

/* -- life --------------------------------------------------------------------------------------- */

void engine_use_end(engine_use *use) {
    if (--use->count == 0) {
        (void)wa_engine_destroy(use->engine);
        free(use->contexts);
        free(use);
    }
}

/* engine(budgetBytes, softLimitBytes): the thread's one; its address. */
static napi_value open_engine(napi_env env, napi_callback_info info) {
    napi_value result;
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    addon_env *own = data;
    if (own->use == NULL) {
        wa_engine_desc desc = WA_ENGINE_DESC_INIT;
        engine_use *use = calloc(1, sizeof *use);
        if (use == NULL || wa_engine_create(&desc, &use->engine) != WA_OK) {
            free(use);
            napi_throw_error(env, "WAVEPOOL", "there is no memory for the audio engine");
            return NULL;
        }
        use->count = 1;
        own->use = use;
    }
    napi_create_double(env, abi_address(own->use->engine), &result);
    return result;
}

static void finish(napi_env env, void *data, void *hint) {
    (void)env, (void)hint;
    addon_env *own = data;
    render_finish(own);
    watch_finish(own);
    worklets_finish(own);
    if (own->use != NULL) {
        while (own->use->context_count > 0) {
            wa_context *context = own->use->contexts[--own->use->context_count];
            (void)wa_context_destroy_pools(context);
            (void)wa_context_destroy(context);
        }
        engine_use_end(own->use);
    }
    free(own->entries);
    free(own);
}

static void add_entries(napi_env env, napi_value calls, addon_env *own) {
    uint32_t list_count = 0, entry_count = 0, at = 0;
    const abi_list *const *lists = abi_lists(&list_count);
    for (uint32_t list = 0; list < list_count; list++) {
        entry_count += lists[list]->count;
    }
    own->entries = calloc(entry_count, sizeof *own->entries);
    for (uint32_t list = 0; own->entries != NULL && list < list_count; list++) {
        for (uint32_t index = 0; index < lists[list]->count; index++, at++) {
            const abi_entry *entry = &lists[list]->entries[index];
            own->entries[at] = (bound_entry){ entry->call, own->box, own };
            addon_function(env, calls, entry->name, callback_of(entry->name), &own->entries[at]);
        }
    }
}

NAPI_MODULE_INIT() {
    napi_value memory, slots, calls;
    void *box = NULL;
    addon_env *own = calloc(1, sizeof *own);
    if (own == NULL || napi_create_arraybuffer(env, sizeof(abi_mailbox), &box, &memory) != napi_ok) {
        free(own);
        napi_throw_error(env, "WAVEPOOL", "there is no memory for the addon");
        return NULL;
    }
    own->box = box; /* stays where it is as long as the exports hold the array */
    napi_create_typedarray(env, napi_float64_array, ABI_SLOT_COUNT, memory, 0, &slots);
    napi_set_named_property(env, exports, "slots", slots);
    napi_create_object(env, &calls);
    add_entries(env, calls, own);
    napi_set_named_property(env, exports, "calls", calls);
    addon_function(env, exports, "setText", set_text, own);
    addon_function(env, exports, "getText", get_text, own);
    addon_function(env, exports, "point", point, own);
    addon_function(env, exports, "engine", open_engine, own);
    addon_function(env, exports, "external", external, own);
    views_add(env, exports, own);
    render_add(env, exports, own);
    watch_add(env, exports, own);
    cohorts_add(env, exports, own);
    decode_add(env, exports, own);
    devices_add(env, exports, own);
    worklets_add(env, exports, own);
    scripts_add(env, exports, own);
    napi_set_instance_data(env, own, finish, NULL);
    return exports;
}
