// Goal: files that play while they are read, and inputs. Method: files of known frames, played into a file; no test
// depends on how long anything takes.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { AnalyserNode, AudioContext, AudioInputNode, GainNode, MediaFileSourceNode, event, gc, memory, offline,
  program, silent } from './helpers.mjs';

const RATE = 8000;
const folder = mkdtempSync(join(tmpdir(), 'wavepool-'));
after(() => rmSync(folder, { recursive: true }));
const until = async (test) => {
  while (!test()) await new Promise((resolve) => {
    setTimeout(resolve, 1);
  });
};

// A mono WAV of 32-bit floats.
function wav(name, frames) {
  const bytes = Buffer.alloc(44 + 4 * frames.length);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  [16, 3 | 1 << 16, RATE, 4 * RATE, 4 | 32 << 16].forEach((word, index) => bytes.writeUInt32LE(word >>> 0, 16 + 4 * index));
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(4 * frames.length, 40);
  frames.forEach((frame, index) => bytes.writeFloatLE(frame, 44 + 4 * index));
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}
const ramp = (length) => Array.from({ length }, (_, frame) => (frame + 1) / 65536);

// The left channel of what was played to a file.
function heard(path) {
  const bytes = readFileSync(path);
  const at = bytes.indexOf('data') + 8;
  return Array.from({ length: (bytes.length - at) >> 3 }, (_, frame) => bytes.readFloatLE(at + 8 * frame));
}

describe('MediaFileSourceNode', () => {
  it('plays a file to its end, and again', async () => {
    const path = wav('once.wav', ramp(1000));
    const out = join(folder, 'out.wav');
    const context = new AudioContext({ sinkId: `file:${out}`, sampleRate: RATE });
    await context.resume();
    const node = new MediaFileSourceNode(context, { path });
    assert.deepEqual([node.path, node.duration, node.currentTime, node.loop, node.paused, node.ended, node.seeking,
      node.error, node.playbackRate.value], [path, 0.125, 0, false, true, false, false, null, 1]);
    assert.deepEqual([node.numberOfInputs, node.numberOfOutputs], [0, 1]);
    await until(() => node.buffered > 0);
    node.connect(context.destination);
    for (let count = 0; count < 2; count++) {
      const ended = event(node, 'ended');
      assert.equal(node.play(), undefined);
      await ended;
      assert.deepEqual([node.ended, node.paused, node.currentTime], [true, true, 0.125]);
    }
    node.currentTime = 0.0625;
    assert.equal(node.currentTime, 0.0625);
    const ended = event(node, 'ended');
    await until(() => !node.seeking);
    node.play(context.currentTime + 0.05);
    await ended;
    await context.close();
    assert.deepEqual([node.duration, node.currentTime, node.paused, node.error], [0, 0, true, null]);
    node.play();
    const frames = heard(out).filter((frame) => frame !== 0).map((frame) => Math.round(frame * 65536));
    const whole = Array.from({ length: 1000 }, (_, frame) => frame + 1);
    assert.deepEqual(frames, [...whole, ...whole, ...whole.slice(500)]);
  });

  it('pauses, loops, and stops when it is closed', async () => {
    const context = silent({ sampleRate: RATE });
    const node = new MediaFileSourceNode(context, { path: wav('loop.wav', ramp(100)), loop: true, playbackRate: 2 });
    assert.deepEqual([node.loop, node.playbackRate.value], [true, 2]);
    node.connect(context.destination);
    node.play();
    await context.resume();
    await until(() => !node.paused && node.currentTime > 0);
    const now = context.currentTime;
    await until(() => context.currentTime > now + 0.05);
    assert.equal(node.ended, false);
    node.pause();
    await until(() => node.paused);
    node.loop = false;
    assert.equal(node.loop, false);
    const ended = event(node, 'ended');
    node.play();
    await ended;
    node.play();
    node.close();
    node.close();
    assert.deepEqual([node.duration, node.paused], [0, true]);
    for (const call of [() => node.play(), () => node.pause(), () => {
      node.currentTime = 0;
    }]) assert.throws(call, { name: 'InvalidStateError' });
    await context.close();
  });

  it('refuses', async () => {
    const context = silent({ sampleRate: RATE });
    const path = wav('short.wav', ramp(10));
    const bad = join(folder, 'bad.wav');
    writeFileSync(bad, 'no sound');
    const node = new MediaFileSourceNode(context, { path });
    const rows = [
      [() => new MediaFileSourceNode(context, { path: join(folder, 'none.wav') }), 'NotReadableError'],
      [() => new MediaFileSourceNode(context, { path: `${path}\0` }), 'NotReadableError'],
      [() => new MediaFileSourceNode(context, { path: 'x'.repeat(10000) }), 'NotReadableError'],
      [() => new MediaFileSourceNode(context, { path: bad }), 'EncodingError'],
      [() => new MediaFileSourceNode(context, { path, channelCount: 33 }), 'NotSupportedError'],
      [() => new MediaFileSourceNode(context, { path, playbackRate: NaN }), 'TypeError'],
      [() => new MediaFileSourceNode(context, {}), 'TypeError'],
      [() => new MediaFileSourceNode(offline(), { path }), 'TypeError'],
      [() => node.play(-1), 'RangeError'], [() => node.play(NaN), 'TypeError'], [() => node.pause(-1), 'RangeError'],
      [() => {
        node.currentTime = -1;
      }, 'RangeError'],
      [() => {
        node.playbackRate.automationRate = 'a-rate';
      }, 'InvalidStateError'],
      [() => Object.getOwnPropertyDescriptor(MediaFileSourceNode.prototype, 'paused').get.call(new GainNode(context)),
        'TypeError'],
    ];
    for (const [call, name] of rows) assert.throws(call, { name }, String(call));
    assert.ok(node.playbackRate.minValue === 0 && node.playbackRate.maxValue === 4);
    await context.close();
    assert.throws(() => new MediaFileSourceNode(context, { path: join(folder, 'none.wav') }),
      { name: 'NotReadableError' });
    new MediaFileSourceNode(context, { path }).play();
  });

  it('a file that changes under it is an error event', async () => {
    const context = silent({ sampleRate: RATE });
    await context.resume();
    const path = wav('changed.wav', ramp(60000));
    const node = new MediaFileSourceNode(context, { path, playbackRate: 4 });
    node.connect(context.destination);
    const failed = event(node, 'error');
    truncateSync(path, 1000);
    node.play();
    await failed;
    assert.ok(['NotReadableError', 'EncodingError'].includes(node.error.name));
    await context.close();
  });

  it('gives its ring and its file back: closed, with its context, with its wrapper', async () => {
    const path = wav('lives.wav', ramp(1000));
    const context = silent({ sampleRate: RATE });
    await context.resume();
    await gc();
    const before = memory().decode;
    const open = () => new MediaFileSourceNode(context, { path });
    const nodes = Array.from({ length: 20 }, open);
    assert.ok(memory().decode > before);
    const taken = () => {
      context.createGain(); // each edit takes in what the render side has let go
      return memory().decode;
    };
    nodes.forEach((node) => node.close());
    await until(() => taken() === before);
    for (let count = 0; count < 20; count++) open();
    for (let tries = 0; taken() !== before && tries < 100; tries++) await gc(2);
    assert.equal(taken(), before);
    // Nobody holds it, but it plays.
    const reference = (() => {
      const node = open();
      node.connect(context.destination);
      node.play();
      return new Promise((resolve) => {
        node.onended = resolve;
      });
    })();
    await gc();
    await reference;
    const kept = Array.from({ length: 20 }, open);
    await context.close();
    assert.equal(memory().decode, before);
    assert.equal(kept.length, 20);
  });

  it('keeps the process until it has ended', async () => {
    const path = wav('process.wav', ramp(2000));
    const { code, out, err } = await program(`const context = new AudioContext({ sinkId: { type: 'none' } });
      const node = new MediaFileSourceNode(context, { path: ${JSON.stringify(path)} });
      node.play();
      node.onended = () => console.log('ended');`);
    assert.deepEqual([code, out, err], [0, 'ended\n', '']);
    const paused = await program(`const context = new AudioContext({ sinkId: { type: 'none' } });
      const node = new MediaFileSourceNode(context, { path: ${JSON.stringify(path)}, loop: true });
      node.play();
      node.pause(0.1);
      process.on('exit', () => console.log(context.currentTime >= 0.1));`);
    assert.deepEqual([paused.code, paused.out, paused.err], [0, 'true\n', '']);
  });
});

