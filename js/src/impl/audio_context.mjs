// AudioContext: the engine's context on a device. What is asked of it goes through a queue of control
// messages, of which each is answered before the next one runs; the answers are tasks.
import { calls, performanceTime, queueTask, slots } from '#host';
import { check, engineError, invalidState, notSupported } from '../errors.mjs';
import { fireError } from './events.mjs';
import { ContextState, flush, giveBack, open, poll, setLive, setState, tryOpen, updateKeepAlive }
  from './context_state.mjs';
import { make as makeSinkInfo } from './audio_sink_info.mjs';
import { make as makeStats } from './audio_playback_stats.mjs';

const REALTIME = 2, SUSPENDED = 0, RUNNING = 1;
const LATENCIES_S = { interactive: 0, balanced: 0.025, playback: 0.1 };
const LATENCY_MAX_S = 10;
const CHANNELS = 2;
const BACKENDS = ['cubeb', 'jack', 'file', 'null'];
const DEVICE_FAILED = 16, FILE_FAILED = 17;

class Own {
  constructor() {
    this.isSuspendedByUser = false;
    this.isQuantumHidden = false; // renderSizeHint 'hardware': 0 until it runs
    this.messages = []; // not yet run
    this.awaited = null; // the suspension that the device has not yet carried out
    this.engineNow = SUSPENDED;
    this.sinkId = '';
    this.stats = null;
    this.baseLatency = 0;
    this.stamp = { contextTime: 0, performanceTime: 0 };
  }

  // The engine says that its state has changed.
  engineState(context, state) {
    this.engineNow = state;
    if (state === SUSPENDED && this.awaited !== null) {
      const done = this.awaited;
      this.awaited = null;
      done();
      runMessages(context);
    }
  }

  // "Error handling on a running context": it is suspended, and can be resumed on what the engine has
  // instead.
  deviceLost(context) {
    if (context.isClosed) return;
    slots[0] = context.pointer;
    calls.contextSuspend();
    this.isSuspendedByUser = false;
    this.awaited ??= () => {};
    queueTask(() => {
      fireError(context);
      setState(context, 'suspended');
    });
  }
}

// -- constructor --------------------------------------------------------------------------------------------

function latencyOf(hint) {
  if (typeof hint === 'string') return LATENCIES_S[hint];
  return Math.min(Math.max(hint, 0), LATENCY_MAX_S);
}

// 'file:/tmp/heard.wav', 'cubeb:<id>', 'null', or a device's id alone.
function deviceOf(sinkId) {
  if (typeof sinkId === 'object') return { backend: 'null', device: '' };
  const [head, ...rest] = sinkId.split(':');
  if (BACKENDS.includes(head)) return { backend: head, device: rest.join(':') };
  return { backend: '', device: sinkId };
}

const isValidSink = (sinkId) => typeof sinkId === 'object' || !/[\0]/.test(sinkId) && sinkId.length < 1000;

export function construct({ latencyHint, sampleRate, sinkId = '', renderSizeHint }) {
  const context = new ContextState(false);
  const own = context.own = new Own();
  if (sampleRate === 0) throw notSupported('AudioContext: sampleRate is 0'); // the engine's word for the device's
  if (renderSizeHint === 0) throw notSupported('AudioContext: renderSizeHint is 0');
  own.isQuantumHidden = renderSizeHint === 'hardware';
  const settings = { kind: REALTIME, sampleRate: sampleRate ?? 0, channelCount: CHANNELS,
    quantum: typeof renderSizeHint === 'number' ? renderSizeHint : 128, latency: latencyOf(latencyHint) };
  let isOpen = isValidSink(sinkId) && tryOpen(context, { ...settings, ...deviceOf(sinkId) });
  if (isOpen) {
    own.sinkId = typeof sinkId === 'object' ? makeSinkInfo(sinkId.type) : sinkId;
  } else if (sinkId !== '' && (!isValidSink(sinkId) || slots[0] === DEVICE_FAILED ||
    slots[0] === FILE_FAILED)) {
    open(context, settings); // there is no such device: the default one plays, and an event says so
    queueTask(() => fireError(context));
  } else {
    check();
  }
  isOpen = true;
  clock(context);
  own.baseLatency = slots[3];
  send(context, () => run(context, () => {}, () => fireError(context)));
  return context;
}

// -- control messages ---------------------------------------------------------------------------------------

function send(context, message) {
  context.own.messages.push(message);
  runMessages(context);
}

function runMessages(context) {
  const { own } = context;
  while (own.awaited === null && own.messages.length > 0) own.messages.shift()();
  if (own.awaited === null && own.engineNow === SUSPENDED && context.pointer !== 0) setLive(context, false);
  updateKeepAlive();
}

function run(context, done, failed) {
  flush(context);
  setLive(context, true);
  slots[0] = context.pointer;
  calls.contextResume();
  if (slots[0] !== 0) {
    const error = engineError();
    queueTask(() => failed(error));
    return;
  }
  context.own.engineNow = RUNNING;
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
    send(context, () => end(context, resolve));
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

export function setSinkId(context, wanted) {
  const { sinkId: now } = context.own;
  if (context.isClosed) return closed('setSinkId');
  const isSame = typeof wanted === 'string' ? wanted === now : typeof now === 'object' &&
    wanted.type === now.type;
  if (isSame) return Promise.resolve();
  return Promise.reject(notSupported('AudioContext.setSinkId: the device of a context is chosen when it is made'));
}
