/* The message of the last failure, one per thread, in fixed storage: failing never allocates. */
#include "error.h"
#include <stdarg.h>
#include <stdio.h>

enum { MESSAGE_BYTES = 512 };
static _Thread_local char message[MESSAGE_BYTES];

wa_status error_set(wa_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return status;
}

const char *wa_error_message(void) {
    return message;
}

const char *wa_status_name(wa_status status) {
    switch (status) {
    case WA_OK:
        return "WA_OK";
    case WA_ERR_INVALID_STATE:
        return "WA_ERR_INVALID_STATE";
    case WA_ERR_NOT_SUPPORTED:
        return "WA_ERR_NOT_SUPPORTED";
    case WA_ERR_INDEX_SIZE:
        return "WA_ERR_INDEX_SIZE";
    case WA_ERR_INVALID_ACCESS:
        return "WA_ERR_INVALID_ACCESS";
    case WA_ERR_RANGE:
        return "WA_ERR_RANGE";
    case WA_ERR_TYPE:
        return "WA_ERR_TYPE";
    case WA_ERR_ENCODING:
        return "WA_ERR_ENCODING";
    case WA_ERR_BUDGET:
        return "WA_ERR_BUDGET";
    case WA_ERR_POOL_FULL:
        return "WA_ERR_POOL_FULL";
    case WA_ERR_STALE_HANDLE:
        return "WA_ERR_STALE_HANDLE";
    case WA_ERR_FOREIGN_HANDLE:
        return "WA_ERR_FOREIGN_HANDLE";
    case WA_ERR_WRONG_TYPE:
        return "WA_ERR_WRONG_TYPE";
    case WA_ERR_RELEASED:
        return "WA_ERR_RELEASED";
    case WA_ERR_SEALED:
        return "WA_ERR_SEALED";
    case WA_ERR_SYSTEM_MEMORY:
        return "WA_ERR_SYSTEM_MEMORY";
    case WA_ERR_DEVICE:
        return "WA_ERR_DEVICE";
    case WA_ERR_IO:
        return "WA_ERR_IO";
    case WA_ERR_CANCELLED:
        return "WA_ERR_CANCELLED";
    case WA_ERR_BUSY:
        return "WA_ERR_BUSY";
    case WA_ERR_LIMIT:
        return "WA_ERR_LIMIT";
    case WA_STATUS_FORCE32:
        break;
    }
    return "WA_ERR_UNKNOWN";
}
