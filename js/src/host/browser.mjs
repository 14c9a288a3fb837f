// The engine interface in a page: wavepool.wasm, Workers that render offline, and for each context in real time an
// AudioContext of the browser's, whose AudioWorklet pulls the engine. docs/browser.md
//
// globalThis.wavepoolOptions, before the package is loaded: { budgetBytes, moduleUrl }.
import { controlHalf, importsOf, makeMemory } from './wasm.mjs';

const { budgetBytes = 100e6, moduleUrl = new URL('../../build/wavepool.wasm', import.meta.url) } =
  globalThis.wavepoolOptions ?? {};
const HINTS = ['interactive', 'balanced', 'playback']; // the engine's 0, -1, -2
const PAGE_BYTES = 65536, LOOK_MS = 8, OK = 0, REALTIME = 2, EMBEDDED = 3, QUANTUM = 128, CHANNELS = 2;
const { AudioContext: NativeContext, AudioWorkletNode: NativeNode,
  OfflineAudioContext: NativeOffline } = globalThis; // a polyfill may put ours in their place later

if (!globalThis.crossOriginIsolated) {
  throw new Error('wavepool: this page cannot share memory with its audio thread; it must be served with the ' +
    'headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp');
}

const module = await WebAssembly.compileStreaming(fetch(moduleUrl));
const memory = makeMemory(budgetBytes);
const instance = await WebAssembly.instantiate(module,
  importsOf(memory, () => performance.timeOrigin + performance.now()));

// -- the browser's part -------------------------------------------------------------------------------------

const tasks = [];
const channel = new MessageChannel();
channel.port1.onmessage = () => tasks.shift()();
export function queueTask(task) {
  tasks.push(task);
  channel.port2.postMessage(null);
}

function makeWorker(done) {
  const worker = new Worker(new URL('../worklet/renderer.mjs', import.meta.url), { type: 'module' });
  worker.onmessage = done;
  return { send: (message) => worker.postMessage(message), keepAlive() {}, end: () => worker.terminate() };
}

async function decodeAudio(bytes, rate) {
  const decoded = await new NativeOffline(1, 1, rate).decodeAudioData(bytes.slice().buffer);
  return { sampleRate: decoded.sampleRate,
    channels: Array.from({ length: decoded.numberOfChannels }, (_, index) => decoded.getChannelData(index)) };
}

function setTimer(look) {
  const timer = setInterval(look, LOOK_MS);
  return () => clearInterval(timer);
}

const half = controlHalf({ module, instance, memory, queueTask, makeWorker, decodeAudio, setTimer,
  limitBytes: Math.floor(budgetBytes / PAGE_BYTES) * PAGE_BYTES });

export * from './absent.mjs';
export const { slots, calls, setText, getText, point, view, detach, engine, cohort, renderer, renderStart,
  renderLimit, renderCancel, renderDestroy, decode, devices, store, viewGiveUp, watch, watchAdd, watchDrop, keepAlive, external } = half;
export const performanceTime = (ms) => ms; // contextClock below answers in it

// -- contexts in real time ----------------------------------------------------------------------------------

const { exports, raw } = half;
const processorUrl = new URL('../worklet/pull.mjs', import.meta.url);
const sounding = new Map(); // by the engine's context

function nativeOptions() {
  const { 2: sampleRate, 6: latency } = slots;
  const [backend, device] = half.texts();
  const sinkId = ['none', 'null'].includes(backend) ? { type: 'none' } : device;
  return { latencyHint: HINTS[-latency] ?? latency, ...sampleRate > 0 && { sampleRate },
    ...sinkId !== '' && { sinkId } };
}

// The worklet's script is loaded meanwhile; until then nobody pulls.
async function connect(made, thread, outputs) {
  await made.native.audioWorklet.addModule(processorUrl);
  if (made.isGone) return;
  made.node = new NativeNode(made.native, 'wavepool', { numberOfInputs: 0, outputChannelCount: [CHANNELS],
    processorOptions: { module, memory, thread, pull: made.pull, outputs, channels: CHANNELS, frames: QUANTUM } });
  made.node.connect(made.native.destination);
}

