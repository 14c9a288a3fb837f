// Goal: bad input of every kind is refused or has no effect, and never crashes: what lies about itself, what
// is
// detached in the middle, what calls back into the package, what throws. Method: rows in this process; what
// may
// crash runs in a program of its own.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { AnalyserNode, AudioBuffer, AudioBufferSourceNode, BiquadFilterNode, GainNode, IIRFilterNode,
  OfflineAudioContext,
  PeriodicWave, RATE, WaveShaperNode, gc, memory, offline, program, setBudget, silent,
    task } from './helpers.mjs';

const hide = (object, name, value) => Object.defineProperty(object, name, { value });
const emptied = (array) => {
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
};

describe('arrays that lie', () => {
  it('about their length: what lies behind them is not touched', () => {
    const context = offline();
    const nodes = [new BiquadFilterNode(context), new IIRFilterNode(context, { feedforward: [1], feedback: [1,
      0.5] })];
    for (const node of nodes) {
      for (const short of [0, 1, 2]) {
        const arrays = [4, 4, 4].map((length, index) => hide(new Float32Array(index === short ? 1 : length),
          'length', 4));
        assert.throws(() => node.getFrequencyResponse(...arrays), { name: 'InvalidAccessError' });
      }
      const arrays = [1, 1, 1].map((length) => hide(new Float32Array(length), 'length', 1e6));
      node.getFrequencyResponse(...arrays);
      assert.ok(arrays[1][0] > 0);
    }
    const buffer = new AudioBuffer({ length: 4, sampleRate: RATE });
    buffer.copyToChannel(hide(Float32Array.of(1, 2), 'length', 1000), 0);
    assert.deepEqual([...buffer.getChannelData(0)], [1, 2, 0, 0]);
    const out = hide(new Float32Array(2), 'length', 1000);
    buffer.copyFromChannel(out, 0);
    assert.deepEqual([out[0], out[1]], [1, 2]);
    new AnalyserNode(context).getFloatTimeDomainData(hide(new Float32Array(1), 'length', 100000));
    assert.throws(() => {
      new WaveShaperNode(context).curve = hide(new Float32Array(1), 'length', 100000);
    });
  });

  it('about their kind, their copies and their iterators', async () => {
    const context = offline(128);
    class Other extends Float32Array {
      static get [Symbol.species]() {
        return Float64Array;
      }
    }
    const level = new GainNode(context, { gain: 0 });
    level.gain.setValueCurveAtTime(new Other([0.5, 0.5]), 0, 1);
    const source = context.createConstantSource();
    source.connect(level).connect(context.destination);
    source.start();
    assert.equal((await context.startRendering()).getChannelData(0)[100], 0.5);
    const given = [hide(new Float32Array([0, 1]), 'slice', () => 5), hide(new Float32Array([0, 1]), 'length',
      1e6),
      Object.setPrototypeOf(new Float32Array([0, 1]), null)];
    for (const array of given.slice(0, 2)) {
      assert.ok(context.createPeriodicWave(array, [0, 1]) instanceof PeriodicWave);
      context.createGain().gain.setValueCurveAtTime(array, 0, 1);
    }
    assert.throws(() => context.createGain().gain.setValueCurveAtTime(given[2], 0, 1), TypeError);
    assert.throws(() => context.createPeriodicWave(hide(new Float32Array([0, NaN]), 'length', 0), [0, 1]),
      TypeError);
  });

  it('about their memory', () => {
    const buffer = new AudioBuffer({ length: 4, sampleRate: RATE });
    const view = buffer.getChannelData(0);
    hide(view, 'buffer', new ArrayBuffer(16));
    hide(view, 'length', 0);
    new AudioBufferSourceNode(offline(), { buffer }).start();
    assert.equal(view[0], undefined); // it is detached all the same
    for (const Kind of [Float32Array, Uint8Array]) {
      const shared = hide(new Kind(new SharedArrayBuffer(16)), 'buffer', new ArrayBuffer(16));
      const analyser = new AnalyserNode(offline());
      const read = Kind === Uint8Array ? 'getByteTimeDomainData' : 'getFloatTimeDomainData';
      assert.throws(() => analyser[read](shared), TypeError);
    }
  });

  it('that are detached, before and in the middle', () => {
    const context = offline();
    const buffer = new AudioBuffer({ length: 4, sampleRate: RATE });
    const gone = () => emptied(new Float32Array(4));
    buffer.copyFromChannel(gone(), 0);
    buffer.copyToChannel(gone(), 0);
    new AnalyserNode(context).getFloatFrequencyData(gone());
    new BiquadFilterNode(context).getFrequencyResponse(gone(), gone(), gone());
    assert.throws(() => {
      new WaveShaperNode(context).curve = gone();
    }, { name: 'InvalidStateError' });
    assert.throws(() => context.createGain().gain.setValueCurveAtTime(gone(), 0, 1), TypeError);
    // While the other arguments are converted.
    const late = new Float32Array(4);
    buffer.copyFromChannel(late, { valueOf: () => emptied(late) && 0 });
    const curve = new Float32Array([0, 1]);
    context.createGain().gain.setValueCurveAtTime(curve, { valueOf: () => emptied(curve) && 0 }, 1);
    const shape = new Float32Array([0, 1]);
    assert.equal(new WaveShaperNode(context, { curve: shape, get oversample() {
      emptied(shape);
      return '2x';
    } }).curve.length, 2);
  });
});

