// OfflineAudioContext: an embedded context of the engine, pulled into AudioBuffers by a thread of its own,
// job by job: up to the next suspension, or to the end of a chunk. Between jobs the context is ours, so that
// edits take effect at once and whole.
import { calls, queueTask, renderAbandon, renderCancel, renderDestroy, renderer, renderLimit, renderStart,
  slots } from '#host';
import { OfflineAudioCompletionEvent } from '../generated/interfaces.mjs';
import { check, exception, invalidState, notSupported } from '../errors.mjs';
import { fire } from './events.mjs';
import { ContextState, flush, giveBack, open, poll, setLive, setState } from './context_state.mjs';
import * as worklets from './audio_worklet.mjs';
import * as buffers from './audio_buffer.mjs';

const EMBEDDED = 3, DEFAULT_QUANTUM = 128;
const IDLE = 0, RENDERING = 1, PAUSED = 2;

class Own {
  constructor(length) {
    this.isQuantumHidden = false;
    this.length = length; // null: as long as it is asked for more
    this.isStarted = false;
    this.phase = IDLE;
    this.position = 0; // frames rendered
    this.committed = 0; // frames asked for
    this.chunks = []; // to be rendered, in order
    this.suspends = []; // by frame
    this.renderer = 0; // address of the thread's
    this.isWorkletJob = false; // the job that runs is the AudioWorklet's
    this.closing = null; // resolves close()
  }

  engineState() {}
  deviceLost() {}

  // The job that runs gives way to the next one: there is a thread with JavaScript now, or somebody to wait for.
  giveWay() {
    if (this.phase !== RENDERING) return;
    slots[0] = this.renderer;
    renderCancel();
  }

  // The thread has ended: its job ends in its place.
  workletEnded() {
    if (this.phase !== RENDERING || !this.isWorkletJob) return;
    slots[0] = this.renderer;
    renderAbandon();
  }
}

class Chunk {
  constructor(frames, buffer, resolve, reject) {
    this.frames = frames;
    this.done = 0;
    this.buffer = buffer;
    this.resolve = resolve;
    this.reject = reject;
  }
}

export function construct({ numberOfChannels, length: frames, sampleRate, renderSizeHint }) {
  if (frames === 0) throw notSupported('OfflineAudioContext: length is 0');
  const context = new ContextState(true);
  context.own = new Own(frames);
  open(context, { kind: EMBEDDED, sampleRate, channelCount: numberOfChannels,
    quantum: typeof renderSizeHint === 'number' ? renderSizeHint : DEFAULT_QUANTUM });
  return context;
}

export const constructFrom = (numberOfChannels, frames, sampleRate) =>
  construct({ numberOfChannels, length: frames, sampleRate, renderSizeHint: 'default' });

export const length = (context) => context.own.length;

// -- rendering ----------------------------------------------------------------------------------------------

const closed = (what) => Promise.reject(invalidState(`OfflineAudioContext.${what}: the context is closed`));

function chunkFrames({ quantum, own }, wanted) {
  const left = own.length === null ? Infinity : own.length - own.committed;
  const size = wanted ?? (own.length === null ? quantum : left);
  return Math.min(Math.ceil(size / quantum) * quantum, left);
}

export function startRendering(context, chunkSize) {
  const { own } = context;
  if (context.isClosed) return closed('startRendering');
  if (own.length !== null && own.committed >= own.length) {
    return Promise.reject(invalidState('OfflineAudioContext.startRendering: all is rendered, or on its way'));
  }
  const frames = chunkFrames(context, chunkSize);
  const buffer = buffers.make(context.channelCount, frames, context.sampleRate);
  own.committed += frames;
  return new Promise((resolve, reject) => {
    own.chunks.push(new Chunk(frames, buffer, resolve, reject));
    if (own.phase !== PAUSED) setState(context, 'running');
    own.isStarted = true;
    pump(context);
  });
}

// The next job, if there is one and nothing is in its way.
function pump(context) {
  const { own } = context;
  const [chunk] = own.chunks;
  if (own.phase !== IDLE || chunk === undefined) return;
  setLive(context, true);
  const [suspension] = own.suspends;
  if (suspension !== undefined && suspension.frame === own.position) {
    pause(context);
    return;
  }
  const untilEnd = chunk.frames - chunk.done;
  startJob(context, chunk, Math.min(untilEnd, (suspension?.frame ?? Infinity) - own.position));
}

// Its callback holds nothing: a context that is suspended, or between two chunks, goes when nobody has it.
function openRenderer(context) {
  const reference = new WeakRef(context);
  context.own.renderer = renderer(() => jobDone(reference.deref()));
  if (context.own.renderer !== 0) renderers.register(context.own, context.own.renderer, context.own);
}

const renderers = new FinalizationRegistry((address) => {
  slots[0] = address;
  renderDestroy();
});

