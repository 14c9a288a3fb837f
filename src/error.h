/* src/error.h -- the one way to fail: a status and its message in one expression.
 * Thread: any but render (the message is per thread; formatting is not wait-free). */
#ifndef WA_SRC_ERROR_H
#define WA_SRC_ERROR_H
#include "wavepool/status.h"

/* Keep the formatted message for wa_error_message() and return status. */
__attribute__((format(printf, 2, 3))) wa_status error_set(wa_status status, const char *format, ...);
#endif /* WA_SRC_ERROR_H */
