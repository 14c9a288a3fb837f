/* How the engine learns that nobody can reach a node any more. Registering each with the collector would cost
 * more than making one. Up to ABI_COHORT_MAX share an object, which the state of each refers to; with it they
 * are given back.
 *
 * That object is an instance of a class of our own and is never written to: such are also looked after when
 * only the young generation is collected, which happens many times a second where many nodes are made. A
 * FinalizationRegistry waits for a collection of everything, and until then the nodes would fill the budget.
 */
#include "addon.h"
#include <stdlib.h>

typedef struct cohort {
    abi_cohort nodes;
    engine_use *use;
} cohort;

static bool is_alive(const engine_use *use, const wa_context *context) {
    for (uint32_t index = 0; index < use->context_count; index++) {
        if (use->contexts[index] == context) {
            return true;
        }
    }
    return false;
}

/* Between two turns of the event loop. */
static void end(napi_env env, void *data, void *hint) {
    (void)env, (void)hint;
    cohort *self = data;
    if (is_alive(self->use, self->nodes.context)) {
        abi_cohort_release(&self->nodes);
    }
    engine_use_end(self->use);
    free(self);
}

static napi_value construct(napi_env env, napi_callback_info info) {
    napi_value self;
    napi_get_cb_info(env, info, NULL, NULL, &self, NULL);
    return self;
}

/* cohort(), slots: context -> slots: status, address for nodeCreate. Returns the object that stands for it. */
static napi_value open_cohort(napi_env env, napi_callback_info info) {
    napi_value constructor, shared;
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    addon_env *own = data;
    cohort *self = calloc(1, sizeof *self);
    if (self == NULL || napi_get_reference_value(env, own->sentinel, &constructor) != napi_ok ||
        napi_new_instance(env, constructor, 0, NULL, &shared) != napi_ok ||
        napi_add_finalizer(env, shared, self, end, NULL, NULL) != napi_ok) {
        free(self);
        abi_return(own->box, WA_ERR_SYSTEM_MEMORY);
        return NULL;
    }
    self->nodes.context = abi_pointer(own->box, 0);
    self->use = own->use;
    self->use->count++;
    own->box->slots[1] = abi_address(&self->nodes);
    abi_return(own->box, WA_OK);
    return shared;
}

void cohorts_add(napi_env env, napi_value exports, addon_env *own) {
    napi_value constructor;
    napi_define_class(env, "Cohort", NAPI_AUTO_LENGTH, construct, NULL, 0, NULL, &constructor);
    napi_create_reference(env, constructor, 1, &own->sentinel);
    addon_function(env, exports, "cohort", open_cohort, own);
}
