// Goal: wavepool.wasm is the native engine, in the memory that it is given, and asks for nothing else.
// Method: what the module imports and exports; the native engine's sound beside its own, for every type of node;
// its own ledger, budget and stacks while a render half plays in a Worker on the same memory.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { it } from 'node:test';
import { compare, nativeScenes, openModule, paths, renderScenes } from './compare.mjs';

const MODULE_BYTES_MAX = 340000;
const LEFT_OUT = ['media_source', 'recorder']; // they need files

it('imports a memory and a clock, and is small', () => {
  const module = new WebAssembly.Module(readFileSync(paths.module));
  assert.deepEqual(WebAssembly.Module.imports(module).map((each) => `${each.module}.${each.name}`).sort(),
    ['env.memory', 'wavepool.nowMs']);
  const names = WebAssembly.Module.exports(module).map((each) => each.name);
  for (const name of ['webOpen', 'webFacts', 'webPull', 'webJobRun', '__stack_pointer', '__wasm_init_tls']) {
    assert.ok(names.includes(name), name);
  }
  assert.ok(statSync(paths.module).size < MODULE_BYTES_MAX, `${statSync(paths.module).size} bytes`);
});

// The same sources, without contraction of products and sums: the same bits. Should a libm ever differ, -100 dB
// is what the kernels' own tests ask for.
it('sounds as the native engine does, with every type of node', () => {
  const opened = openModule(paths.scenes);
  assert.throws(() => opened.half.loadHrtf(new Uint8Array(1000), 48000), { name: 'EncodingError' });
  opened.half.loadHrtf(readFileSync(paths.hrtf), 48000);
  const wanted = nativeScenes(opened.exports.sceneFloats());
  const scenes = renderScenes(opened);
  assert.equal(scenes.length, wanted.length);
  scenes.forEach(({ name, status, message, frames }, index) => {
    assert.equal(status, 0, `${name}: ${message}`);
    const { level, below } = compare(frames, wanted[index]);
    assert.ok(level > -60, `${name}: ${level} dB is no sound`);
    assert.ok(below < -100, `${name}: differs by ${below.toFixed(1)} dB`);
  });
  const def = readFileSync(new URL('../../../include/wavepool/node_types.def', import.meta.url), 'utf8');
  const types = [...def.matchAll(/^WA_NODE\((\w+),/gm)].map((match) => match[1]);
  const covered = new Set(scenes.map(({ name }) => name.split(' ')[0]));
  assert.deepEqual(types.filter((type) => !covered.has(type)).sort(), LEFT_OUT);
});

it('what takes files is refused, and says so', () => {
  const { half } = openModule(paths.module);
  const { slots, calls } = half;
  const create = (kind) => {
    half.setText('\0\0\0');
    [half.engine(), kind, 48000, 2, 128, 0, 0].forEach((value, slot) => {
      slots[slot] = value;
    });
    calls.contextCreate();
    return slots[0];
  };
  assert.equal(create(2), 2); // a device
  calls.errorMessage();
  assert.match(half.getText(), /devices .* the build for browsers has none/);
  assert.equal(create(3), 0);
  const { 1: context } = slots;
  for (const type of [21, 22]) {
    slots.fill(0, 0, 32);
    slots[0] = context;
    slots[1] = type;
    calls.nodeCreate();
    assert.equal(slots[0], 2);
  }
  slots[0] = context;
  calls.contextDestroy();
  assert.equal(slots[0], 0);
});

it('an array of a call that was not made belongs to no other', () => {
  const { half } = openModule(paths.module);
  const { slots, calls } = half;
  const forgotten = Float32Array.of(1, 2, 3);
  half.point(forgotten, 3);
  assert.equal(slots[4], 3);
  [half.engine(), 1, 4, 48000].forEach((value, slot) => {
    slots[slot] = value;
  });
  calls.bufferCreate();
  assert.equal(slots[0], 0);
  const { 1: low, 2: high } = slots;
  const copy = (call, array, offset) => {
    half.point(array, 3);
    [half.engine(), low, high].forEach((value, slot) => {
      slots[slot] = value;
    });
    slots[5] = 0;
    slots[6] = offset;
    calls[call]();
    assert.equal(slots[0], 0);
  };
  copy('bufferCopyToChannel', Float32Array.of(7, 8, 9), 2); // the last has no room
  const read = new Float32Array(4);
  copy('bufferCopyFromChannel', read, 0);
  assert.deepEqual([...read], [0, 0, 7, 8]);
  assert.deepEqual([...forgotten], [1, 2, 3]);
});

it('a view that outlives its buffer is not taken for the next one at its place', () => {
  const opened = openModule(paths.module);
  const { half } = opened;
  const first = buffer(opened, 8);
  const view = half.view(first.low, first.high, 0);
  view.fill(5);
  release(opened, first);
  const second = buffer(opened, 8);
  const read = new Float32Array(8);
  half.point(read, 3);
  [half.engine(), second.low, second.high].forEach((value, slot) => {
    half.slots[slot] = value;
  });
  half.slots[5] = half.slots[6] = 0;
  half.calls.bufferCopyFromChannel();
  assert.equal(half.slots[0], 0);
  assert.ok(read.every((each) => each === 0));
  assert.equal(view[0], 5);
});

// -- memory -------------------------------------------------------------------------------------------------

function buffer({ half }, frames) {
  const { slots, calls } = half;
  [half.engine(), 1, frames, 48000].forEach((value, slot) => {
    slots[slot] = value;
  });
  calls.bufferCreate();
  return { status: slots[0], low: slots[1], high: slots[2] };
}

function release({ half }, { low, high }) {
  const { slots, calls } = half;
  [half.engine(), low, high].forEach((value, slot) => {
    slots[slot] = value;
  });
  calls.bufferRelease();
  assert.equal(slots[0], 0);
}

function ledger({ half }) {
  half.slots[0] = half.engine();
  half.calls.engineMemory();
  const [, budget, used, , allocationCount] = half.slots;
  return { budget, used, allocationCount };
}

it('the budget is the maximum of the memory', () => {
  const opened = openModule(paths.module, 20e6);
  const { memory, half } = opened;
  const { budget } = ledger(opened);
  assert.ok(budget < 20e6 && budget > 19e6, `${budget}`); // the rest is the module's own
  const there = [];
  let last = buffer(opened, 100000);
  for (; last.status === 0; last = buffer(opened, 100000)) there.push(last);
  assert.equal(last.status, 8);
  half.calls.errorMessage();
  assert.match(half.getText(), /over the budget/);
  assert.ok(memory.buffer.byteLength <= 20e6);
  assert.ok(ledger(opened).used > budget - 400100);
  for (const each of there) release(opened, each);
  assert.equal(buffer(opened, Math.floor(0.9 * budget / 4)).status, 0); // in one piece
  half.slots[0] = half.engine();
  half.slots[1] = 21e6;
  half.calls.engineSetBudget();
  assert.equal(half.slots[0], 8);
  half.calls.errorMessage();
  assert.match(half.getText(), /21000000 is above the \d+ bytes of memory/);
});

it('too little memory for the module itself is said', () => {
  assert.throws(() => openModule(paths.module, 500000), RangeError);
});
