// What pools of nodes and of voices share: the engine's pool behind one, and its end.
import { calls, slots } from '#host';
import { contextState, isBaseAudioContext } from '../generated/interfaces.mjs';
import { check, invalidState, notSupported } from '../errors.mjs';
import { flush, touch, updateKeepAlive } from '../impl/context_state.mjs';
import { becomeBusy, lookAtPools } from './busy.mjs';

export const SLOT_MASK = 0xffffff; // of a handle's low half
const RUNNING = 1;
const RELEASE_MODES = { __proto__: null, 'now': 1, 'after-tail': 2, 'fade': 3, 'when-done': 4 };
export const FADE_S = 0.005;

export function contextOf(value, what) {
  if (!isBaseAudioContext(value)) throw new TypeError(`${what}: not a BaseAudioContext`);
  const context = contextState(value);
  if (context.isClosed || context.pointer === 0) throw invalidState(`${what}: the context is closed`);
  return context;
}

// -- options ------------------------------------------------------------------------------------------------

export function count(value, what, least = 0) {
  if (!Number.isInteger(value) || value < least || value > 0xffffffff) {
    throw new RangeError(`${what} is ${String(value)}, not a whole number from ${least} on`);
  }
  return value;
}

export function seconds(value, what) {
  if (typeof value !== 'number' ||
    !Number.isFinite(value)) throw new TypeError(`${what} is not a finite number`);
  if (value < 0) throw new RangeError(`${what} is ${value}, below 0`);
  return value;
}

// Misspelt options are told, not ignored.
export function optionsOf(value, names, what) {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object') throw new TypeError(`${what}: the options are not an object`);
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`${what}: there is no option '${unknown}'; there are ${names.join(', ')}`);
  }
  return value;
}

export function releaseMode(text, what) {
  const mode = RELEASE_MODES[text];
  if (mode === undefined) {
    throw new TypeError(`${what}: '${String(text)}' is none of '${Object.keys(RELEASE_MODES).join("', '")}'`);
  }
  return mode;
}

// -- the engine's pool --------------------------------------------------------------------------------------

// Held by the registry and by the context, not by the pool's state alone: all that is needed to end it.
class Record {
  constructor(context, pointer, nodeCount, destroy, stats) {
    this.context = context;
    this.epoch = context.epoch;
    this.pointer = pointer; // 0 when it is no more
    this.nodeCount = nodeCount; // of one of what it hands out
    this.destroy = destroy;
    this.stats = stats;
  }

  isOver() {
    return this.pointer === 0 || this.context.pointer === 0 || this.epoch !== this.context.epoch;
  }
}

function end(record) {
  const { context } = record;
  if (!record.isOver()) {
    slots[0] = record.pointer;
    record.destroy();
    touch(context);
  }
  record.pointer = 0;
  context.pools.delete(record);
}

const registry = new FinalizationRegistry(end);

export class PoolState {
  // The pool has just been made: its address is in the mailbox.
  constructor(context, nodeCount, destroy, stats) {
    this.context = context;
    this.record = new Record(context, slots[1], nodeCount, destroy, stats);
    context.pools ??= new Set();
    context.pools.add(this.record);
    registry.register(this, this.record, this);
    this.isBusy = false; // see busy.mjs
    this.nextBusy = this.beforeBusy = null;
    this.sounding = 0;
    this.available = 0; // by the engine's count
    this.inUse = 0; // handed out, or not back yet
    this.handedOut = 0;
    this.comesBackSoon = false; // something was released that only waits for a flush
  }

  // Its address; it is one that can be asked.
  address(what) {
    if (this.record.isOver()) {
      const isDestroyed = this.record.pointer === 0;
      throw invalidState(`${what}: ${isDestroyed ? 'the pool was destroyed' : 'the context is closed'}`);
    }
    return this.record.pointer;
  }

  // Nothing renders between two calls of one turn, so what is released now can be back now.
  bringBack() {
    if (!this.comesBackSoon) return;
    this.comesBackSoon = false;
    if (!isRunning(this.context)) flush(this.context);
  }

  tookOne() {
    if (!this.isBusy) becomeBusy(this);
    touch(this.context);
  }

  // Exactly as of now: { available, inUse, created, reused, dropped, peak } in slots 1 to 6.
  readStats(what) {
    slots[0] = this.address(what);
    if (!isRunning(this.context)) flush(this.context);
    slots[0] = this.record.pointer;
    slots[1] = this.context.pointer;
    this.record.stats();
    check();
    this.readCounts(1);
  }

  // From that slot on: available, in use.
  readCounts(slot) {
    this.available = slots[slot];
    this.inUse = slots[slot + 1];
  }

  // After a poll.
  lookAgain() {
    if (this.record.isOver()) {
      this.inUse = this.handedOut = 0;
      return;
    }
    slots[0] = this.record.pointer;
    slots[1] = 0;
    this.record.stats();
    this.readCounts(1);
  }

  get soundingNow() {
    return this.inUse - this.handedOut;
  }

  end() {
    registry.unregister(this);
    end(this.record);
    this.handedOut = 0;
    if (this.isBusy && lookAtPools(this.context)) updateKeepAlive();
  }
}

export function isRunning(context) {
  slots[0] = context.pointer;
  calls.contextClock();
  return slots[1] === RUNNING;
}

// Nodes in all pools of a context: idle, handed out, and on their way back.
export function pooledNodeCount(context) {
  let sum = 0;
  if (context.pools === null || context.pointer === 0) return 0;
  if (!isRunning(context)) flush(context);
  for (const record of context.pools) {
    if (record.isOver()) continue;
    slots[0] = record.pointer;
    slots[1] = context.pointer;
    record.stats();
    sum += record.nodeCount * (slots[1] + slots[2]);
  }
  return sum;
}

export function mustBePoolable(kind, what) {
  if (kind.type === undefined || UNPOOLED.includes(kind.name)) {
    throw notSupported(`${what}: ${kind.name} cannot be pooled`);
  }
}
const UNPOOLED = ['AudioDestinationNode', 'AudioWorkletNode', 'ScriptProcessorNode',
  'MediaElementAudioSourceNode',
  'MediaStreamAudioDestinationNode', 'MediaStreamAudioSourceNode', 'MediaStreamTrackAudioSourceNode'];
