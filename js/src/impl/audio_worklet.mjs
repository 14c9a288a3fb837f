// AudioWorklet: the scope of a context's processors. It is a Worker, which renders the whole context, so that
// every node keeps its place: directly when offline, ahead of the device in real time. It is started by the
// first addModule, and takes over rendering with the first AudioWorkletNode.
import { calls, external, queueTask, slots, worklet as openWorklet, workletDrop } from '#host';
import { Thread, blobText, channel, moduleUrl } from '#worklet';
import { AudioWorklet } from '../generated/interfaces.mjs';
import { check, invalidState } from '../errors.mjs';
import { TOKEN } from './brands.mjs';
import { fireError } from './events.mjs';
import { processorFailed, processorFlag } from './audio_worklet_node.mjs';

// In real time: what the thread may be late by, on top of what the device's callback takes: what the latency
// hint asks for, within these.
const LEAD_S_MIN = 0.01, LEAD_S_MAX = 0.1;
const NAMED_LEADS_S = [0, 0.025, 0.1]; // of the engine's words, which are negative: balanced, playback

const THREAD_BYTES = 8000000; // about what a Worker takes: the collector shall know

export class WorkletState {
  constructor(context) {
    this.context = context;
    this.wrapper = null;
    this.pointer = 0; // of the addon's worklet, while there is a thread
    this.thread = null;
    this.port = null; // AudioWorklet.port
    this.farPort = null; // AudioWorkletGlobalScope.port, until the thread has it
    this.descriptors = new Map(); // of params, by name of the processor
    this.modules = new Map(); // promises that wait, by number
    this.lastModule = 0;
    this.nodes = new Map(); // by the processor's number: { reference, held }
    this.listening = new Set(); // ports that somebody listens to, those of nodes that are gone too
    this.isAtRest = false; // nobody's listening keeps the event loop alive
    this.isAhead = false;
  }
}

export function make(context) {
  const w = context.worklet = new WorkletState(context);
  w.wrapper = new AudioWorklet(TOKEN, w);
  return w;
}

function openPort(w) {
  if (w.port === null) [w.port, w.farPort] = channel(w);
}

export function port(w) {
  openPort(w);
  return w.port;
}

// -- the thread ---------------------------------------------------------------------------------------------

// One that nobody can reach any more ends. Its callbacks hold it weakly.
const threads = new FinalizationRegistry((thread) => {
  void thread.end();
});

function start(w) {
  const { context } = w;
  if (context.pointer === 0) throw invalidState('AudioWorklet.addModule: the context is closed');
  slots[0] = context.pointer;
  openWorklet();
  check();
  const { 1: pointer } = slots;
  w.pointer = pointer;
  openPort(w);
  const reference = new WeakRef(w);
  const { quantum, sampleRate } = context;
  w.thread = new Thread({ pointer, quantum, sampleRate, port: w.farPort }, [w.farPort],
    (message) => receive(reference.deref(), message), (failure) => {
      external(-THREAD_BYTES);
      slots[0] = pointer;
      workletDrop();
      ended(reference.deref(), failure);
    });
  external(THREAD_BYTES);
  threads.register(w, w.thread, w);
  w.farPort = null;
  context.own.giveWay?.();
}

function receive(w, message) {
  if (w === undefined) return;
  if (message.type === 'registered') w.descriptors.set(message.name, message.descriptors);
  if (message.type === 'module') moduleDone(w, message.number, message.failure);
  if (message.type === 'flag') processorFlag(w, message.id, message.isActive);
  if (message.type === 'failed') processorFailed(w, message.id, message.failure);
  if (message.type === 'gone') for (const id of message.ids) w.nodes.delete(id);
}