function openPull(context) {
  const thread = half.openThread();
  if (thread === null) return null;
  slots[0] = context;
  slots[1] = CHANNELS;
  slots[2] = 0;
  slots[3] = QUANTUM;
  exports.webPullOpen();
  if (slots[0] === OK) return { thread, pull: slots[1], outputs: slots[2] };
  half.closeThread(thread);
  return null;
}

// The browser's context comes first: it knows the rate. What the engine refuses, it refuses as a whole.
function createSounding(create) {
  const native = new NativeContext(nativeOptions());
  slots[1] = EMBEDDED;
  slots[2] = native.sampleRate;
  slots[4] ||= QUANTUM;
  slots[6] = 0;
  create();
  if (slots[0] !== OK) {
    native.close();
    return;
  }
  const answer = slots.slice(0, 10);
  const opened = openPull(answer[1]);
  if (opened === null) {
    const { 0: status } = slots;
    slots[0] = answer[1];
    calls.contextDestroy();
    slots[0] = status;
    native.close();
    return;
  }
  const made = { native, context: answer[1], pull: opened.pull, thread: opened.thread, node: null, isGone: false };
  made.ready = connect(made, opened.thread, opened.outputs);
  made.ready.catch((error) => reportError(error));
  sounding.set(made.context, made);
  slots.set(answer);
}

const { contextCreate, contextResume, contextSuspend, contextClose, contextDestroy, contextClock } = calls;

calls.contextCreate = () => {
  const isRecording = slots[5] > 0; // is refused by the engine, which has no devices here
  if (slots[1] === REALTIME && !isRecording) {
    createSounding(contextCreate);
  } else {
    contextCreate();
  }
};

calls.contextResume = () => {
  const made = sounding.get(slots[0]);
  contextResume();
  if (slots[0] === OK) made?.native.resume().catch(() => {}); // closed meanwhile
};

// Once the browser's context is suspended no callback is inside and none comes: control itself pulls the quantum
// in which the render side gives the context back.
calls.contextSuspend = () => {
  const made = sounding.get(slots[0]);
  contextSuspend();
  if (slots[0] !== OK || made === undefined) return;
  made.native.suspend().then(() => {
    if (!made.isGone) exports.webPull(made.pull, QUANTUM, 0);
  }, () => {});
};

calls.contextClose = () => {
  if (sounding.has(slots[0])) {
    slots[0] = OK; // contextDestroy, which comes next, waits until nobody is inside
  } else {
    contextClose();
  }
};

function finish(made) {
  if (exports.webPullShut(made.pull) === 0) {
    setTimeout(finish, 1, made);
    return;
  }
  slots[0] = made.context;
  raw.contextDestroy();
  slots[0] = engine();
  slots[1] = made.pull;
  exports.webPullClose();
}

calls.contextDestroy = () => {
  const made = sounding.get(slots[0]);
  if (made === undefined) {
    contextDestroy();
    return;
  }
  sounding.delete(made.context);
  made.isGone = true;
  half.forget(made.context);
  made.native.close().finally(() => finish(made)).then(() => half.closeThread(made.thread));
  slots[0] = OK;
};

// The engine's stamp is the browser's context time of a callback; when that is heard, the browser says.
calls.contextClock = () => {
  const made = sounding.get(slots[0]);
  contextClock();
  if (made === undefined) return;
  const { contextTime, performanceTime: ms } = made.native.getOutputTimestamp();
  slots[3] += made.native.baseLatency;
  slots[4] = made.native.outputLatency ?? 0;
  if (slots[5] > 0 || slots[6] > 0) slots[6] += ms - 1e3 * contextTime;
};

// -- HRTF: the table of responses is fetched once, and made into a set for each rate ---------------------------

let table = null;
// Resolves when panners may have panningModel 'HRTF' at that rate.
export async function loadHrtf(rate, url = new URL('../../build/hrtf.bin', import.meta.url)) {
  table ??= new Uint8Array(await (await fetch(url)).arrayBuffer());
  half.loadHrtf(table, rate);
}
