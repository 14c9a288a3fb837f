// Goal: the package behaves in a process: it keeps the loop alive while something plays and no longer, ends
// cleanly, and works in Workers. Method: programs of their own.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { program } from './helpers.mjs';

const SILENT = "const context = new AudioContext({ sinkId: { type: 'none' } });";

describe('the end', () => {
  const rows = {
    'a context that plays nothing does not keep the process': [`${SILENT} console.log('made');`, 'made\n'],
    'a source plays to its end': [`${SILENT}
      const source = new ConstantSourceNode(context);
      source.start();
      source.stop(0.05);
      source.onended = () => console.log('ended');`, 'ended\n'],
    'promises are kept': [`${SILENT}
      context.resume().then(() => context.suspend()).then(() => console.log(context.state));`, 'suspended\n'],
    'an offline render is finished': [`const context = new OfflineAudioContext(1, 480000, 48000);
      context.startRendering().then((buffer) => console.log(buffer.length));`, '480000\n'],
    'exit while it plays': [`${SILENT}
      new OscillatorNode(context).start();
      setTimeout(() => process.exit(0), 30);`, ''],
    'exit while it renders': [`const context = new OfflineAudioContext(2, 10000000, 48000);
      for (let index = 0; index < 100; index++) {
        const source = new OscillatorNode(context);
        source.connect(context.destination);
        source.start();
      }
      void context.startRendering();
      setTimeout(() => process.exit(0), 10);`, ''],
    'an offline render that is suspended for good': [`const context = new OfflineAudioContext(1, 48000, 48000);
      context.suspend(0.5).then(() => console.log(context.state));
      void context.startRendering();`, 'suspended\n'],
    'exit while decoding': [`const context = new OfflineAudioContext(1, 1, 48000);
      context.decodeAudioData(new ArrayBuffer(1000000)).catch(() => {});
      process.exit(0);`, ''],
  };
  for (const [name, [text, wanted]] of Object.entries(rows)) {
    it(name, async () => {
      const { code, signal, out, err } = await program(text);
      assert.deepEqual({ code, signal, out, err }, { code: 0, signal: null, out: wanted, err: '' });
    });
  }

  it('an endless source keeps it', async () => {
    const { signal, out } = await program(`${SILENT}
      new OscillatorNode(context).start();
      console.log('plays');`, { timeout: 1500 });
    assert.deepEqual([signal, out], ['SIGTERM', 'plays\n']);
  });
});

it('an addon that is not there is named', async () => {
  const { code, err } = await program('', { env: { WAVEPOOL_ADDON: '/nowhere/wavepool.node' } });
  assert.equal(code, 1);
  assert.match(err, /no addon at \/nowhere\/wavepool\.node \(from WAVEPOOL_ADDON\)/);
  const { err: bad } = await program('', { env: { WAVEPOOL_ADDON: process.execPath } });
  assert.match(bad, /cannot be loaded/);
});

describe('workers', () => {
  const index = new URL('../src/index.mjs', import.meta.url).href;
  const start = (text) => new Worker(`import('${index}').then(async (wavepool) => {
    const { parentPort } = require('node:worker_threads');
    ${text}
  });`, { eval: true });

  it('render at the same time', async () => {
    const sums = await Promise.all([1, 2, 3].map((offset) => new Promise((resolve, reject) => {
      const worker = start(`
        const context = new wavepool.OfflineAudioContext(1, 4800, 48000);
        const source = new wavepool.ConstantSourceNode(context, { offset: ${offset} });
        source.connect(context.destination);
        source.start();
        const buffer = await context.startRendering();
        parentPort.postMessage(buffer.getChannelData(0)[4799]);`);
      worker.once('message', resolve);
      worker.once('error', reject);
    })));
    assert.deepEqual(sums, [1, 2, 3]);
  });

  it('end while they play and render', async () => {
    for (let count = 0; count < 3; count++) {
      const worker = start(`
        const context = new wavepool.AudioContext({ sinkId: { type: 'none' } });
        new wavepool.OscillatorNode(context).start();
        await context.resume();
        const other = new wavepool.OfflineAudioContext(2, 10000000, 48000);
        const source = new wavepool.OscillatorNode(other);
        source.connect(other.destination);
        source.start();
        void other.startRendering();
        new wavepool.AudioBuffer({ length: 100, sampleRate: 48000 }).getChannelData(0);
        parentPort.postMessage('now');`);
      await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      await worker.terminate();
    }
  });
});
