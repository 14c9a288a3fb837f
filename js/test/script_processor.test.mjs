// Goal: ScriptProcessorNode gathers, asks and plays as the text says, block by block, and offline to the bit.
// Method: listeners that compute what is also computed by hand.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contextState } from '../src/generated/interfaces.mjs';
import { AudioBuffer, AudioBufferSourceNode, AudioProcessingEvent, AudioWorkletNode, ConstantSourceNode,
  GainNode,
  OfflineAudioContext, OscillatorNode, ScriptProcessorNode, event, gc, offline, program, silent,
    task } from './helpers.mjs';

const data = (code) => `data:text/javascript,${encodeURIComponent(code)}`;
const until = async (test) => {
  while (!test()) await task();
};

function play(context, values, channels = 1) {
  const buffer = new AudioBuffer({ length: values.length, sampleRate: 48000, numberOfChannels: channels });
  for (let channel = 0; channel < channels; channel++) buffer.copyToChannel(values, channel);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.start();
  return source;
}

// Newer versions of Node refuse.
function takeAway(view) {
  try {
    structuredClone(view, { transfer: [view.buffer] });
  } catch (error) {
    assert.equal(error.name, 'DataCloneError');
  }
}

const noise = (length) => Float32Array.from({ length }, (_, n) => Math.sin(n * n));

describe('createScriptProcessor', () => {
  it('sizes', () => {
    for (const size of [256, 512, 1024, 2048, 4096, 8192, 16384]) {
      assert.equal(offline().createScriptProcessor(size).bufferSize, size);
    }
    assert.equal(offline().createScriptProcessor().bufferSize, 1024);
    const wide = new OfflineAudioContext({ length: 1, sampleRate: 48000, renderSizeHint: 3000 });
    assert.equal(wide.createScriptProcessor(0).bufferSize, 4096);
    const wider = new OfflineAudioContext({ length: 1, sampleRate: 48000, renderSizeHint: 20000 });
    assert.equal(wider.createScriptProcessor(0).bufferSize, 16384);
  });

  it('what is refused', () => {
    const c = offline();
    const rows = [[[1], 'IndexSizeError'], [[255], 'IndexSizeError'], [[32768], 'IndexSizeError'],
      [[256, 0, 0], 'IndexSizeError'], [[256, 33, 1], 'NotSupportedError'], [[256, 1, 33],
        'NotSupportedError'],
      [[256, 1, 2 ** 32 - 1], 'NotSupportedError'], [[Symbol('x')], 'TypeError']];
    for (const [given, name] of rows) assert.throws(() => c.createScriptProcessor(...given), { name },
      String(given[0]));
    assert.throws(() => new ScriptProcessorNode(c), TypeError);
    assert.equal(c.createScriptProcessor(2 ** 32 + 256).bufferSize, 256); // modulo, as unsigned long
  });

  it('what a node is', () => {
    const node = offline().createScriptProcessor(256, 3, 5);
    assert.ok(node instanceof ScriptProcessorNode);
    assert.deepEqual([node.numberOfInputs, node.numberOfOutputs, node.channelCount, node.channelCountMode,
      node.channelInterpretation, node.onaudioprocess], [1, 1, 3, 'explicit', 'speakers', null]);
    assert.throws(() => { node.channelCount = 2; }, { name: 'NotSupportedError' });
    assert.throws(() => { node.channelCountMode = 'max'; }, { name: 'NotSupportedError' });
    node.channelCount = 3;
    node.channelCountMode = 'explicit';
    node.channelInterpretation = 'discrete';
    assert.equal(node.channelInterpretation, 'discrete');
    assert.equal(offline().createScriptProcessor(256, 0, 1).channelCount, 0);
  });
});

