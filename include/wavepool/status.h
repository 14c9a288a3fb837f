/* wavepool/status.h -- what every fallible call returns, and the message that goes with it.
 *
 * A status other than WA_OK means that nothing changed: no state, no memory, no handle.
 * Each is the exception that the Web Audio API would throw, in a comment, or one of ours.
 */
#ifndef WAVEPOOL_STATUS_H
#define WAVEPOOL_STATUS_H

#if defined(__GNUC__)
#define WA_API __attribute__((visibility("default")))
#else
#define WA_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wa_status {
    WA_OK = 0,
    WA_ERR_INVALID_STATE = 1,   /* InvalidStateError */
    WA_ERR_NOT_SUPPORTED = 2,   /* NotSupportedError */
    WA_ERR_INDEX_SIZE = 3,      /* IndexSizeError */
    WA_ERR_INVALID_ACCESS = 4,  /* InvalidAccessError */
    WA_ERR_RANGE = 5,           /* RangeError */
    WA_ERR_TYPE = 6,            /* TypeError: NULL, NaN or infinity where a finite value is asked */
    WA_ERR_ENCODING = 7,        /* EncodingError: a file or its data cannot be decoded */
    WA_ERR_BUDGET = 8,          /* QuotaExceededError: the engine's memory budget */
    WA_ERR_POOL_FULL = 9,       /* QuotaExceededError: a pool's cap on live objects */
    WA_ERR_STALE_HANDLE = 10,   /* InvalidStateError: the object behind the handle is gone */
    WA_ERR_FOREIGN_HANDLE = 11, /* InvalidAccessError: another engine's, context's or pool's */
    WA_ERR_WRONG_TYPE = 12,     /* TypeError: a live handle of another kind or node type */
    WA_ERR_RELEASED = 13,       /* InvalidStateError: released before; its last sound may still ring */
    WA_ERR_SEALED = 14, /* InvalidStateError: the engine is sealed and this call would take memory */
    WA_ERR_SYSTEM_MEMORY = 15, /* the system refused memory that the budget allowed */
    WA_ERR_DEVICE = 16,        /* InvalidAccessError: no such device, or it failed */
    WA_ERR_IO = 17,            /* a file cannot be read or written */
    WA_ERR_CANCELLED = 18,     /* AbortError: the caller's callback asked for an end */
    WA_ERR_BUSY = 19,          /* InvalidStateError: still in use by something named in the message */
    WA_ERR_LIMIT = 20,         /* a compile-time bound (limits.h), named in the message */
    WA_STATUS_FORCE32 = 0x7fffffff
} wa_status;

/* The name of a status, "WA_ERR_RANGE". Never NULL; "WA_ERR_UNKNOWN" for a number that is none.
 * Thread: any */
WA_API const char *wa_status_name(wa_status status);

/* Why the last failed call on this thread failed: one line that names the argument and the limit.
 * Empty before the first failure; a successful call leaves it as it is.
 * Owns: the library; valid until the next failing call on this thread. Thread: any */
WA_API const char *wa_error_message(void);

#ifdef __cplusplus
}
#endif
#endif /* WAVEPOOL_STATUS_H */
