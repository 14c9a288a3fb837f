// The engine interface over the wasm module, in a page: what does not depend on where the module, Workers and
// sound come from. docs/browser.md has the picture, docs/javascript.md the members.
//
// This is the control half: it alone takes memory, so it alone makes the memory grow. Views of what lies behind
// the old end are then made anew; those of the mailbox stay, for the beginning of the memory does not move.

import { importsOf, renderHalf } from '../worklet/half.mjs';

export { importsOf, renderHalf };

const PAGE_BYTES = 65536, OK = 0, ENCODING = 7;

// Calls that only read what arrays hold, so that nothing has to be copied back.
const READERS = new Set(['periodicWaveCreate']);

const decoder = new TextDecoder(), encoder = new TextEncoder();

// The least that a memory for the module may begin with is in the module; there is no way to ask for it.
export const INITIAL_PAGES = 16;

export function makeMemory(budgetBytes) {
  return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: Math.floor(budgetBytes / PAGE_BYTES),
    shared: true });
}

// makeWorker(done): a Worker that runs the jobs it is sent, and calls done after each:
//   { send(message), keepAlive(isBusy), end() }
// decodeAudio(bytes, rate): a promise of { sampleRate, channels: Float32Arrays }.
export function controlHalf({ module, instance, memory, limitBytes, queueTask, makeWorker, decodeAudio, setTimer }) {
  const { exports } = instance;
  if (exports.webOpen(limitBytes) === 0) {
    throw new RangeError(`wavepool: a budget of ${limitBytes} bytes is less than the module itself takes`);
  }
  const facts = new Uint32Array(memory.buffer, exports.webFacts(), 6);
  const [slotsAt, slotCount, textAt, textBytes, scratchAt, scratchBytes] = facts;
  const slots = new Float64Array(memory.buffer, slotsAt, slotCount);
  const text = new Uint8Array(memory.buffer, textAt, textBytes);
  const localBytes = exports.__tls_size.value;

  // -- memory -------------------------------------------------------------------------------------------------

  let { buffer } = memory;
  const floats = (at, count) => {
    if (at + 4 * count > buffer.byteLength) ({ buffer } = memory);
    return new Float32Array(buffer, at, count);
  };
  const bytesAt = (at, count) => {
    if (at + count > buffer.byteLength) ({ buffer } = memory);
    return new Uint8Array(buffer, at, count);
  };
  const bytesOf = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

  function cString(at) {
    const all = bytesAt(at, 64);
    return decoder.decode(all.slice(0, all.indexOf(0)));
  }

  function setText(string) {
    const bytes = encoder.encode(string);
    if (bytes.length >= textBytes) return -1;
    text.set(bytes);
    text[bytes.length] = 0;
    return bytes.length;
  }

  function getText() {
    return decoder.decode(text.slice(0, text.indexOf(0)));
  }

  // "backend\0device\0", as setText has put it there.
  function texts() {
    const first = text.indexOf(0);
    return [text.slice(0, first), text.slice(first + 1, text.indexOf(0, first + 1))].map(
      (each) => decoder.decode(each));
  }

  // -- arrays on their way --------------------------------------------------------------------------------------

  // Those of the next call. When it is made they are put into the scratch area, or where that is too small into a
  // block of their own, and what the call has written comes back. Until then a number that is no address stands for
  // each; where it has been overwritten, the array belongs to a call that was not made.
  const pointed = [], blocks = [];
  let scratchUsed = 0, lastToken = -1e9;

  function point(array, slot) {
    lastToken -= 1;
    pointed.push({ array, slot, token: lastToken, at: 0 });
    slots[slot] = lastToken;
    slots[slot + 1] = array.length;
  }

  function dropForgotten() {
    let kept = 0;
    for (const entry of pointed) {
      if (slots[entry.slot] === entry.token) pointed[kept++] = entry;
    }
    pointed.length = kept;
  }

  function takeBlock(bytes) {
    const kept = slots.slice(0, 2);
    slots[0] = engine();
    slots[1] = bytes;
    exports.webTake();
    const { 0: status, 1: at } = slots;
    slots.set(kept);
    if (status !== OK) {
      raw.errorMessage();
      bringBack(false);
      throw new DOMException(getText(), 'QuotaExceededError');
    }
    blocks.push({ at, bytes });
    return at;
  }

  function place(entry) {
    const bytes = Math.max(8, Math.ceil(entry.array.byteLength / 8) * 8);
    if (scratchUsed + bytes <= scratchBytes) {
      entry.at = scratchAt + scratchUsed;
      scratchUsed += bytes;
    } else {
      entry.at = takeBlock(bytes);
    }
    bytesAt(entry.at, entry.array.byteLength).set(bytesOf(entry.array));
    slots[entry.slot] = entry.at;
  }

  function bringBack(isWritten) {
    if (isWritten) {
      for (const { array, at } of pointed) bytesOf(array).set(bytesAt(at, array.byteLength));
    }
    const kept = blocks.length > 0 ? slots.slice(0, 3) : null;
    for (const { at, bytes } of blocks) {
      slots[0] = engine();
      slots[1] = bytes;
      slots[2] = at;
      exports.webGive();
    }
    if (kept !== null) slots.set(kept);
    pointed.length = blocks.length = scratchUsed = 0;
  }

  const raw = {}, calls = {};
  const table = exports.__indirect_function_table;
  for (let index = 0; exports.webCallName(index) !== 0; index++) {
    const name = cString(exports.webCallName(index));
    const call = table.get(exports.webCallIndex(index));
    const isReader = READERS.has(name);
    raw[name] = () => call(slotsAt);
    calls[name] = () => {
      if (pointed.length > 0) {
        dropForgotten();
        pointed.forEach(place);
        call(slotsAt);
        bringBack(!isReader);
      } else {
        call(slotsAt);
      }
    };
  }

  // -- engine ---------------------------------------------------------------------------------------------------

  let engineAt = 0;
  function engine() {
    if (engineAt === 0) {
      slots[0] = exports.webRoom();
      slots[1] = 0;
      calls.engineCreate();
      if (slots[0] !== OK) throw new Error('wavepool: there is no memory for the audio engine');
      engineAt = slots[1];
    }
    return engineAt;
  }

  // -- buffers: getChannelData is an ordinary array, as web APIs refuse shared memory ----------------------------

  // By ArrayBuffer, what it stands for; by buffer and channel, the array that is newer than the engine's. Not by
  // address: a view may live longer than its buffer, and another one comes to lie there.
  const viewed = new WeakMap();
  const views = new Map();
  const keyOf = (low, high, channel) => `${high}:${low}:${channel}`;
  const dropped = new FinalizationRegistry((key) => {
    if (views.get(key)?.deref() === undefined) views.delete(key);
  });

  // { at, frames } of a channel; null: a bad handle, and the status is in the mailbox.
  function planeOf(low, high, channel) {
    slots[0] = engine();
    slots[1] = low;
    slots[2] = high;
    raw.bufferInfo();
    const { 0: status, 2: frames } = slots;
    if (status !== OK) return null;
    slots[0] = engine();
    slots[1] = low;
    slots[2] = high;
    slots[3] = channel;
    raw.bufferPlane();
    return slots[0] === OK ? { at: slots[1], frames, key: keyOf(low, high, channel) } : null;
  }

  function view(low, high, channel) {
    const plane = planeOf(low, high, channel);
    if (plane === null) return undefined;
    const { at, frames, key } = plane;
    const made = new Float32Array(floats(at, frames));
    viewed.set(made.buffer, { at, made, key });
    views.set(key, new WeakRef(made));
    dropped.register(made, key);
    slots[1] = 0; // nothing keeps the engine's memory for it: viewGiveUp
    return made;
  }

  // What a view holds goes to the engine, which reads it.
  function store(arrayBuffer) {
    const known = viewed.get(arrayBuffer);
    if (known !== undefined && known.made.length > 0) floats(known.at, known.made.length).set(known.made);
  }

  // The same, and the view is empty from now on.
  function detach(arrayBuffer) {
    store(arrayBuffer);
    views.delete(viewed.get(arrayBuffer)?.key);
    structuredClone(arrayBuffer, { transfer: [arrayBuffer] });
  }

  // A channel as it is now: the view that users write to, or the engine's own frames.
  function framesOf({ at, frames, key }) {
    const newer = views.get(key)?.deref();
    return newer !== undefined && newer.length > 0 ? newer : floats(at, frames);
  }

  // The array goes straight to where it belongs, or comes from there; without one, both ends are the engine's.
  function copyBetween(call, copy) {
    return () => {
      dropForgotten();
      if (pointed.length === 0) {
        call();
        return;
      }
      const [{ array }] = pointed;
      const { 1: low, 2: high, 5: channel, 6: offset } = slots;
      pointed.length = 0;
      const plane = planeOf(low, high, channel);
      if (plane === null) return;
      const count = Math.max(0, Math.min(array.length, plane.frames - offset));
      if (count > 0) copy(array.subarray(0, count), framesOf(plane), offset);
      slots[0] = OK;
    };
  }

  calls.bufferCopyFromChannel = copyBetween(raw.bufferCopyFromChannel,
    (array, frames, offset) => array.set(frames.subarray(offset, offset + array.length)));
  calls.bufferCopyToChannel = copyBetween(raw.bufferCopyToChannel,
    (array, frames, offset) => frames.set(array, offset));

  // -- life -----------------------------------------------------------------------------------------------------

  const contexts = new Set();
  const { contextCreate, contextDestroy } = calls;
  calls.contextCreate = () => {
    contextCreate();
    if (slots[0] === OK) contexts.add(slots[1]);
  };
  calls.contextDestroy = () => {
    const { 0: context } = slots;
    contextDestroy();
    if (slots[0] === OK) contexts.delete(context);
  };

  const cohorts = new FinalizationRegistry(({ at, context }) => {
    slots[0] = engine();
    slots[1] = at;
    slots[2] = contexts.has(context) ? 1 : 0;
    exports.webCohortEnd();
  });

  function cohort() {
    const { 0: context } = slots;
    exports.webCohortOpen();
    const shared = {};
    if (slots[0] === OK) cohorts.register(shared, { at: slots[1], context });
    return shared;
  }

  // -- HRTF -----------------------------------------------------------------------------------------------------

  // From the table of hrtf.bin; see src/platform/wasm/hrtf_table.h. Throws what the engine says.
  function loadHrtf(table, rate) {
    const at = takeBlock(Math.ceil(table.byteLength / 8) * 8);
    bytesAt(at, table.byteLength).set(table);
    slots[0] = engine();
    slots[1] = at;
    slots[2] = table.byteLength;
    slots[3] = rate;
    exports.webHrtfLoad();
    const { 0: status } = slots;
    raw.errorMessage();
    bringBack(false);
    if (status !== OK) throw new DOMException(getText(), status === ENCODING ? 'EncodingError' : 'QuotaExceededError');
  }

  // -- threads --------------------------------------------------------------------------------------------------

  // The stack of a render half: { block, top, local }; null: no memory, and the status is in the mailbox.
  function openThread() {
    slots[0] = engine();
    slots[1] = localBytes;
    exports.webThreadOpen();
    if (slots[0] !== OK) return null;
    const { 1: block, 2: top, 3: local } = slots;
    return { block, top, local };
  }

  function closeThread({ block }) {
    slots[0] = engine();
    slots[1] = block;
    slots[2] = localBytes;
    exports.webThreadClose();
  }

  // -- offline renderers: a Worker with one job at a time; a few of them wait for the next context ---------------

  const IDLE_MAX = 2;
  const idle = [], renderers = new Map();

  function openWorker() {
    const thread = openThread();
    if (thread === null) return null;
    const opened = { thread, done: null, worker: null };
    opened.worker = makeWorker(() => opened.done());
    opened.worker.send({ memory, module, thread });
    return opened;
  }

  function renderer(done) {
    slots[0] = engine();
    exports.webJobOpen();
    const { 0: status, 1: job } = slots;
    if (status !== OK) return 0;
    const used = idle.pop() ?? openWorker();
    if (used === null) {
      closeJob(job);
      return 0;
    }
    used.done = () => {
      used.worker.keepAlive(false);
      slots[0] = engine();
      slots[1] = job;
      exports.webJobEnd();
      done();
    };
    renderers.set(job, used);
    return job;
  }

  function closeJob(job) {
    slots[0] = engine();
    slots[1] = job;
    exports.webJobClose();
  }

  function renderStart() {
    const { worker } = renderers.get(slots[0]);
    const { 0: job } = slots;
    exports.webJobStart();
    if (slots[0] !== OK) return;
    worker.keepAlive(true);
    worker.send({ job });
  }

  // Without a job: nothing runs on its stack.
  function renderDestroy() {
    const { 0: job } = slots;
    const used = renderers.get(job);
    renderers.delete(job);
    closeJob(job);
    if (idle.length < IDLE_MAX) {
      idle.push(used);
    } else {
      used.worker.end();
      closeThread(used.thread);
    }
  }

  // -- news -----------------------------------------------------------------------------------------------------

  const watched = new Map();
  let news = null, stopTimer = null;

  function look() {
    let isAny = false;
    for (const [context, seen] of watched) {
      const now = exports.webActivity(context);
      isAny ||= now !== seen;
      watched.set(context, now);
    }
    if (isAny) news();
  }

  function watchAdd() {
    watched.set(slots[0], 0);
    stopTimer ??= setTimer(look);
    slots[0] = OK;
  }

  function watchDrop() {
    watched.delete(slots[0]);
    if (watched.size === 0 && stopTimer !== null) {
      stopTimer();
      stopTimer = null;
    }
  }

  // -- decoding -------------------------------------------------------------------------------------------------

  function adoptDecoded({ sampleRate, channels }) {
    slots[0] = engine();
    slots[1] = channels.length;
    slots[2] = channels[0].length;
    slots[3] = sampleRate;
    calls.bufferCreate();
    const { 0: status, 1: low, 2: high } = slots;
    if (status !== OK) return { status, low, high };
    channels.forEach((each, channel) => floats(planeOf(low, high, channel).at, each.length).set(each));
    return { status, low, high };
  }

  function decode(bytes, rate, done) {
    decodeAudio(bytes, rate).then((decoded) => {
      const { status, low, high } = adoptDecoded(decoded);
      if (status !== OK) calls.errorMessage();
      done(status, status !== OK ? getText() : '', low, high);
    }, (error) => done(ENCODING, error.message, 0, 0));
  }

  return {
    slots, calls, setText, getText, point, view, detach, engine, cohort, renderer, renderStart, renderDestroy,
    renderLimit: exports.webJobLimit,
    renderCancel: exports.webJobCancel,
    decode, queueTask, watchAdd, watchDrop,
    watch(callback) {
      news = callback;
    },
    store,
    viewGiveUp() {},
    devices: () => [],
    keepAlive() {}, // a page goes on by itself
    external() {}, // and its collector is not told of memory that is not its own
    // What the hosts need beside the interface.
    exports, raw, texts, loadHrtf, forget: (context) => contexts.delete(context), openThread, closeThread, floats, bytesAt,
  };
}
