// Goal: processors in real time: on a device that nobody hears and on one that is a file, late, suspended,
// closed, in Workers, at the end of the process. Method: no test depends on how long anything takes; what was
// played is read back from the file.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { AudioContext, AudioWorkletNode, ConstantSourceNode, GainNode, event, offline, program, silent,
  task } from './helpers.mjs';

const data = (code) => `data:text/javascript,${encodeURIComponent(code)}`;
const CODE = `
  registerProcessor('count', class extends AudioWorkletProcessor {
    process(inputs, [[out]]) { // the number of each frame, exact in a float of 24 bits
      for (let n = 0; n < out.length; n++) out[n] = (currentFrame + n + 1) / 2 ** 22;
      return true;
    }
  });
  registerProcessor('echo', class extends AudioWorkletProcessor {
    constructor() { super(); this.calls = 0; this.port.onmessage = ({ data }) =>
      this.port.postMessage({ data, calls: this.calls, currentTime, frame: currentFrame }); }
    process() { this.calls++; return true; }
  });
  registerProcessor('slow', class extends AudioWorkletProcessor {
    constructor() { super(); this.busy = 0; this.port.onmessage = ({ data }) => { this.busy = data; }; }
    process(inputs, [[out]]) {
      for (const end = Date.now() + this.busy; Date.now() < end;);
      if (this.busy > 0) this.port.postMessage('was slow');
      this.busy = 0;
      out.fill(1);
      return true;
    }
  });
  registerProcessor('forever', class extends AudioWorkletProcessor {
    process() { port.postMessage('in'); for (;;); }
  });
  registerProcessor('short', class extends AudioWorkletProcessor { process() { return currentTime < 0.05;
    } });
  registerProcessor('copy', class extends AudioWorkletProcessor {
    process([[input]], [[out]]) { if (input) out.set(input); return false; } });
`;

async function playing(options = {}) {
  const context = silent({ sampleRate: 48000, ...options });
  await context.audioWorklet.addModule(data(CODE));
  return context;
}

const until = async (test) => {
  while (!await test()) await new Promise((resolve) => {
    setTimeout(resolve, 1);
  });
};

const answer = async (port, message) => {
  const said = new Promise((resolve) => {
    port.onmessage = ({ data: got }) => resolve(got);
  });
  port.postMessage(message);
  const got = await said;
  port.onmessage = null;
  return got;
};

// Of a WAV file of floats or integers: channel 0 as numbers.
function samples(path) {
  const bytes = readFileSync(path);
  let at = 12;
  let format, channels, bits;
  for (;;) {
    const [name, size] = [bytes.toString('latin1', at, at + 4), bytes.readUInt32LE(at + 4)];
    if (name === 'fmt ') [format, channels, bits] = [bytes.readUInt16LE(at + 8), bytes.readUInt16LE(at + 10),
      bytes.readUInt16LE(at + 22)];
    if (name === 'data') break;
    at += 8 + size + size % 2;
  }
  assert.ok(bits === 32 && (format === 3 || format === 0xfffe), `${format} ${bits}`);
  const count = Math.floor((bytes.length - at - 8) / 4 / channels);
  return Float32Array.from({ length: count }, (_, n) => bytes.readFloatLE(at + 8 + 4 * channels * n));
}