// Told in a task, also when the thread was asked to end. What it rendered goes on without it.
function ended(w, failure) {
  if (w === undefined || w.thread === null) return;
  const { context, modules, nodes } = w;
  threads.unregister(w);
  w.thread = null;
  w.pointer = 0;
  w.modules = new Map();
  asked.delete(w);
  for (const { reject } of modules.values()) reject(ending(failure));
  context.own.workletEnded?.();
  if (context.isClosed) return;
  for (const id of nodes.keys()) processorFailed(w, id, { message: ending(failure).message, error: null });
  if (w.isAhead) {
    slots[0] = context.pointer;
    calls.contextAheadEnd();
    w.isAhead = false;
    fireError(context);
  }
}

const ending = (failure) => new DOMException(
  `AudioWorklet: its thread has ended${failure === undefined ? '' : `: ${failure.message}`}`, 'AbortError');

// The context closes: nothing renders it afterwards.
export function leave(context, then = () => {}) {
  const thread = context.worklet?.thread;
  if (thread === null || thread === undefined) then();
  else void thread.end().then(() => queueTask(then));
}

// All is rendered. The thread is still there for who asks it something, until the context is dropped;
// listeners alone keep neither the thread nor the event loop any more.
export function rest({ worklet: w }) {
  if (w === null) return;
  w.isAtRest = true;
  for (const each of [...w.listening]) each.unref();
}

// -- addModule ----------------------------------------------------------------------------------------------

const asked = new Set(); // held while somebody waits for modules

function moduleDone(w, number, failure) {
  const waiting = w.modules.get(number);
  if (waiting === undefined) return;
  w.modules.delete(number);
  if (w.modules.size === 0) {
    asked.delete(w);
    w.thread.keep(false);
  }
  if (failure === undefined) waiting.resolve();
  else waiting.reject(failure.error ?? new DOMException(failure.message, failure.name));
}

function request(w, message) {
  return new Promise((resolve, reject) => {
    if (w.thread === null) {
      if (w.context.isClosed) throw invalidState('AudioWorklet.addModule: the context is closed');
      start(w);
    }
    const number = ++w.lastModule;
    w.modules.set(number, { resolve, reject });
    asked.add(w);
    w.thread.keep(true);
    w.thread.post({ type: 'module', number, ...message });
  });
}

function urlOf(text) {
  try {
    return moduleUrl(text);
  } catch {
    throw new DOMException(`AudioWorklet.addModule: '${text}' is no URL`, 'SyntaxError');
  }
}

// options.credentials says something of requests over a network, of which there are none.
export async function addModule(w, moduleURL) {
  const url = urlOf(moduleURL);
  if (!url.startsWith('blob:')) return request(w, { url });
  let text;
  try {
    text = await blobText(url);
  } catch (cause) {
    throw new DOMException(`AudioWorklet.addModule: ${cause.message}`, 'AbortError');
  }
  return request(w, { url, text });
}

// -- who renders --------------------------------------------------------------------------------------------

function leadOf({ own: { latencyHint } }) {
  const seconds = latencyHint < 0 ? NAMED_LEADS_S[-latencyHint] : latencyHint;
  return Math.min(Math.max(seconds, LEAD_S_MIN), LEAD_S_MAX);
}

// The context has its first processor.
export function takeOver(w) {
  const { context } = w;
  if (context.isOffline || w.isAhead || w.thread === null) return;
  slots[0] = context.pointer;
  slots[1] = leadOf(context);
  calls.contextAheadBegin();
  check();
  w.isAhead = true;
  slots[0] = context.pointer;
  calls.contextClock();
  context.own.baseLatency = slots[3];
  if (context.isLive) run(context, true);
}

// In real time: the context has been resumed, or suspended.
export function run(context, isRunning) {
  const w = context.worklet;
  if (w === null || !w.isAhead) return;
  slots[0] = context.pointer;
  calls.contextClock();
  w.thread.post({ type: isRunning ? 'run' : 'stop', leadMs: 1000 * leadOf(context), frame: slots[2] });
}

// Offline: whether the thread renders the next job, else the renderer's own one does.
export const takesJobs = (context) => context.worklet !== null && context.worklet.thread !== null;

export function job(context, renderer) {
  context.worklet.thread.post({ type: 'job', renderer, frame: context.own.position });
}