describe('offline', () => {
  for (const [quantum, size, delay] of [[128, 256, 512], [100, 256, 512], [256, 256, 512], [257, 256, 768],
    [1000, 256, 1280], [1, 512, 1024], [128, 1024, 2048]]) {
    it(`quantum ${quantum}, bufferSize ${size}: to the bit, ${delay} frames later`, async () => {
      const length = 5000;
      const values = noise(length);
      const c = new OfflineAudioContext({ length, sampleRate: 48000, renderSizeHint: quantum });
      const node = c.createScriptProcessor(size, 1, 1);
      let state = 0;
      const times = [];
      node.onaudioprocess = ({ inputBuffer, outputBuffer, playbackTime }) => {
        times.push(Math.round(playbackTime * 48000));
        const [input, output] = [inputBuffer.getChannelData(0), outputBuffer.getChannelData(0)];
        for (let n = 0; n < size; n++) output[n] = state = 0.9 * state + 0.1 * input[n];
      };
      play(c, values).connect(node).connect(c.destination);
      const found = (await c.startRendering()).getChannelData(0);
      let pole = 0;
      const filtered = Array.from(values, (value) => (pole = 0.9 * pole + 0.1 * value));
      const wanted = Float32Array.from({ length }, (_, n) => (n < delay ? 0 : filtered[n - delay]));
      assert.equal(found.findIndex((value, n) => value !== wanted[n]), -1);
      assert.deepEqual(times.slice(0, 3), [0, 1, 2].map((n) => delay + n * size));
    });
  }

  it('channels of each side, and the event', async () => {
    const c = offline(1024, 2);
    const node = c.createScriptProcessor(256, 2, 3);
    const seen = [];
    node.addEventListener('audioprocess', (raised) => {
      assert.ok(raised instanceof AudioProcessingEvent && raised.target === node);
      const { inputBuffer, outputBuffer } = raised;
      seen.push([inputBuffer.numberOfChannels, inputBuffer.length, inputBuffer.sampleRate,
        inputBuffer.getChannelData(1)[3], outputBuffer.numberOfChannels, outputBuffer.getChannelData(2)[0]]);
      outputBuffer.getChannelData(2).fill(7); // is not there the next time
    });
    play(c, new Float32Array(1024).fill(0.5)).connect(node);
    await c.startRendering();
    assert.deepEqual(seen, new Array(4).fill([2, 256, 48000, 0.5, 3, 0]));
  });

  it('no input channels, no output channels', async () => {
    const c = offline(1024);
    const source = c.createScriptProcessor(256, 0, 1);
    source.onaudioprocess = ({ inputBuffer, outputBuffer }) => {
      assert.equal(inputBuffer.getChannelData(0)[0], 0);
      outputBuffer.copyToChannel(new Float32Array(256).fill(1), 0);
    };
    const sink = c.createScriptProcessor(256, 1, 0);
    const heard = [];
    sink.onaudioprocess = ({ inputBuffer }) => heard.push(inputBuffer.getChannelData(0)[0]);
    source.connect(sink).connect(c.destination);
    const found = (await c.startRendering()).getChannelData(0);
    assert.ok(found.every((value) => value === 0));
    assert.deepEqual(heard, [0, 0, 1, 1]);
  });

  it('buffers that somebody plays or takes away are replaced', async () => {
    const c = offline(2048);
    const node = c.createScriptProcessor(256, 1, 1);
    let count = 0;
    node.onaudioprocess = ({ inputBuffer, outputBuffer }) => {
      outputBuffer.getChannelData(0).fill(++count);
      const player = new AudioBufferSourceNode(c, { buffer: count % 2 === 0 ? inputBuffer : outputBuffer });
      if (count < 5) player.start();
      else takeAway(outputBuffer.getChannelData(0));
    };
    node.connect(c.destination);
    const found = (await c.startRendering()).getChannelData(0);
    assert.deepEqual(Array.from({ length: 8 }, (_, n) => found[256 * n]), [0, 0, 1, 2, 3, 4, 5, 6]);
  });

  it('without a listener it is silent, and takes what comes later', async () => {
    const c = offline(1024);
    const node = c.createScriptProcessor(256, 1, 1);
    node.connect(c.destination);
    void c.suspend(512 / 48000).then(() => {
      node.onaudioprocess = ({ outputBuffer }) => outputBuffer.getChannelData(0).fill(1);
      return c.resume();
    });
    const found = (await c.startRendering()).getChannelData(0);
    assert.deepEqual([0, 256, 512, 768, 1023].map((n) => found[n]), [0, 0, 0, 0, 0].fill(0));
    assert.equal(found.length, 1024);
  });

  it('made while it renders', async () => {
    const length = 48000 * 60;
    const c = offline(length);
    const none = new GainNode(c, { gain: 0 });
    none.connect(c.destination);
    for (let count = 0; count < 40; count++) {
      const source = new OscillatorNode(c);
      source.connect(none);
      source.start();
    }
    const done = c.startRendering();
    const node = c.createScriptProcessor(16384, 0, 1);
    let count = 0;
    node.onaudioprocess = ({ outputBuffer }) => outputBuffer.getChannelData(0).fill(++count);
    node.connect(c.destination);
    const found = (await done).getChannelData(0);
    assert.ok(count > 20);
    assert.equal(found[length - 1], count - 1);
  });

  it('beside an AudioWorklet, exact too', async () => {
    const c = offline(2048);
    await c.audioWorklet.addModule(data(`registerProcessor('copy', class extends AudioWorkletProcessor {
      process([[input]], [[out]]) { if (input) out.set(input); return true; } });`));
    const node = c.createScriptProcessor(256, 1, 1);
    node.onaudioprocess = ({ inputBuffer,
      outputBuffer }) => outputBuffer.copyToChannel(inputBuffer.getChannelData(0), 0);
    const values = noise(2048);
    play(c, values).connect(new AudioWorkletNode(c, 'copy')).connect(node).connect(new AudioWorkletNode(c,
      'copy'))
      .connect(c.destination);
    const found = (await c.startRendering()).getChannelData(0);
    assert.deepEqual(found.subarray(512), values.subarray(0, 2048 - 512));
  });

  it('closed from its own event', async () => {
    const c = offline(48000);
    const node = c.createScriptProcessor(256, 1, 1);
    let count = 0;
    let closed;
    node.onaudioprocess = () => {
      if (++count === 3) closed = c.close();
    };
    await assert.rejects(c.startRendering(), { name: 'AbortError' });
    await closed;
    assert.equal(c.state, 'closed');
    assert.equal(count, 3);
    assert.equal(c.createScriptProcessor(256).bufferSize, 256); // and silent
  });
});