describe('conversions that call back', () => {
  // Each closes the context in the middle of a call, or makes thousands of edits there.
  const calls = {
    'a value': (c, during) => c.createGain().gain.setValueAtTime({ valueOf: () => during(1) }, 0),
    'an option': (c, during) => new GainNode(c, { get gain() {
      return during(1);
    } }).connect(c.destination),
    'a list': (c, during) => c.createIIRFilter({ * [Symbol.iterator]() {
      yield during(1);
    } }, [1]),
    'a length': (c, during) => c.createBuffer(1, { valueOf: () => during(10) }, RATE),
    'a port': (c, during) => c.createGain().connect(c.destination, { valueOf: () => during(0) }),
    'a start': (c, during) => c.createOscillator().start({ valueOf: () => during(0) }),
    'a count': (c, during) => {
      c.createGain().channelCount = { valueOf: () => during(2) };
    },
    'a text': (c, during) => {
      c.createBiquadFilter().type = { toString: () => during('notch') };
    },
    'a proxy': (c, during) => new GainNode(c, new Proxy({}, { get: (of,
      name) => (name === 'gain' ? during(1) : undefined) })),
  };
  for (const [name, call] of Object.entries(calls)) {
    it(name, async () => {
      const edits = offline(128);
      call(edits, (value) => {
        for (let count = 0; count < 300; count++) edits.createGain().connect(edits.createDelay(0.001));
        return value;
      });
      assert.equal((await edits.startRendering()).length, 128);
      for (const c of [offline(128), silent()]) {
        let closing;
        call(c, (value) => {
          closing = c.close();
          return value;
        });
        await closing;
        await task();
        assert.equal(c.state, 'closed');
      }
    });
  }
});

