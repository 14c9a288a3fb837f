// A render half in a Worker that pulls as an AudioWorklet does, until it is told to end.
import { parentPort, workerData } from 'node:worker_threads';
import { renderHalf } from '../../src/host/wasm.mjs';

const { module, memory, thread, pull, frames, flags, rate } = workerData;
const half = renderHalf(module, memory, thread, () => performance.now());
for (let frame = 0; Atomics.load(flags, 0) === 0; frame += frames) {
  half.webPull(pull, frames, frame / rate);
  Atomics.add(flags, 1, 1);
  Atomics.wait(flags, 0, 0, 0.2);
}
parentPort.postMessage('ended');
