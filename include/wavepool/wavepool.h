/* wavepool/wavepool.h -- the Web Audio API in C, played from pools. Includes every public header.
 *
 * The way of a sample:
 *   api -> graph (the truth) -> one batch per flush -> ring | render: batches, wake, levels x types
 *
 * Anything not said here means what Web Audio 1.1 says of the member with that name, mapped into C:
 * an exception is a status, an object is a handle, a dictionary is an options struct with an INIT macro.
 *
 *   frame    one sample on every channel        plane    float32[frames] of one channel
 *   quantum  the frames rendered at a time      block    one quantum of planes
 *   slot     where a node lives                 handle   a slot and its generation; {0} is never valid
 *   level    a node's place in the order        batch    edits that become visible together
 *   tail     what still sounds without input    instance one node of a type while it is processed
 *
 * Thread: control  one thread at a time per context; may block and allocate within the budget.
 * Thread: render   wait-free: no allocation, lock, system call or log.
 * Thread: any      safe from every thread at the same time.
 */
#ifndef WAVEPOOL_WAVEPOOL_H
#define WAVEPOOL_WAVEPOOL_H
#include "buffer.h"
#include "context.h"
#include "decode.h"
#include "device.h"
#include "graph.h"
#include "media.h"
#include "memory.h"
#include "node.h"
#include "param.h"
#include "pool.h"
#include "processor.h"
#include "profiler.h"
#include "status.h"

#define WA_VERSION_MAJOR 0
#define WA_VERSION_MINOR 1
#define WA_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif
/* "0.1.0". Thread: any */
WA_API const char *wa_version(void);
#ifdef __cplusplus
}
#endif
#endif /* WAVEPOOL_WAVEPOOL_H */