it('over the budget: QuotaExceededError and nothing else, and all works afterwards', async () => {
  const { budget } = memory();
  for (const room of [0, 5000, 70000, 300000]) {
    const context = offline(128);
    const source = context.createConstantSource();
    source.connect(context.destination);
    source.start();
    await task();
    setBudget(memory().used + room);
    let refused = 0;
    const attempt = (call) => {
      try {
        return call();
      } catch (error) {
        assert.equal(error.name, 'QuotaExceededError', `${call}: ${error.message}`);
        refused++;
        return undefined;
      }
    };
    try {
      for (let count = 0; count < 20; count++) {
        const made = [() => context.createDelay(), () => context.createConvolver(),
          () => context.createWaveShaper(),
          () => context.createAnalyser(), () => context.createPanner(), () => context.createGain(),
          () => context.createOscillator(), () => context.createChannelMerger()].map(attempt);
        for (const node of made.filter((each) => each !== undefined)) {
          attempt(() => node.connect(context.destination));
          if (node.gain !== undefined) attempt(() => node.gain.setValueCurveAtTime(new Float32Array(500), 0,
            1));
          if (node.curve !== undefined) attempt(() => Object.assign(node, { curve: new Float32Array(9000) }));
          if (node.fftSize !== undefined) attempt(() => Object.assign(node, { fftSize: 32768 }));
          if (node.panningModel !== undefined) attempt(() => Object.assign(node, { panningModel: 'HRTF' }));
        }
        attempt(() => context.createBuffer(1, 10000, RATE));
        attempt(() => new OfflineAudioContext(1, 1, RATE));
        attempt(() => context.createPeriodicWave(new Float32Array(200), new Float32Array(200)));
      }
    } finally {
      setBudget(budget);
    }
    assert.ok(refused > 20);
    context.createGain();
    assert.equal((await context.startRendering()).getChannelData(0)[100], 1);
  }
  await gc();
});

// -- programs -----------------------------------------------------------------------------------------------

const HEAD = `process.on('uncaughtException', (error) => heard.push(error.message));
  const heard = [];
  const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const silent = () => new AudioContext({ sinkId: { type: 'none' } });`;

describe('handlers', () => {
  const rows = {
    'close in ended, with others that end': [`const context = silent();
      await context.resume();
      let count = 0;
      const closed = new Promise((resolve) => {
        for (let index = 0; index < 100; index++) {
          const source = new ConstantSourceNode(context);
          source.connect(context.destination);
          source.onended = () => {
            source.disconnect();
            context.createGain().connect(context.destination);
            if (++count === 3) resolve(context.close());
          };
          source.start();
          source.stop(context.currentTime + 0.02);
        }
      });
      await closed;
      console.log(context.state, count >= 3);`, 'closed true\n'],
    'suspend, resume and close in statechange': [`const context = silent();
      const log = [];
      await new Promise((resolve) => {
        context.onstatechange = () => {
          if (log.push(context.state) > 6) resolve();
          else if (log.length === 6) void context.close();
          else void (context.state === 'running' ? context.suspend() : context.resume());
        };
      });
      console.log(log.join(' '));`, 'running suspended running suspended running suspended closed\n'],
    'close in statechange and in a suspension of a render': [`for (const early of [true, false]) {
        const context = new OfflineAudioContext(1, 4800000, 48000);
        for (let count = 0; count < 200; count++) { // so that it cannot be over before it is closed
          const tone = new OscillatorNode(context);
          tone.connect(context.destination);
          tone.start();
        }
        if (early) context.onstatechange = () => context.state === 'running' && context.close();
        else void context.suspend(0.1).then(() => context.close());
        await context.startRendering().catch((error) => console.log(error.name));
        console.log(context.state);
      }`, 'AbortError\nclosed\nAbortError\nclosed\n'],
    'another chunk in complete': [`
      const context = new OfflineAudioContext({ length: null, sampleRate: 48000 });
      let count = 0;
      await new Promise((resolve) => {
        context.oncomplete = ({ renderedBuffer }) => {
          console.log(renderedBuffer.length);
          if (++count < 3) void context.startRendering(1000);
          else resolve(context.close());
        };
        void context.startRendering(1000);
      });`, '1024\n1024\n1024\n'],
    'that throw: all of them run, and so does all that follows': [`
      const context = new OfflineAudioContext(1, 256, 48000);
      context.onstatechange = () => { throw new Error('state'); };
      context.oncomplete = () => { throw new Error('complete'); };
      const source = new OscillatorNode(context);
      source.addEventListener('ended', () => { throw new Error('ended'); });
      source.start();
      source.stop(0.001);
      void context.suspend(0).then(() => context.resume());
      const buffer = await context.startRendering();
      await context.decodeAudioData(new ArrayBuffer(4), null,
        () => { throw new Error('callback'); }).catch(() => {});
      await later(20);
      console.log(buffer.length, heard.sort().join(' '));`,
    '256 callback complete ended state state state state\n'],
    'that throw in real time': [`const context = silent();
      context.onstatechange = () => { throw new Error(context.state); };
      await context.resume();
      for (let index = 0; index < 5; index++) {
        const source = new OscillatorNode(context);
        source.onended = () => { throw new Error('ended'); };
        source.start();
        source.stop(0.001);
      }
      while (heard.length < 6) await later(5);
      await context.close();
      await later(5);
      console.log(heard.join(' '));`, 'running ended ended ended ended ended closed\n'],
  };
  for (const [name, [text, wanted]] of Object.entries(rows)) {
    it(name, async () => {
      const { code, signal, out, err } = await program(HEAD + text);
      assert.deepEqual({ code, signal, out, err }, { code: 0, signal: null, out: wanted, err: '' });
    });
  }
});

