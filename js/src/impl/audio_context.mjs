// AudioContext: the engine's context on a device. What is asked of it goes through a queue of control
// messages, of which each is answered before the next one runs; the answers are tasks.
import { calls, performanceTime, queueTask, slots } from '#host';
import { check, engineError, invalidState, notSupported } from '../errors.mjs';
import { dispatch, fireError } from './events.mjs';
import { ContextState, flush, giveBack, poll, setLive, setState, touch, tryOpen, updateKeepAlive }
  from './context_state.mjs';
import * as worklets from './audio_worklet.mjs';
import { make as makeStats } from './audio_playback_stats.mjs';
import * as sinks from './sinks.mjs';

const REALTIME = 2, SUSPENDED = 0, RUNNING = 1;
const LATENCIES_S = { interactive: 0, balanced: -1, playback: -2 }; // the engine has the seconds
const LATENCY_MAX_S = 10;
const CHANNELS = 2; // of the destination, where it has so many
const HARDWARE = 0; // the engine's word for what the device likes

class Own {
  constructor() {
    this.isSuspendedByUser = false;
    this.isQuantumHidden = false; // renderSizeHint 'hardware': 0 until it runs
    this.messages = []; // not yet run
    this.awaited = null; // the suspension that the device has not yet carried out
    this.engineNow = SUSPENDED;
    this.sinkId = '';
    this.isLost = false; // the device is gone, and the engine plays to nobody in its place
    this.isSwitching = false; // until all is told of another sink
    this.stats = null;
    this.baseLatency = 0;
    this.latencyHint = 0; // in seconds, or the engine's word
    this.stamp = { contextTime: 0, performanceTime: 0 };
  }

  // The engine says that its state has changed.
  engineState(context, state) {
    this.engineNow = state;
    if (state === SUSPENDED) worklets.run(context, false);
    if (state === SUSPENDED && this.awaited !== null) {
      const done = this.awaited;
      this.awaited = null;
      done();
      runMessages(context);
    }
  }

  // "Error handling on a running context": it is suspended. To resume it opens the device again.
  deviceLost(context) {
    if (context.isClosed) return;
    slots[0] = context.pointer;
    calls.contextSuspend();
    this.isSuspendedByUser = false;
    this.isLost = true;
    this.awaited ??= () => {};
    queueTask(() => {
      dispatch(context, new Event('error'));
      if (!context.isClosed) setState(context, 'suspended');
    });
  }
}

// -- constructor --------------------------------------------------------------------------------------------

function latencyOf(hint) {
  if (typeof hint === 'string') return LATENCIES_S[hint];
  return Math.min(Math.max(hint, 0), LATENCY_MAX_S);
}

function tryDevice(context, settings, sinkId) {
  const most = sinks.channelsOf(sinkId);
  const device = { ...sinks.deviceOf(sinkId) };
  if (device.backend === '') device.backend = settings.inputBackend ?? ''; // both ways through one
  if (tryOpen(context, { ...settings, ...device, channelCount: most })) return true;
  return most > CHANNELS && sinks.isDeviceFailure(slots[0]) &&
    tryOpen(context, { ...settings, ...device, channelCount: CHANNELS });
}

// Whether it plays to the sink that was asked for; else to the default one.
function openSink(context, settings, sinkId) {
  const isKnown = sinks.isKnown(sinkId);
  if (isKnown && tryDevice(context, settings, sinkId)) {
    context.own.sinkId = sinks.shown(sinkId);
    return true;
  }
  if (sinkId === '' || (isKnown && !sinks.isDeviceFailure(slots[0]))) check();
  if (!tryDevice(context, settings, '')) check();
  return false;
}

// The destination begins with two channels, however many there are.
function narrowDestination(context) {
  if (context.channelCount <= CHANNELS) return;
  slots[0] = context.pointer;
  slots[1] = context.destinationLow;
  slots[2] = context.destinationHigh;
  slots[3] = CHANNELS;
  calls.nodeSetChannelCount();
  check();
  touch(context);
}

export function construct({ input, latencyHint, sampleRate, sinkId = '', renderSizeHint }) {
  const context = new ContextState(false);
  const own = context.own = new Own();
  if (sampleRate === 0) throw notSupported('AudioContext: sampleRate is 0'); // the engine's word for the device's
  if (renderSizeHint === 0) throw notSupported('AudioContext: renderSizeHint is 0');
  own.isQuantumHidden = renderSizeHint === 'hardware';
  own.latencyHint = latencyOf(latencyHint);
  const quantum = own.isQuantumHidden ? HARDWARE : renderSizeHint;
  const isFound = openSink(context, { kind: REALTIME, sampleRate: sampleRate ?? 0,
    quantum: typeof quantum === 'number' ? quantum : 128, latency: own.latencyHint,
    ...sinks.inputOf(input, sinkId) }, sinkId);
  narrowDestination(context);
  clock(context);
  own.baseLatency = slots[3];
  // It starts by itself, but not on a device that nobody has asked for.
  if (isFound) send(context, () => run(context, () => {}, () => fireError(context)));
  else queueTask(() => fireError(context));
  return context;
}

