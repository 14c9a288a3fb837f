// Soft limits: who wants to know when the engine's memory has grown past so many bytes. Looked at once at the
// end of a turn that may have taken some.
import { calls, engine, queueTask, slots } from '#host';

const limits = new Set();
let isAsked = false;

// One of them: is told once, and again when it has been at the limit or below meanwhile.
export class SoftLimit {
  constructor(bytes, tell) {
    this.bytes = bytes;
    this.tell = tell; // (bytes in use)
    this.isAbove = false;
  }
}

export function addSoftLimit(limit) {
  limits.add(limit);
  memoryMayHaveGrown();
}

export function dropSoftLimit(limit) {
  limits.delete(limit);
}

export function memoryMayHaveGrown() {
  if (limits.size === 0 || isAsked) return;
  isAsked = true;
  queueMicrotask(look);
}

function look() {
  isAsked = false;
  slots[0] = engine();
  calls.engineMemory();
  const { 2: used } = slots;
  for (const limit of limits) {
    const wasAbove = limit.isAbove;
    limit.isAbove = used > limit.bytes;
    if (limit.isAbove && !wasAbove) queueTask(() => limit.tell(used));
  }
}