describe('life', () => {
  it('one with a listener is held, others go with their memory', async () => {
    const c = new OfflineAudioContext({ length: null, sampleRate: 48000 });
    const { scripts } = (() => {
      for (let count = 0; count < 10; count++) c.createScriptProcessor(16384, 2, 2).connect(c.destination);
      return contextState(c);
    })();
    let calls = 0;
    (() => {
      const node = c.createScriptProcessor(256);
      node.onaudioprocess = () => calls++;
      node.connect(c.destination);
    })();
    assert.equal(scripts.size, 11);
    for (let chunks = 0; scripts.size > 1 && chunks < 100; chunks++) {
      await c.startRendering(1024);
      await gc(1);
    }
    assert.equal(scripts.size, 1);
    assert.ok(calls > 0);
    await c.close();
  });
});

describe('real time', () => {
  it('events come in time and order, and go on', async () => {
    const c = silent({ sampleRate: 48000 });
    const node = c.createScriptProcessor(1024, 1, 1);
    const times = [];
    node.onaudioprocess = ({ playbackTime }) => times.push(Math.round(playbackTime * 48000));
    new ConstantSourceNode(c).connect(node).connect(c.destination);
    await until(() => times.length >= 10);
    assert.ok(times.every((time, index) => index === 0 || (time - times[index - 1]) % 1024 === 0 &&
      time > times[index - 1]));
    assert.equal(times[0] % 128, 0);
    await c.suspend();
    const { length } = times;
    await c.resume();
    await until(() => times.length > length);
    await c.close();
  });

  it('a thread that is late loses blocks, and nothing else', async () => {
    const c = silent({ sampleRate: 48000 });
    const node = c.createScriptProcessor(256, 1, 1);
    node.connect(c.destination);
    await event(node, 'audioprocess');
    const before = c.currentTime;
    for (const end = performance.now() + 100; performance.now() < end;);
    const { playbackTime } = await event(node, 'audioprocess');
    await until(() => c.currentTime > before + 0.05);
    assert.ok(playbackTime > 0);
    await event(node, 'audioprocess');
    await c.close();
  });

  it('a handler keeps the process until the context is closed', async () => {
    const { code, signal, out, err } =
      await program(`const context = new AudioContext({ sinkId: { type: 'none' } });
      const node = context.createScriptProcessor(256);
      let count = 0;
      node.onaudioprocess = () => { if (++count === 5) { console.log('five'); node.onaudioprocess = null;
        } };`);
    assert.deepEqual({ code, signal, out, err }, { code: 0, signal: null, out: 'five\n', err: '' });
  });

  it('exit in the middle', async () => {
    const { code, signal, out, err } = await program(`
      const offline = new OfflineAudioContext(1, 4800000, 48000);
      await offline.audioWorklet.addModule('data:text/javascript,' + encodeURIComponent(
        "registerProcessor('p', class extends AudioWorkletProcessor { process() { return true; } })"));
      new AudioWorkletNode(offline, 'p');
      let count = 0;
      offline.createScriptProcessor(256).onaudioprocess = () => { if (++count === 20) { console.log('now');
        process.exit(0); } };
      void offline.startRendering();`);
    assert.deepEqual({ code, signal, out, err }, { code: 0, signal: null, out: 'now\n', err: '' });
  });
});
