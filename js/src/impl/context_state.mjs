// What contexts of both kinds share: the engine's context behind one, flushes, polling, and the end.
import { calls, engine, keepAlive, setText, slots, watch, watchAdd, watchDrop } from '#host';
import { check } from '../errors.mjs';
import { fireStateChange } from './events.mjs';
import { devicesChanged } from './media_devices.mjs';
import { dropPools, lookAtPools } from '../pools/busy.mjs';
import { memoryMayHaveGrown } from './soft_limit.mjs';
import { dropScripts, isListening, serve } from './script_processor_node.mjs';
import { dropSources, mediaFailed, rootSources, sourceEnded, unrootSources } from './sources.mjs';
import { noteObjects } from './tally.mjs';
import { weigh } from './weight.mjs';

const EMBEDDED = 3, EVENT_SLOTS = 4, EVENTS_AT_ONCE = 62;
const EVENT_ENDED = 1, EVENT_STATE = 2, EVENT_LOST = 3, EVENT_LIST = 4, EVENT_ERROR = 10;

export class ContextState {
  constructor(isOffline) {
    this.isOffline = isOffline;
    this.wrapper = null;
    this.handlers = null;
    this.isTarget = true;
    this.pointer = 0; // of the engine's context; 0 when it has been given back
    this.epoch = 0; // of the nodes that are alive
    this.isDirty = false; // edits wait for the flush
    this.isFlushQueued = false;
    this.flushLater = () => {
      this.isFlushQueued = false;
      flush(this);
    };
    this.cohort = null; // the open one of this turn, see lifetime.mjs
    this.cohortAddress = this.cohortRoom = 0;
    this.state = 'suspended'; // as users see it
    this.isClosed = false; // the control thread's state
    this.isLive = false; // the engine may leave something to poll for
    this.waiting = []; // sources that were started while it was not live
    this.playingCount = 0; // sources that were started and have not ended
    this.sampleRate = this.quantum = this.channelCount = 0;
    this.destinationLow = this.destinationHigh = this.listenerLow = this.listenerHigh = 0;
    this.destination = this.listener = null; // wrappers
    this.weight = null; // on the collector
    this.worklet = null; // state of the AudioWorklet, once somebody has asked for it
    this.scripts = null; // ScriptProcessorNodes, see script_processor_node.mjs
    this.finalTime = 0; // currentTime of a closed one
    this.own = null; // of an AudioContext or an OfflineAudioContext
    this.template = null; // what takes the nodes that are made, instead of the engine
    this.pools = null; // records of all of them, see pools/pool_state.mjs
    this.busyPool = null; // first of the pools that something of is handed out, or rings
    this.soundingCount = 0; // what pools have out that gives itself back
  }
}

function bytesInUse() {
  slots[0] = engine();
  calls.engineMemory();
  return slots[2];
}

// The status of the call is left in the mailbox.
export function tryOpen(context, { kind, sampleRate, channelCount, quantum, latency = 0, backend = '',
  device = '', inputChannels = 0, input = '' }) {
  const before = bytesInUse();
  setText(`${backend}\0${device}\0${input}\0`);
  slots[0] = engine();
  slots[1] = kind;
  slots[2] = sampleRate;
  slots[3] = channelCount;
  slots[4] = quantum;
  slots[5] = inputChannels;
  slots[6] = latency;
  calls.contextCreate();
  if (slots[0] !== 0) return false;
  context.pointer = slots[1];
  context.destinationLow = slots[2];
  context.destinationHigh = slots[3];
  context.sampleRate = slots[4];
  context.quantum = slots[5];
  context.channelCount = slots[6];
  context.listenerLow = slots[7];
  context.listenerHigh = slots[8];
  contexts.register(context.flushLater, context.pointer, context);
  const bytes = bytesInUse() - before;
  if (context.weight === null) context.weight = weigh(context.flushLater, bytes);
  else context.weight.set(bytes);
  return true;
}

export function open(context, settings) {
  if (!tryOpen(context, settings)) check();
}

