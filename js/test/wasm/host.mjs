// The engine interface over wavepool.wasm, in Node: what browser.mjs is in a page, without sound. Tests put it in
// the place of the addon (register.mjs).
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { controlHalf, importsOf, makeMemory } from '../../src/host/wasm.mjs';

const LOOK_MS = 4;
export const budgetBytes = Number(process.env.WAVEPOOL_WASM_BUDGET ?? 100e6);
export const module = new WebAssembly.Module(readFileSync(process.env.WAVEPOOL_WASM ??
  new URL('../../../build-wasm/js/web/wavepool.wasm', import.meta.url)));
export const memory = makeMemory(budgetBytes);
export const nowMs = () => performance.timeOrigin + performance.now();
const instance = new WebAssembly.Instance(module, importsOf(memory, nowMs));

function makeWorker(done) {
  const worker = new Worker(new URL('./worker.mjs', import.meta.url));
  worker.on('message', done);
  worker.on('error', (error) => {
    throw error;
  });
  worker.unref();
  return {
    send: (message) => worker.postMessage(message),
    keepAlive: (isBusy) => isBusy ? worker.ref() : worker.unref(),
    end: () => worker.terminate(),
  };
}

export const half = controlHalf({ module, instance, memory,
  limitBytes: Math.floor(budgetBytes / 65536) * 65536,
  queueTask: setImmediate, makeWorker,
  decodeAudio: () => Promise.reject(new Error('decodeAudioData: there is no browser here that decodes')),
  setTimer(look) {
    const timer = setInterval(look, LOOK_MS);
    timer.unref();
    return () => clearInterval(timer);
  } });

export * from '../../src/host/absent.mjs';
export const { slots, calls, setText, getText, point, view, detach, engine, cohort, renderer, renderStart,
  renderLimit, renderCancel, renderDestroy, decode, devices, store, viewGiveUp, queueTask, watch, watchAdd, watchDrop, keepAlive,
  external } = half;
export const performanceTime = (ms) => ms - performance.timeOrigin;
