// The module's scenes beside the native engine's: levels of sound and of the difference, in dB.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { controlHalf, importsOf, makeMemory } from '../../src/host/wasm.mjs';

const place = (path) => new URL(`../../../${path}`, import.meta.url);
export const paths = {
  module: process.env.WAVEPOOL_WASM ?? place('build-wasm/js/web/wavepool.wasm'),
  scenes: process.env.WAVEPOOL_WASM_SCENES ?? place('build-wasm/js/web/scenes.wasm'),
  native: process.env.WAVEPOOL_NATIVE_SCENES ?? place('build/tests/wasm/wasm_scenes').pathname,
  hrtf: process.env.WAVEPOOL_HRTF ?? place('build/js/hrtf.bin'),
};

export function openModule(path, budgetBytes = 100e6) {
  const module = new WebAssembly.Module(readFileSync(path));
  const memory = makeMemory(budgetBytes);
  const nowMs = () => performance.now();
  const instance = new WebAssembly.Instance(module, importsOf(memory, nowMs));
  const half = controlHalf({ module, instance, memory, limitBytes: Math.floor(budgetBytes / 65536) * 65536,
    queueTask: setImmediate });
  return { module, memory, half, exports: instance.exports };
}

const nameAt = ({ half }, at) => {
  const bytes = half.bytesAt(at, 64);
  return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
};

export function renderScenes(opened) {
  const { exports, half } = opened;
  const scenes = [];
  for (let index = 0; exports.sceneName(index) !== 0; index++) {
    const status = exports.sceneRender(half.engine(), index);
    half.calls.errorMessage();
    const frames = half.floats(exports.scenePlanes(), exports.sceneFloats()).slice();
    scenes.push({ name: nameAt(opened, exports.sceneName(index)), status, message: half.getText(), frames });
  }
  return scenes;
}

export function nativeScenes(floats) {
  const bytes = execFileSync(paths.native, { maxBuffer: 1 << 28, encoding: 'buffer' });
  const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  return Array.from({ length: all.length / floats }, (_, index) => all.subarray(index * floats,
    (index + 1) * floats));
}

const decibels = (sum) => 10 * Math.log10(sum);

// { level, difference, peak }: dB; the difference is below the level by so much as the two engines agree.
export function compare(got, wanted) {
  let signal = 0, error = 0, peak = 0;
  got.forEach((value, index) => {
    const by = value - wanted[index];
    signal += wanted[index] ** 2;
    error += Number.isFinite(by) ? by ** 2 : value === wanted[index] ? 0 : Infinity;
    peak = Math.max(peak, Math.abs(by));
  });
  return { level: decibels(signal / got.length), below: decibels(error) - decibels(signal), peak };
}