function startJob(context, chunk, frames) {
  const { own } = context;
  flush(context);
  if (own.renderer === 0) openRenderer(context);
  if (own.renderer === 0) {
    abandon(context, exception(15, 'OfflineAudioContext.startRendering: its thread did not start'));
    return;
  }
  slots[0] = context.pointer;
  calls.contextResume();
  check();
  const { low, high } = chunk.buffer.handle;
  slots[0] = own.renderer;
  slots[1] = context.pointer;
  slots[2] = low;
  slots[3] = high;
  slots[4] = chunk.done;
  slots[5] = frames;
  own.isWorkletJob = worklets.takesJobs(context);
  slots[6] = own.isWorkletJob ? 1 : 0;
  slots[7] = context.scripts === null ? 0 : context.quantum;
  renderStart();
  check();
  own.phase = RENDERING;
  if (own.isWorkletJob) worklets.job(context, own.renderer);
}

function jobDone(context) {
  const { own } = context;
  const { 1: frames } = slots;
  own.phase = IDLE;
  poll(context);
  if (own.closing !== null) {
    finishClose(context);
    return;
  }
  const [chunk] = own.chunks;
  own.position += frames;
  chunk.done += frames;
  if (chunk.done === chunk.frames) chunkDone(context, own.chunks.shift());
  if (!context.isClosed) pump(context);
}

function chunkDone(context, chunk) {
  const { own } = context;
  const isEnd = own.position === own.length;
  const renderedBuffer = buffers.wrap(chunk.buffer);
  if (isEnd) {
    context.isClosed = true;
    release(context);
    worklets.rest(context);
  } else if (own.chunks.length === 0) {
    setLive(context, false);
  }
  queueTask(() => {
    chunk.resolve(renderedBuffer);
    if (isEnd) setState(context, 'closed');
    queueTask(() => fire(context, () => new OfflineAudioCompletionEvent('complete', { renderedBuffer })));
  });
}

function release(context) {
  const { own } = context;
  giveBack(context);
  if (own.renderer !== 0) {
    renderers.unregister(own);
    slots[0] = own.renderer;
    renderDestroy();
    own.renderer = 0;
  }
}

// Nothing more can be rendered: whoever waits is told.
function abandon(context, error) {
  const { own } = context;
  context.isClosed = true;
  const { chunks, suspends } = own;
  own.chunks = [];
  own.suspends = [];
  release(context);
  for (const { buffer } of chunks) buffers.discard(buffer);
  queueTask(() => {
    for (const { reject } of chunks) reject(error);
    for (const { reject } of suspends) reject(invalidState('OfflineAudioContext.suspend: it was closed'));
    setState(context, 'closed');
  });
}

// -- suspend, resume, close ---------------------------------------------------------------------------------

function pause(context) {
  const { own } = context;
  const { resolve } = own.suspends.shift();
  own.phase = PAUSED;
  setLive(context, false);
  queueTask(() => {
    resolve();
    if (own.phase === PAUSED) setState(context, 'suspended');
  });
}

export function suspend(context, time) {
  const { own } = context;
  if (context.isClosed) return closed('suspend');
  const exact = time * context.sampleRate;
  const nearest = Math.round(exact);
  const frame = context.quantum * Math.ceil(
    (Math.abs(exact - nearest) < 1e-6 + nearest * 1e-15 ? nearest : exact) / context.quantum);
  const isOut = own.length !== null && frame >= own.length;
  const isTaken = own.suspends.some((each) => each.frame === frame);
  const isBehind = time < 0 || frame < own.position || (frame === own.position && own.phase !== IDLE);
  if (isOut || isTaken || isBehind || (own.phase === RENDERING && !cutJob(own, frame))) {
    return Promise.reject(invalidState(`OfflineAudioContext.suspend: ${time} s is frame ${frame}, which is ` +
      `${isOut ? 'not before the end' : isTaken ? 'taken' : 'not ahead'}`));
  }
  return new Promise((resolve, reject) => {
    own.suspends.push({ frame, resolve, reject });
    own.suspends.sort((a, b) => a.frame - b.frame);
  });
}

// The job that runs shall end there. False: it has got further.
function cutJob(own, frame) {
  slots[0] = own.renderer;
  slots[1] = frame - own.position;
  renderLimit();
  return slots[0] === 0;
}

export function resume(context) {
  const { own } = context;
  if (context.isClosed) return closed('resume');
  if (!own.isStarted) {
    return Promise.reject(invalidState('OfflineAudioContext.resume: rendering has not been started'));
  }
  return new Promise((resolve) => {
    queueTask(() => {
      resolve();
      if (context.state !== 'closed') setState(context, 'running'); // also when the end was reached meanwhile
    });
    if (own.phase === PAUSED) {
      own.phase = IDLE;
      pump(context);
    }
  });
}

export function close(context) {
  const { own } = context;
  if (context.isClosed) return closed('close');
  context.isClosed = true;
  worklets.leave(context);
  return new Promise((resolve) => {
    own.closing = resolve;
    if (own.phase === RENDERING) {
      slots[0] = own.renderer;
      renderCancel();
    } else {
      finishClose(context);
    }
  });
}

function finishClose(context) {
  const { closing } = context.own;
  abandon(context, new DOMException('OfflineAudioContext.startRendering: the context was closed',
    'AbortError'));
  queueTask(closing);
}