describe('ends in the middle', () => {
  const PLAYS = `const context = new AudioContext({ sinkId: { type: 'none' } });
    await context.resume();
    const other = new OfflineAudioContext(1, 10000000, 48000);
    for (const each of [context, other]) {
      const source = new OscillatorNode(each);
      source.connect(each.destination);
      source.start();
    }
    void other.startRendering();
    const end = new ConstantSourceNode(context);
    end.start();
    end.stop(context.currentTime + 0.001);`;
  const rows = {
    'exit in a handler': ['end.onended = () => process.exit(7);', 7, /^$/],
    'an exception that nobody catches': ["end.onended = () => { throw new Error('mine'); };", 1,
      /Error: mine/],
    'a rejection that nobody catches': ["end.onended = () => void Promise.reject(new Error('mine'));", 1,
      /Error: mine/],
    'exit while Workers play': [`const { Worker } = await import('node:worker_threads');
      for (let index = 0; index < 3; index++) new Worker(new URL('data:text/javascript,' + encodeURIComponent(
        'import { AudioContext, OscillatorNode } from "' + process.env.INDEX + '";' +
        'const context = new AudioContext({ sinkId: { type: "none" } });' +
        'new OscillatorNode(context).start();')));
      setTimeout(() => process.exit(5), 300);`, 5, /^$/],
  };
  const INDEX = new URL('../src/index.mjs', import.meta.url).href;
  for (const [name, [text, wanted, message]] of Object.entries(rows)) {
    it(name, async () => {
      const { code, signal, err } = await program(PLAYS + text, { env: { INDEX } });
      assert.deepEqual({ code, signal }, { code: wanted, signal: null }, err);
      assert.match(err, message);
    });
  }

  it('Workers that are terminated at any time', async () => {
    const text = `import('${INDEX}').then(async (wavepool) => {
      const { AudioContext, OfflineAudioContext, OscillatorNode, AudioBuffer } = wavepool;
      const { parentPort } = require('node:worker_threads');
      parentPort.postMessage('loaded');
      for (;;) {
        const context = new AudioContext({ sinkId: { type: 'none' } });
        new OscillatorNode(context).start();
        const other = new OfflineAudioContext(1, 48000, 48000);
        const source = new OscillatorNode(other);
        source.connect(other.destination);
        source.start();
        void other.suspend(0.5).then(() => other.resume());
        new AudioBuffer({ length: 1000, sampleRate: 48000 }).getChannelData(0);
        void other.decodeAudioData(new ArrayBuffer(1000)).catch(() => {});
        await Promise.all([context.resume(), other.startRendering()]);
        await context.close();
      }
    });`;
    await Promise.all([0, 1, 3, 10].map(async (ms) => {
      const worker = new Worker(text, { eval: true });
      await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      await new Promise((resolve) => {
        setTimeout(resolve, ms);
      });
      assert.equal(await worker.terminate(), 1);
    }));
  });
});
