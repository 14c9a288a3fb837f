/* src/device/priority.h -- real-time scheduling for the thread that pulls, where the system allows it. */
#ifndef WA_SRC_DEVICE_PRIORITY_H
#define WA_SRC_DEVICE_PRIORITY_H

/* Ask for real-time scheduling of the calling thread, before its first pull. A refusal (no privilege) is
 * ignored: sound then depends on how busy the machine is. */
void priority_raise(void);
#endif /* WA_SRC_DEVICE_PRIORITY_H */