// Nodes can still be made in a closed context; they get one that never sounds.
export function reopenClosed(context) {
  const { destinationLow, destinationHigh, listenerLow, listenerHigh } = context;
  open(context, { kind: EMBEDDED, sampleRate: context.sampleRate, channelCount: context.channelCount,
    quantum: context.quantum });
  Object.assign(context, { destinationLow, destinationHigh, listenerLow, listenerHigh });
  slots[0] = context.pointer;
  calls.contextClose();
  check();
}

// A context that nobody can reach is given back. flushLater lives exactly as long as its state.
const contexts = new FinalizationRegistry((pointer) => {
  slots[0] = pointer;
  calls.contextDestroy();
});

// All of the engine's memory comes back at once, whatever objects are left.
export function giveBack(context) {
  if (context.pointer === 0) return;
  context.finalTime = currentTime(context);
  setLive(context, false);
  dropSources(context);
  dropPools(context);
  dropScripts(context);
  contexts.unregister(context);
  context.weight.set(0);
  slots[0] = context.pointer;
  calls.contextDestroy();
  check();
  context.pointer = 0;
  context.epoch++;
  context.isDirty = false;
  context.cohort = null;
}

// -- flushes ------------------------------------------------------------------------------------------------

// After each edit: what one turn edits becomes visible together.
export function touch(context) {
  if (context.isDirty) return;
  context.isDirty = true;
  if (context.isFlushQueued) return;
  context.isFlushQueued = true;
  queueMicrotask(context.flushLater);
}

export function flush(context) {
  if (!context.isDirty) return;
  context.isDirty = false;
  context.cohort = null;
  noteObjects();
  slots[0] = context.pointer;
  calls.contextFlush();
  check();
  memoryMayHaveGrown();
}

export function currentTime(context) {
  if (context.pointer === 0 || context.epoch > 0) return context.finalTime;
  slots[0] = context.pointer;
  calls.contextClock();
  return slots[2] / context.sampleRate;
}

// -- polling ------------------------------------------------------------------------------------------------

const live = new Set();
let isWatching = false, isKeptAlive = false;
const events = new Float64Array(EVENTS_AT_ONCE * EVENT_SLOTS);

function pollAll() {
  for (const context of live) poll(context);
}

export function setLive(context, isLive) {
  if (context.isLive === isLive) return;
  if (!isWatching) {
    watch(pollAll);
    isWatching = true;
  }
  context.isLive = isLive;
  slots[0] = context.pointer;
  if (isLive) {
    watchAdd();
    check();
    live.add(context);
    rootSources(context);
  } else {
    watchDrop();
    live.delete(context);
    unrootSources(context);
  }
  updateKeepAlive();
}

// The event loop goes on while a context in real time has something to play or to answer.
export function updateKeepAlive() {
  let isWanted = false;
  for (const context of live) {
    isWanted ||= !context.isOffline && (context.playingCount > 0 || context.soundingCount > 0 ||
      context.own.awaited !== null || isListening(context));
  }
  if (isWanted !== isKeptAlive) {
    isKeptAlive = isWanted;
    keepAlive(isWanted);
  }
}

function handle(context, at) {
  const type = events[at];
  if (type === EVENT_ENDED) sourceEnded(events[at + 2], events[at + 3]);
  if (type === EVENT_ERROR) mediaFailed(events[at + 2], events[at + 3]);
  if (type === EVENT_STATE) context.own.engineState(context, events[at + 1]);
  if (type === EVENT_LOST) context.own.deviceLost(context);
  if (type === EVENT_LIST) devicesChanged();
}

export function poll(context) {
  flush(context);
  for (let count = EVENTS_AT_ONCE; count === EVENTS_AT_ONCE && context.pointer !== 0;) {
    slots[0] = context.pointer;
    calls.contextPoll();
    count = slots[1];
    for (let index = 0; index < count * EVENT_SLOTS; index++) events[index] = slots[2 + index];
    for (let index = 0; index < count; index++) handle(context, index * EVENT_SLOTS);
  }
  if (context.busyPool !== null && lookAtPools(context)) updateKeepAlive();
  if (context.scripts !== null) serve(context);
}

// -- state --------------------------------------------------------------------------------------------------

export function setState(context, state) {
  if (context.state === state) return;
  context.state = state;
  fireStateChange(context);
}