describe('AudioInputNode', () => {
  it('gives what is recorded', async () => {
    const context = new AudioContext({ sinkId: { type: 'none' }, input: { deviceId: 'null:tone', channelCount: 2 } });
    const node = new AudioInputNode(context);
    assert.deepEqual([node.numberOfInputs, node.numberOfOutputs], [0, 1]);
    const analyser = new AnalyserNode(context);
    node.connect(analyser);
    await context.resume();
    const data = new Float32Array(2048);
    await until(() => {
      analyser.getFloatTimeDomainData(data);
      return data.filter((frame) => frame !== 0).length > 2000;
    });
    assert.ok(Math.max(...data) > 0.49 && Math.max(...data) < 0.51);
    await context.close();
  });

  it('plays a file in', async () => {
    const input = wav('input.wav', ramp(4000));
    const out = join(folder, 'copied.wav');
    const context = new AudioContext({ sinkId: `file:${out}`, sampleRate: RATE, input: { deviceId: `file:${input}` } });
    new AudioInputNode(context).connect(context.destination);
    await context.resume();
    await until(() => context.currentTime > 0.6);
    await context.close();
    const frames = heard(out).filter((frame) => frame !== 0).map((frame) => Math.round(frame * 65536));
    const [first] = frames; // the device ran before the node was there
    assert.deepEqual(frames, Array.from({ length: 4001 - first }, (_, frame) => first + frame));
  });

  it('refuses', async () => {
    const make = (options) => () => new AudioContext({ sinkId: { type: 'none' }, ...options });
    const context = silent();
    const rows = [
      [() => new AudioInputNode(context), 'NotSupportedError'],
      [() => new AudioInputNode(offline()), 'TypeError'],
      [make({ input: { channelCount: 0 } }), 'NotSupportedError'],
      [make({ input: { channelCount: 33 } }), 'NotSupportedError'],
      [make({ input: 1 }), 'TypeError'],
      [make({ input: { deviceId: Symbol('s') } }), 'TypeError'],
      [make({ input: { deviceId: 'cubeb:some' } }), 'NotSupportedError'],
      [make({ input: { deviceId: 'null:some' } }), 'InvalidAccessError'],
      [make({ input: { deviceId: 'x'.repeat(5000) } }), 'NotFoundError'],
    ];
    for (const [call, name] of rows) assert.throws(call, { name }, String(call));
    await context.close();
  });
});
