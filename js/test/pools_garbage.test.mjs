// Goal: what is played steadily makes no objects (G3). Method: bytes of the heap per note, in a process of
// its own, once the code is warm; the median of several rounds, so that a collection in one does not matter.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { program } from './helpers.mjs';

const WRAPPER_BYTES = 100; // a node that is made takes more

async function bytesPerNote(setUp, note) {
  const { code, out, err } = await program(`
    import { setFlagsFromString } from 'node:v8';
    import { runInNewContext } from 'node:vm';
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc');
    const context = new OfflineAudioContext(1, 48000, 48000);
    ${setUp}
    function note(index) { ${note} }
    for (let index = 0; index < 30000; index++) note(index);
    const rounds = [];
    for (let round = 0; round < 15; round++) {
      gc();
      const before = process.memoryUsage().heapUsed;
      for (let index = 0; index < 1000; index++) note(index);
      rounds.push((process.memoryUsage().heapUsed - before) / 1000);
    }
    console.log(rounds.sort((a, b) => a - b)[7]);`, { timeout: 60000 });
  assert.equal(code, 0, err);
  return Number(out);
}

describe('bytes of the heap per note', () => {
  for (const [name, setUp, note, isSmall] of [
    ['NodePool', `
      const sources = new NodePool(context, () => context.createOscillator());
      const gains = new NodePool(context, () => context.createGain());`, `
      const source = sources.acquire(), gain = gains.acquire();
      source.frequency.value = 440 + index % 7;
      gain.gain.setValueAtTime(0.5, 1.5);
      source.connect(gain).connect(context.destination);
      source.start(2);
      sources.release(source);
      gains.release(gain);`, true],
    ['VoicePool', `
      const voices = new VoicePool(context, { nodes: { osc: OscillatorNode, amp: GainNode },
        arguments: ['pitch'], note: { 'osc.frequency': 'pitch', 'amp.gain': [['set', 1, 0], ['linear', 0, 1]],
          'stop': 1 } });`, `
      voices.play(2, 440 + index % 7).release();`, true],
    ['VoicePool, node by node', `
      const voices = new VoicePool(context, { nodes: { osc: OscillatorNode, amp: GainNode } });`, `
      const voice = voices.acquire(), { osc, amp } = voice.nodes;
      osc.frequency.value = 440 + index % 7;
      amp.gain.setValueAtTime(0.5, 1.5);
      osc.start(2);
      voice.release();`, true],
    ['AudioBufferPool', `
      const buffers = new AudioBufferPool(context), data = new Float32Array(256);`, `
      const buffer = buffers.acquire(2, 256);
      buffer.copyToChannel(data, index & 1);
      buffers.release(buffer);`, true],
    ['without pools', '', `
      context.createOscillator().connect(context.createGain());`, false],
  ]) {
    it(name, async () => {
      const bytes = await bytesPerNote(setUp, note);
      assert.equal(bytes < WRAPPER_BYTES, isSmall, `${bytes}`);
    });
  }
});
