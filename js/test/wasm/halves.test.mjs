// Goal: two instances on one memory are control and render, as two native threads are.
// Method: a Worker pulls a context while this thread edits it through the functions of js/abi; what it plays, how
// far its clock is, and what it took of memory and stack are read from the shared memory.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { openModule, paths } from './compare.mjs';

const RATE = 48000, FRAMES = 128, CHANNELS = 2, EMBEDDED = 3, GAIN = 2, CONSTANT = 8, RUNNING = 1;
const STACK_BYTES = 131072; // module.c

const sleep = (ms) => new Promise((resolve) => {
  setTimeout(resolve, ms);
});

async function until(what, is) {
  for (let tries = 0; tries < 4000; tries++) {
    if (is()) return;
    await sleep(5);
  }
  assert.fail(`${what} has not happened`);
}

function player(opened) {
  const { half } = opened;
  const { slots, calls, exports } = half;
  const call = (name, ...args) => {
    args.forEach((value, slot) => {
      slots[slot] = value;
    });
    calls[name]();
    if (slots[0] !== 0) {
      calls.errorMessage();
      assert.fail(`${name}: ${half.getText()}`);
    }
  };
  half.setText('\0\0\0');
  call('contextCreate', half.engine(), EMBEDDED, RATE, CHANNELS, FRAMES, 0, 0);
  const [, context, low, high] = slots;
  [context, CHANNELS, 0, FRAMES].forEach((value, slot) => {
    slots[slot] = value;
  });
  exports.webPullOpen();
  assert.equal(slots[0], 0);
  const [, pull, outputs] = slots;
  return { call, context, pull, outputs, destination: [low, high], slots, exports,
    make(type) {
      slots.fill(0, 0, 40);
      slots[11] = 1; // gain, offset
      call('nodeCreate', context, type);
      return [slots[1], slots[2]];
    },
    frame() {
      call('contextClock', context);
      return slots[2];
    } };
}

const ledger = (slots, half) => {
  slots[0] = half.engine();
  half.calls.engineMemory();
  return slots.slice(1, 6).join(' ');
};

it('a Worker renders what this thread edits, without memory of its own', async () => {
  const opened = openModule(paths.module);
  const { half, memory, module } = opened;
  const p = player(opened);
  const { call, context, slots, exports } = p;
  const source = p.make(CONSTANT), gain = p.make(GAIN);
  call('connect', context, ...source, 0, ...gain, 0);
  call('connect', context, ...gain, 0, ...p.destination, 0);
  call('sourceStart', context, ...source, 0);
  call('contextFlush', context);
  call('contextResume', context);

  const thread = half.openThread();
  const flags = new Int32Array(new SharedArrayBuffer(8));
  const before = [ledger(slots, half), exports.webRoom(), memory.buffer.byteLength];
  const worker = new Worker(new URL('./puller.mjs', import.meta.url),
    { workerData: { module, memory, thread, pull: p.pull, frames: FRAMES, flags, rate: RATE } });
  worker.on('error', (error) => {
    throw error;
  });
  const heard = half.floats(p.outputs, FRAMES * CHANNELS);
  await until('sound', () => heard[0] === 1 && heard[FRAMES * CHANNELS - 1] === 1);
  await until('a second of it', () => p.frame() > RATE);
  assert.deepEqual([ledger(slots, half), exports.webRoom(), memory.buffer.byteLength], before);

  for (const value of [0.5, 0.25, 0.75]) {
    call('paramSetValue', context, ...gain, 0, value);
    call('contextFlush', context);
    await until(`a gain of ${value}`, () => heard[0] === value);
  }
  call('contextSuspend', context);
  await until('the suspension', () => {
    call('contextPoll', context);
    call('contextClock', context);
    return slots[1] !== RUNNING;
  });
  await until('silence', () => heard[0] === 0);
  assert.equal(exports.webPullCount(p.pull) > 0, true);

  Atomics.store(flags, 0, 1);
  await new Promise((resolve) => {
    worker.on('exit', resolve);
  });
  const stack = half.bytesAt(thread.block, STACK_BYTES);
  const untouched = stack.findIndex((byte) => byte !== 0);
  assert.ok(untouched > STACK_BYTES / 4, `${STACK_BYTES - untouched} bytes of stack used`);
  call('contextDestroy', context);
});
