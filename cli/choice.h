/* cli/choice.h -- the device that --device names. */
#ifndef WA_CLI_CHOICE_H
#define WA_CLI_CHOICE_H
#include "wavepool/wavepool.h"

/* BACKEND, BACKEND:ID, or the ID of a listed output alone. */
typedef struct device_choice {
    char backend[64]; /* "": none is named */
    const char *id;   /* NULL: the default; else a part of the text */
} device_choice;

/* text NULL: none is named. An ID that no output has is left to be refused as a backend. */
device_choice device_choice_from(const char *text);
/* The backend that lists an input of that id; NULL: none does. Valid until the next call. */
const char *device_choice_of_input(const char *id);
#endif /* WA_CLI_CHOICE_H */
