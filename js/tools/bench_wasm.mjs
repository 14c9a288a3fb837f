// What a voice costs in the module, beside the native engine, by CPU time, in turn:
//   node tools/bench_wasm.mjs [VOICES [QUANTA]]
import { execFileSync } from 'node:child_process';
import { openModule, paths } from '../test/wasm/compare.mjs';

const [voices = 500, quanta = 50] = process.argv.slice(2).map(Number);
const TURNS = 5, BLOCKS = 9, QUANTUM_NS = 128 / 48000 * 1e9;

const cpuNs = () => {
  const { user, system } = process.cpuUsage();
  return 1e3 * (user + system);
};

function timeModule({ half, exports }, count) {
  const context = exports.voicesOpen(half.engine(), count);
  if (context === 0) throw new Error('the voices do not fit');
  let best = Infinity;
  for (let block = 0; block <= BLOCKS; block++) {
    const begin = cpuNs();
    exports.voicesRender(context, quanta);
    if (block > 0) best = Math.min(best, (cpuNs() - begin) / quanta);
  }
  exports.voicesClose(context);
  return best;
}

const timeNative = (count) => Number(execFileSync(paths.native, [count, quanta], { encoding: 'utf8' }));

const opened = openModule(paths.scenes);
const best = { module: [Infinity, Infinity], native: [Infinity, Infinity] };
for (let turn = 0; turn < TURNS; turn++) {
  [0, voices].forEach((count, index) => {
    best.module[index] = Math.min(best.module[index], timeModule(opened, count));
    best.native[index] = Math.min(best.native[index], timeNative(count));
  });
}
for (const [name, [empty, full]] of Object.entries(best)) {
  const voice = (full - empty) / voices;
  console.log(`${name}: ${voice.toFixed(0)} ns for a voice and quantum, ` +
    `${Math.floor((QUANTUM_NS - empty) / voice)} voices at real time, ${(empty / 1e3).toFixed(1)} us empty`);
}
