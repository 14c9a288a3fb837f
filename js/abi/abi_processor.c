/* Nodes whose frames are made by JavaScript: definitions, and contexts that are rendered ahead for them. */
#include "abi.h"
#include <string.h>

enum { COUNTS = 8, PARAMS = COUNTS + 32, PARAM_SLOTS = 4, PARAM_NAME_BYTES = 16 };

/* The engine's names are short ASCII; JavaScript's are any, and stay there. */
static void name_param(char *name, uint32_t index) {
    strcpy(name, "param 00");
    name[6] = (char)('0' + index / 10);
    name[7] = (char)('0' + index % 10);
}

/* engine, callbacks, inputs, outputs, output counts given, params; from COUNTS on the counts; from PARAMS on
 * default, min, max, rate for each param; text: name -> processor */
static void processor_define(abi_mailbox *box) {
    const abi_processor_callbacks *callbacks = abi_pointer(box, 1);
    wa_processor_param params[WA_PROCESSOR_PARAM_COUNT_MAX];
    char names[WA_PROCESSOR_PARAM_COUNT_MAX][PARAM_NAME_BYTES];
    uint32_t counts[32];
    wa_processor_desc desc = WA_PROCESSOR_DESC_INIT;
    desc.name = box->text;
    desc.process = callbacks->process;
    desc.finish = callbacks->finish;
    desc.input_count = abi_uint(box, 2);
    desc.output_count = abi_uint(box, 3);
    desc.params = params;
    desc.param_count = abi_uint(box, 5);
    for (uint32_t index = 0; index < desc.output_count && index < 32; index++) {
        counts[index] = abi_uint(box, COUNTS + index);
    }
    desc.output_channel_counts = box->slots[4] != 0.0 ? counts : NULL;
    for (uint32_t index = 0; index < desc.param_count && index < WA_PROCESSOR_PARAM_COUNT_MAX;
         index++) {
        const double *own = &box->slots[PARAMS + PARAM_SLOTS * index];
        name_param(names[index], index);
        params[index] = (wa_processor_param){ names[index], (float)own[0], (float)own[1], (float)own[2],
                                              (wa_automation_rate)(int)own[3] };
    }
    wa_processor processor = { 0 };
    abi_return(box, wa_processor_define(abi_pointer(box, 0), &desc, &processor));
    abi_set_id(box, 1, processor.id);
}

/* engine, processor */
static void processor_release(abi_mailbox *box) {
    abi_return(box, wa_processor_release(abi_pointer(box, 0), (wa_processor){ abi_id(box, 1) }));
}

/* context, lead_s */
static void context_ahead_begin(abi_mailbox *box) {
    abi_return(box, wa_context_ahead_begin(abi_pointer(box, 0), box->slots[1]));
}

static void context_ahead_end(abi_mailbox *box) {
    abi_return(box, wa_context_ahead_end(abi_pointer(box, 0)));
}

static const abi_entry entries[] = {
    { "processorDefine", processor_define },
    { "processorRelease", processor_release },
    { "contextAheadBegin", context_ahead_begin },
    { "contextAheadEnd", context_ahead_end },
};
const abi_list abi_processor_list = { entries, sizeof entries / sizeof entries[0] };