describe('a device', () => {
  it('plays for a second, with the lead in baseLatency', async () => {
    const c = await playing();
    assert.equal(c.baseLatency, 0); // nobody needs it yet
    const node = new AudioWorkletNode(c, 'echo');
    node.connect(c.destination);
    assert.ok(c.baseLatency >= 0.010 && c.baseLatency < 0.030, String(c.baseLatency));
    await c.resume();
    const first = await answer(node.port, 'one');
    await until(() => c.currentTime > 1);
    const last = await answer(node.port, 'two');
    assert.deepEqual([first.data, last.data], ['one', 'two']);
    assert.ok(last.calls > first.calls && last.currentTime > 0.9);
    assert.ok(Math.abs(last.calls * 128 - last.frame) < 48000); // it came while the context played already
    assert.ok(c.getOutputTimestamp().contextTime < c.currentTime);
    await c.close();
  });

  it('plays every frame once, whatever is late: read back from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wavepool-'));
    try {
      const path = join(folder, 'heard.wav');
      const c = new AudioContext({ sinkId: `file:${path}`, sampleRate: 48000 });
      await c.audioWorklet.addModule(data(CODE));
      const slow = new AudioWorkletNode(c, 'slow');
      slow.connect(new GainNode(c, { gain: 0 })).connect(c.destination);
      const node = new AudioWorkletNode(c, 'count', { numberOfInputs: 0 });
      node.connect(new AudioWorkletNode(c, 'copy')).connect(c.destination);
      await c.resume();
      const start = c.currentTime;
      await until(() => c.currentTime > start + 0.1);
      await answer(slow.port, 60);
      await until(() => c.currentTime > start + 0.3);
      await c.suspend();
      await c.resume();
      await until(() => c.currentTime > start + 0.4);
      await c.close();
      let expected = null;
      let gaps = 0;
      let heard = 0;
      const found = samples(path);
      for (let n = 0; n < found.length; n++) {
        const number = found[n] * 2 ** 22;
        if (expected !== null && number === expected) {
          expected++;
          heard++;
        } else if (Number.isInteger(number) && number > 0 && found[n + 1] * 2 ** 22 === number + 1) {
          assert.ok(expected === null || number === expected, `${number} after ${expected - 1}`);
          expected = number + 1;
          heard++;
        } else {
          gaps++; // silence, or a landing into it
        }
      }
      assert.ok(heard > 0.35 * 48000, `${heard} of ${found.length}`);
      assert.ok(gaps > 0); // the lead at the beginning
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('a thread that is late is an underrun', async () => {
    const c = await playing();
    const node = new AudioWorkletNode(c, 'slow');
    node.connect(c.destination);
    await c.resume();
    const wait = async () => {
      const { currentTime } = c;
      await until(() => c.currentTime > currentTime + 0.05);
    };
    await answer(node.port, 1);
    await wait(); // the lead is there now, and what is missing from here on is missed
    await answer(node.port, 100);
    await wait();
    const { underrunEvents, underrunDuration } = c.playbackStats;
    assert.ok(underrunEvents >= 1, String(underrunEvents));
    assert.ok(underrunDuration > 0.02, String(underrunDuration));
    await c.close();
  });

  it('suspended, nothing is called; resumed, it goes on', async () => {
    const c = await playing();
    const node = new AudioWorkletNode(c, 'echo');
    node.connect(c.destination);
    await until(() => c.currentTime > 0.02);
    await c.suspend();
    const { calls } = await answer(node.port, 1);
    const { currentTime } = c;
    const again = await answer(node.port, 2);
    assert.equal(again.calls, calls);
    assert.equal(c.currentTime, currentTime);
    await c.resume();
    await until(async () => (await answer(node.port, 3)).calls > calls + 5);
    assert.ok(c.currentTime > currentTime);
    await c.close();
  });

  it('made in a suspended context, heard when it is resumed', async () => {
    const c = await playing();
    await c.suspend();
    const node = new AudioWorkletNode(c, 'echo');
    node.connect(c.destination);
    assert.equal((await answer(node.port, 1)).calls, 0);
    await c.resume();
    await until(async () => (await answer(node.port, 2)).calls > 5);
    await c.close();
  });

  for (const renderSizeHint of [1, 300, 5000]) {
    it(`a quantum of ${renderSizeHint}`, async () => {
      const c = await playing({ renderSizeHint, latencyHint: 'balanced' });
      const node = new AudioWorkletNode(c, 'echo');
      node.connect(c.destination);
      await c.resume();
      await until(async () => (await answer(node.port, 1)).calls > 3);
      await c.close();
    });
  }

  it('sources end, and their listeners hear of it', async () => {
    const c = await playing();
    new AudioWorkletNode(c, 'echo').connect(c.destination);
    const source = new ConstantSourceNode(c);
    source.start();
    source.stop(c.currentTime + 0.05);
    await event(source, 'ended');
    await c.close();
  });
});