// -- control messages ---------------------------------------------------------------------------------------

function send(context, message) {
  context.own.messages.push(message);
  runMessages(context);
}

function runMessages(context) {
  const { own } = context;
  while (own.awaited === null && !own.isSwitching && own.messages.length > 0) own.messages.shift()();
  if (own.awaited === null && own.engineNow === SUSPENDED && context.pointer !== 0) setLive(context, false);
  updateKeepAlive();
}

function run(context, done, failed) {
  flush(context);
  const lost = context.own.isLost ? sinks.switchTo(context, context.own.sinkId) : undefined;
  if (lost !== undefined) {
    queueTask(() => failed(lost));
    return;
  }
  context.own.isLost = false;
  setLive(context, true);
  slots[0] = context.pointer;
  calls.contextResume();
  if (slots[0] !== 0) {
    const error = engineError();
    queueTask(() => failed(error));
    return;
  }
  context.own.engineNow = RUNNING;
  worklets.run(context, true);
  queueTask(() => {
    context.own.isQuantumHidden = false;
    done();
    setState(context, 'running');
  });
}

function pause(context, resolve) {
  const done = () => queueTask(() => {
    resolve();
    setState(context, 'suspended');
  });
  flush(context);
  slots[0] = context.pointer;
  calls.contextSuspend();
  check();
  if (context.own.engineNow === SUSPENDED) {
    done();
    return;
  }
  context.own.awaited = done;
  poll(context); // it may be there already
}

function end(context, resolve) {
  flush(context);
  poll(context);
  stamp(context);
  slots[0] = context.pointer;
  calls.contextClose();
  check();
  giveBack(context);
  queueTask(() => {
    resolve();
    setState(context, 'closed');
  });
}

const closed = (what) => Promise.reject(invalidState(`AudioContext.${what}: the context is closed`));

export function resume(context) {
  if (context.isClosed) return closed('resume');
  context.own.isSuspendedByUser = false;
  return new Promise((resolve, reject) => {
    send(context, () => run(context, resolve, reject));
  });
}

export function suspend(context) {
  if (context.isClosed) return closed('suspend');
  context.own.isSuspendedByUser = true;
  return new Promise((resolve) => {
    send(context, () => pause(context, resolve));
  });
}

export function close(context) {
  if (context.isClosed) return closed('close');
  context.isClosed = true;
  return new Promise((resolve) => {
    send(context, () => worklets.leave(context, () => end(context, resolve)));
  });
}

// -- attributes ---------------------------------------------------------------------------------------------

const isOver = (context) => context.pointer === 0 || context.epoch > 0;

function clock(context) {
  slots[0] = context.pointer;
  calls.contextClock();
}

export const baseLatency = (context) => context.own.baseLatency;

export function outputLatency(context) {
  if (isOver(context)) return 0;
  clock(context);
  return slots[4];
}

function stamp(context) {
  clock(context);
  const { 5: contextTime, 6: monotonicMs } = slots;
  const isHeard = monotonicMs > 0;
  context.own.stamp = { contextTime, performanceTime: isHeard ? performanceTime(monotonicMs) : 0 };
}

export function getOutputTimestamp(context) {
  if (!isOver(context)) stamp(context);
  return { ...context.own.stamp };
}

export const playbackStats = (context) => (context.own.stats ??= makeStats(context));
export const sinkId = (context) => context.own.sinkId;

// The sound goes on from one device to the other without a gap; to those who look at the context it stops and
// starts, as the text has it.
function moveTo(context, sinkId, resolve, reject) {
  const { own } = context;
  if (sinks.isSame(own.sinkId, sinkId) && !own.isLost) {
    queueTask(resolve);
    return;
  }
  flush(context);
  const failed = sinks.switchTo(context, sinkId);
  if (failed !== undefined) {
    queueTask(() => reject(failed));
    return;
  }
  own.isLost = false;
  own.isSwitching = true;
  clock(context);
  own.baseLatency = slots[3];
  const wasRunning = own.engineNow === RUNNING;
  const told = () => {
    own.isSwitching = false;
    if (wasRunning && !own.isLost) setState(context, 'running');
    runMessages(context);
  };
  queueTask(() => {
    if (wasRunning) setState(context, 'suspended');
    queueTask(() => {
      own.sinkId = sinks.shown(sinkId);
      resolve();
      dispatch(context, new Event('sinkchange'));
      queueTask(told);
    });
  });
}

export function setSinkId(context, sinkId) {
  if (context.isClosed) return closed('setSinkId');
  if (!sinks.isKnown(sinkId)) return Promise.reject(sinks.unknown(sinkId));
  return new Promise((resolve, reject) => {
    send(context, () => moveTo(context, sinkId, resolve, reject));
  });
}