describe('the end', () => {
  it('closed while a processor runs: its port closes, and the context is closed', async () => {
    const c = await playing();
    const node = new AudioWorkletNode(c, 'echo');
    node.connect(c.destination);
    await until(async () => (await answer(node.port, 1)).calls > 2);
    const closed = new Promise((resolve) => {
      node.port.on('close', resolve);
    });
    await c.close();
    await closed;
    assert.equal(c.state, 'closed');
    node.port.postMessage('nobody hears');
    assert.ok(new AudioWorkletNode(c, 'echo').port);
    await assert.rejects(c.close(), { name: 'InvalidStateError' });
  });

  it('closed while a processor does not return', async () => {
    const c = await playing();
    const { port } = c.audioWorklet;
    port.start();
    const inside = event(port, 'message');
    new AudioWorkletNode(c, 'forever').connect(c.destination);
    await inside;
    await c.close();
    assert.equal(c.state, 'closed');
    const o = offline(480000);
    await o.audioWorklet.addModule(data(CODE));
    o.audioWorklet.port.start();
    const also = event(o.audioWorklet.port, 'message');
    new AudioWorkletNode(o, 'forever').connect(o.destination);
    const rendered = assert.rejects(o.startRendering(), { name: 'AbortError' });
    await also;
    await o.close();
    await rendered;
  });

  it('its thread ends by itself: an error, and the rest plays on', async () => {
    const c = await playing();
    await c.audioWorklet.addModule(data(`import { exit } from 'node:process';
      registerProcessor('exit', class extends AudioWorkletProcessor { process() { exit(1); } });`));
    const node = new AudioWorkletNode(c, 'exit');
    node.connect(c.destination);
    let count = 0;
    node.onprocessorerror = c.onerror = () => count++;
    await until(() => count === 2);
    assert.equal(c.state, 'running');
    const now = c.currentTime;
    await until(() => c.currentTime > now + 0.05);
    await c.suspend();
    await c.resume();
    const later = new AudioWorkletNode(c, 'echo'); // known, and silent
    later.connect(c.destination);
    await c.close();
  });

  const start = `const context = new AudioContext({ sinkId: { type: 'none' } });
    await context.audioWorklet.addModule(${JSON.stringify(data(CODE))});`;
  const rows = {
    'exit while it plays': [`${start} new AudioWorkletNode(context, 'echo', { numberOfInputs: 0 }).connect(context.destination);
      setTimeout(() => process.exit(0), 50);`, ''],
    'exit while a processor does not return': [`${start} new AudioWorkletNode(context, 'forever').connect(context.destination);
      setTimeout(() => process.exit(0), 100);`, ''],
    'exit while the module loads': [`const context = new AudioContext({ sinkId: { type: 'none' } });
      void context.audioWorklet.addModule(${JSON.stringify(data(CODE))}); process.exit(0);`, ''],
    'exit while it renders': [`const context = new OfflineAudioContext(1, 9600000, 48000);
      await context.audioWorklet.addModule(${JSON.stringify(data(CODE))});
      new AudioWorkletNode(context, 'count').connect(context.destination);
      void context.startRendering(); setTimeout(() => process.exit(0), 30);`, ''],
    'a processor with inputs does not keep the process': [`${start}
      new AudioWorkletNode(context, 'echo').connect(context.destination); console.log('made');`, 'made\n'],
    'one without inputs plays to its end': [`${start} const node = new AudioWorkletNode(context, 'short', { numberOfInputs: 0 });
      node.connect(context.destination);
      process.on('exit', () => console.log(context.currentTime >= 0.05));`, 'true\n'],
    'a port with a listener keeps it, until the context is closed': [`${start}
      const node = new AudioWorkletNode(context, 'echo');
      node.port.onmessage = ({ data: { data } }) => { console.log(data); void context.close(); };
      setTimeout(() => node.port.postMessage('heard'), 100);`, 'heard\n'],
    'a port with a listener does not, once all is rendered': [`const context = new OfflineAudioContext(1, 4800, 48000);
      await context.audioWorklet.addModule(${JSON.stringify(data(CODE))});
      const node = new AudioWorkletNode(context, 'echo');
      node.port.onmessage = () => {}; context.audioWorklet.port.onmessage = () => {};
      await context.startRendering(); console.log('done');`, 'done\n'],
  };
  for (const [name, [text, wanted]] of Object.entries(rows)) {
    it(name, async () => {
      const { code, signal, out, err } = await program(text, { timeout: 60000 });
      assert.deepEqual({ code, signal, out, err }, { code: 0, signal: null, out: wanted, err: '' });
    });
  }
});

describe('Workers', () => {
  const index = new URL('../src/index.mjs', import.meta.url).href;
  const start = (text) => new Worker(`import('${index}').then(async (wavepool) => {
    const { parentPort } = require('node:worker_threads');
    const module = ${JSON.stringify(data(CODE))};
    ${text}
  });`, { eval: true });
  const message = (worker) => new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });

  it('have worklets of their own', async () => {
    const sums = await Promise.all([1, 2].map(() => message(start(`
      const context = new wavepool.OfflineAudioContext(1, 4800, 48000);
      await context.audioWorklet.addModule(module);
      new wavepool.AudioWorkletNode(context, 'count').connect(context.destination);
      const buffer = await context.startRendering();
      parentPort.postMessage(buffer.getChannelData(0)[4799] * 2 ** 22);`))));
    assert.deepEqual(sums, [4800, 4800]);
  });

  it('end while their worklets play and render', async () => {
    const worker = start(`
      const context = new wavepool.AudioContext({ sinkId: { type: 'none' } });
      await context.audioWorklet.addModule(module);
      new wavepool.AudioWorkletNode(context, 'count').connect(context.destination);
      await context.resume();
      const other = new wavepool.OfflineAudioContext(1, 9600000, 48000);
      await other.audioWorklet.addModule(module);
      new wavepool.AudioWorkletNode(other, 'count').connect(other.destination);
      other.createScriptProcessor(256).onaudioprocess = () => {};
      void other.startRendering();
      parentPort.postMessage('now');`);
    await message(worker);
    await worker.terminate();
  });

  it('a module makes contexts no more than a browser would', async () => {
    const c = offline();
    await c.audioWorklet.addModule(data(`port.postMessage(typeof OfflineAudioContext);`));
    const { port } = c.audioWorklet;
    port.start();
    assert.equal((await event(port, 'message')).data, 'undefined');
    port.close();
    await task();
  });
});
