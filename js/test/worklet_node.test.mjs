// Goal: AudioWorkletNode and its processors do offline what the text says, to the bit and to the quantum.
// Method: processors that write what they saw into their output or their port; the same is done by hand here.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contextState } from '../src/generated/interfaces.mjs';
import { WorkletState, rest } from '../src/impl/audio_worklet.mjs';
import { channel } from '../src/worklet/thread.mjs';
import { AudioBuffer, AudioBufferSourceNode, AudioNode, AudioParam, AudioParamMap, AudioWorkletNode,
  ConstantSourceNode, GainNode, OfflineAudioContext, OscillatorNode, event, gc, task } from './helpers.mjs';

const data = (code) => `data:text/javascript,${encodeURIComponent(code)}`;

const MODULE = data(`
  const processor = (name, process, more = class extends AudioWorkletProcessor {}) =>
    registerProcessor(name, Object.assign(class extends more { process(...all) { return process.apply(this,
      all); } },
      { parameterDescriptors: more.parameterDescriptors }));
  const copy = (inputs, outputs) => outputs[0].forEach((out, channel) => {
    if (inputs[0][channel] !== undefined) out.set(inputs[0][channel]);
  });
  processor('copy', copy);
  class WithGain extends AudioWorkletProcessor {
    static parameterDescriptors = [{ name: 'gain', defaultValue: 2 },
      { name: 'k', defaultValue: 0.5, minValue: 0, maxValue: 1, automationRate: 'k-rate' }];
  }
  processor('gain', (inputs, outputs, { gain, k }) => {
    const [[input], [out]] = [inputs[0], outputs[0]];
    for (let n = 0; n < out.length; n++) {
      out[n] = Math.fround(input?.[n] ?? 0) * gain[gain.length > 1 ? n : 0] * k[0];
    }
  }, WithGain);
  class OnePole extends AudioWorkletProcessor {
    state = 0;
    process([[input]], [[out]]) {
      for (let n = 0; n < out.length; n++) out[n] = this.state = 0.9 * this.state + 0.1 * (input?.[n] ?? 0);
      return false;
    }
  }
  registerProcessor('one pole', OnePole);
  class Teller extends AudioWorkletProcessor { constructor(options) { super();
    this.port.postMessage(options); } }
  registerProcessor('teller', Teller);
  class Shape extends AudioWorkletProcessor { // says how its arguments look, when that changes
    static parameterDescriptors = [{ name: 'x' }];
    process(inputs, outputs, parameters) {
      const said = JSON.stringify({ inputs: inputs.map((each) => each.length),
        outputs: outputs.map((each) => each.length), x: parameters.x.length });
      if (said !== this.said) this.port.postMessage({ frame: currentFrame, ...JSON.parse(said),
        same: [inputs === this.inputs, outputs === this.outputs, parameters === this.parameters],
        frozen: [inputs, inputs[0], outputs, outputs[0], parameters].every(Object.isFrozen),
        arrays: [inputs, outputs].every((all) => Array.isArray(all) && all.flat().every((each) =>
          each instanceof Float32Array && each.length === renderQuantumSize)) });
      this.said = said;
      [this.inputs, this.outputs, this.parameters] = [inputs, outputs, parameters];
      return true;
    }
  }
  registerProcessor('shape', Shape);
  class Counter extends AudioWorkletProcessor {
    constructor({ processorOptions }) { super(); this.left = processorOptions.calls; this.calls = 0; }
    process(inputs, [[out]]) { out.fill(++this.calls); return --this.left > 0; }
  }
  registerProcessor('counter', Counter);
  class Obedient extends AudioWorkletProcessor {
    constructor() { super(); this.value = 0; this.port.onmessage = ({ data }) => {
      this.value = data; this.port.postMessage([data, currentFrame]); }; }
    process(inputs, [[out]]) { out.fill(this.value); return true; }
  }
  registerProcessor('obedient', Obedient);
  class Micro extends AudioWorkletProcessor {
    process(inputs, [[out]]) {
      out.fill(globalThis.micro ?? 0);
      Promise.resolve().then(() => {}).then(() => { globalThis.micro = (globalThis.micro ?? 0) + 1; });
      return true;
    }
  }
  registerProcessor('micro', Micro);
  class Thief extends AudioWorkletProcessor { // takes away all that it was given
    process(inputs, outputs, parameters) {
      outputs[0][0].fill(1);
      const all = [...inputs.flat(), ...outputs.flat(), ...Object.values(parameters)];
      this.port.postMessage(all.map((each) => each.length), all.map((each) => each.buffer));
      return true;
    }
  }
  processor('thief', Thief.prototype.process, WithGain);
  processor('denormal', (inputs, outputs) => { outputs[0][0].fill(5e-324 * 2 > 0 && 1e-310 / 2 > 0 ? 1 : -1);
    outputs[0][0][1] = 1e-40; return true; });
  const bad = (name, value) => registerProcessor(name, class extends AudioWorkletProcessor {
    process(inputs, [[out]]) { out.fill(1); if (currentFrame >= 256) throw value; return true; } });
  bad('throws error', new RangeError('on purpose'));
  bad('throws string', 'a string');
  bad('throws nothing', undefined);
  bad('throws function', () => {});
  registerProcessor('no process', class extends AudioWorkletProcessor {});
  registerProcessor('bad process', class extends AudioWorkletProcessor { get process() { return 5; } });
  registerProcessor('throws early', class extends AudioWorkletProcessor {
    constructor() { super(); throw new TypeError('in the constructor'); } });
  registerProcessor('not super', function () {});
  registerProcessor('twice', class extends AudioWorkletProcessor { constructor() { super(); new Teller();
    } });
  registerProcessor('many', class extends AudioWorkletProcessor {
    static parameterDescriptors = Array.from({ length: 17 }, (_, n) => ({ name: String(n) })); });
  registerProcessor('odd', class extends AudioWorkletProcessor {
    static parameterDescriptors = ['constructor', '__proto__', ''].map((name) => ({ name }));
    process(inputs, [[out]], parameters) { out.fill(Object.keys(parameters).length); return true; } });
  registerProcessor('changes', class extends AudioWorkletProcessor {
    process(inputs, [[out]]) { this.process = (_, [[out]]) => { out.fill(2); return true; }; out.fill(1);
      return true; } });
`);

async function ready(length = 1024, channels = 1, settings = {}) {
  const context = new OfflineAudioContext({ numberOfChannels: channels, length, sampleRate: 48000,
    ...settings });
  await context.audioWorklet.addModule(MODULE);
  return context;
}

// Messages as they come, and a wait for more.
function listen(port) {
  const said = [];
  port.onmessage = ({ data: message }) => said.push(message);
  return { said, until: async (count) => {
    while (said.length < count) await task();
    return said;
  } };
}

const noise = (length) => Float32Array.from({ length }, (_,
  n) => Math.sin(n * n) * (n % 7 === 0 ? 1e-39 : 1));
function play(context, values, channels = 1) {
  const buffer = new AudioBuffer({ length: values.length, sampleRate: 48000, numberOfChannels: channels });
  for (let channel = 0; channel < channels; channel++) buffer.copyToChannel(values, channel);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.start();
  return source;
}

const rendered = async (context, channel = 0) => (await context.startRendering()).getChannelData(channel);
const differ = (a, b) => a.findIndex((value, index) => !Object.is(value, b[index]));

describe('construction', () => {
  it('what is refused', async () => {
    const c = await ready();
    const rows = [
      [() => new AudioWorkletNode(), TypeError],
      [() => new AudioWorkletNode(c), TypeError],
      [() => new AudioWorkletNode({}, 'copy'), TypeError],
      [() => new AudioWorkletNode(c, Symbol('copy')), TypeError],
      [() => new AudioWorkletNode(c, 'copy', 5), TypeError],
      [() => new AudioWorkletNode(c, 'Copy'), 'InvalidStateError'],
      [() => new AudioWorkletNode(c, 'copy', { numberOfInputs: 0, numberOfOutputs: 0 }), 'NotSupportedError'],
      [() => new AudioWorkletNode(c, 'copy', { numberOfInputs: 33 }), 'NotSupportedError'],
      [() => new AudioWorkletNode(c, 'copy', { numberOfOutputs: 33 }), 'NotSupportedError'],
      [() => new AudioWorkletNode(c, 'copy', { outputChannelCount: [0] }), 'NotSupportedError'],
      [() => new AudioWorkletNode(c, 'copy', { outputChannelCount: [33] }), 'NotSupportedError'],
      [() => new AudioWorkletNode(c, 'copy', { outputChannelCount: [] }), 'IndexSizeError'],
      [() => new AudioWorkletNode(c, 'copy', { outputChannelCount: [1, 1] }), 'IndexSizeError'],
      [() => new AudioWorkletNode(c, 'copy', { outputChannelCount: [0, 1] }), 'NotSupportedError'],
      [() => new AudioWorkletNode(c, 'copy', { outputChannelCount: 1 }), TypeError],
      [() => new AudioWorkletNode(c, 'copy', { channelCount: 0 }), 'NotSupportedError'],
      [() => new AudioWorkletNode(c, 'copy', { channelCountMode: 'most' }), TypeError],
      [() => new AudioWorkletNode(c, 'gain', { parameterData: { gain: NaN } }), TypeError],
      [() => new AudioWorkletNode(c, 'gain', { parameterData: { gain: 1e39 } }), TypeError],
      [() => new AudioWorkletNode(c, 'gain', { parameterData: 5 }), TypeError],
      [() => new AudioWorkletNode(c, 'copy', { processorOptions: 5 }), TypeError],
      [() => new AudioWorkletNode(c, 'copy', { processorOptions: { f() {} } }), 'DataCloneError'],
      [() => new AudioWorkletNode(c, 'many'), 'NotSupportedError'],
    ];
    for (const [make, wanted] of rows) {
      assert.throws(make, typeof wanted === 'string' ? { name: wanted } : wanted, make.toString());
    }
    assert.equal((await rendered(c))[0], 0); // and nothing of it is left
  });

  it('what a node is', async () => {
    const c = await ready();
    const node = new AudioWorkletNode(c, 'gain', { numberOfInputs: 3, numberOfOutputs: 2, channelCount: 5,
      channelCountMode: 'explicit', channelInterpretation: 'discrete', parameterData: { gain: 7,
        other: 1 } });
    assert.ok(node instanceof AudioNode);
    assert.deepEqual([node.numberOfInputs, node.numberOfOutputs, node.channelCount, node.channelCountMode,
      node.channelInterpretation, node.context], [3, 2, 5, 'explicit', 'discrete', c]);
    assert.ok(node.port instanceof MessagePort);
    assert.equal(node.port, node.port);
    assert.equal(node.onprocessorerror, null);
    const { parameters } = node;
    assert.equal(node.parameters, parameters);
    assert.ok(parameters instanceof AudioParamMap);
    assert.deepEqual([...parameters.keys()], ['gain', 'k']);
    assert.deepEqual([parameters.size, parameters.has('k'), parameters.has('other'), parameters.get('other')],
      [2, true, false, undefined]);
    const [gain, k] = parameters.values();
    assert.ok(gain instanceof AudioParam);
    assert.equal(parameters.get('gain'), gain);
    assert.deepEqual([gain.value, gain.defaultValue, gain.automationRate], [7, 2, 'a-rate']);
    assert.deepEqual([gain.minValue, gain.maxValue], [-3.4028234663852886e38, 3.4028234663852886e38]);
    assert.deepEqual([k.value, k.defaultValue, k.minValue, k.maxValue, k.automationRate], [0.5, 0.5, 0, 1,
      'k-rate']);
    const seen = [];
    parameters.forEach(function each(value, key, map) {
      seen.push([value, key, map, this]);
    }, 'this');
    assert.deepEqual(seen.map(([value, key]) => [value, key]), [...parameters].map(([key, value]) => [value,
      key]));
    assert.ok(seen[0][2] === parameters && String(seen[0][3]) === 'this');
    assert.throws(() => node.connect(c.destination, 2), { name: 'IndexSizeError' });
    assert.throws(() => c.createGain().connect(node, 0, 3), { name: 'IndexSizeError' });
    gain.automationRate = 'k-rate';
    assert.equal(gain.automationRate, 'k-rate');
  });

  it('what its processor is given', async () => {
    const c = await ready();
    const bytes = new Uint8Array([1, 2]);
    const rows = [
      [undefined, { numberOfInputs: 1, numberOfOutputs: 1 }],
      [{ numberOfInputs: 2, numberOfOutputs: 2, outputChannelCount: [3, 4], channelCount: 2,
        channelCountMode: 'max', channelInterpretation: 'discrete', parameterData: { a: 1 },
        processorOptions: { deep: [new Map([[bytes, 1]])] }, unknown: 1 },
      { numberOfInputs: 2, numberOfOutputs: 2, outputChannelCount: [3, 4], channelCount: 2,
        channelCountMode: 'max', channelInterpretation: 'discrete', parameterData: { a: 1 },
        processorOptions: { deep: [new Map([[bytes, 1]])] } }],
    ];
    const heard = rows.map(([options]) => listen(new AudioWorkletNode(c, 'teller', options).port));
    await c.startRendering();
    for (const [index, { until }] of heard.entries()) {
      assert.deepEqual(structuredClone((await until(1))[0]), rows[index][1]);
    }
  });

  it('names that objects have already', async () => {
    const c = await ready(128);
    const node = new AudioWorkletNode(c, 'odd', { parameterData: { ['__proto__']: 3 } });
    node.connect(c.destination);
    assert.deepEqual([...node.parameters.values()].map((each) => each.value), [0, 3, 0]);
    assert.equal((await rendered(c))[0], 3);
    assert.deepEqual([...node.parameters.values()].map((each) => each.value), [0, 3, 0]);
  });
});

describe('process', () => {
  for (const quantum of [1, 100, 128, 1000]) {
    it(`by hand and by JavaScript the same to the bit, quantum ${quantum}`, async () => {
      const values = noise(2500);
      const c = await ready(2600, 1, { renderSizeHint: quantum });
      play(c, values).connect(new AudioWorkletNode(c, 'one pole')).connect(c.destination);
      let state = 0;
      const wanted = Float32Array.from({ length: 2600 }, (_, n) => (state =
        0.9 * state + 0.1 * (values[n] ?? 0)));
      const found = await rendered(c);
      const ends = Math.ceil(2500 / quantum) * quantum; // then it has no input, and has said false
      assert.equal(differ(found.subarray(0, ends), wanted), -1);
      assert.ok(found.subarray(ends).every((value) => value === 0));
    });
  }

  it('chains cost no time', async () => {
    const values = noise(1024);
    const c = await ready();
    let last = play(c, values);
    for (let count = 0; count < 5; count++) last = last.connect(new AudioWorkletNode(c, 'copy'));
    last.connect(c.destination);
    assert.equal(differ(await rendered(c), values), -1);
  });

  it('params: one value, or one for each frame; k-rate and ranges', async () => {
    const c = await ready(512);
    const node = new AudioWorkletNode(c, 'gain');
    const gain = node.parameters.get('gain');
    gain.setValueAtTime(4, 0);
    gain.setValueAtTime(8, 200 / 48000);
    node.parameters.get('k').setValueAtTime(5, 256 / 48000); // above its range
    play(c, new Float32Array(512).fill(1)).connect(node).connect(c.destination);
    const found = await rendered(c);
    assert.deepEqual([0, 199, 200, 255, 256, 511].map((n) => found[n]), [2, 2, 4, 4, 8, 8]);
  });

  it('a param takes connections', async () => {
    const c = await ready(256);
    const values = Float32Array.from({ length: 256 }, (_, n) => Math.sin(n * n));
    const node = new AudioWorkletNode(c, 'gain', { parameterData: { k: 1, gain: 0 } });
    play(c, values).connect(node.parameters.get('gain'));
    play(c, new Float32Array(256).fill(1)).connect(node).connect(c.destination);
    assert.equal(differ(await rendered(c), values), -1);
  });

  it('its arrays: none without a source, as many as are mixed, frozen, the same until something changes',
    async () => {
    const c = await ready(1024);
    const node = new AudioWorkletNode(c, 'shape', { numberOfInputs: 2, numberOfOutputs: 2,
      outputChannelCount: [1, 3] });
    const { until } = listen(node.port);
    const source = play(c, new Float32Array(256), 2); // silent, and a source all the same
    source.connect(node, 0, 1);
    node.parameters.get('x').setValueAtTime(0, 512 / 48000);
    node.parameters.get('x').linearRampToValueAtTime(1, 640 / 48000);
    await c.startRendering();
    const shapes = (await until(4)).map(({ frame, inputs, outputs, x }) => [frame, inputs, outputs, x]);
    assert.deepEqual(shapes, [[0, [0, 2], [1, 3], 1], [256, [0, 0], [1, 3], 1], [512, [0, 0], [1, 3], 128],
      [640, [0, 0], [1, 3], 1]]);
    const said = await until(4);
    assert.deepEqual(said.map((each) => each.same), [[false, false, false], [false, true, true],
      [true, true, false], [true, true, false]]);
    assert.ok(said.every((each) => each.frozen && each.arrays));
  });

  it('one input, one output: as many channels as come in', async () => {
    const c = await ready(512);
    const node = new AudioWorkletNode(c, 'shape');
    const { until } = listen(node.port);
    play(c, new Float32Array(128).fill(1), 4).connect(node);
    await c.startRendering();
    assert.deepEqual((await until(2)).map(({ inputs, outputs }) => [inputs, outputs]), [[[4], [4]], [[0],
      [1]]]);
  });

  it('microtasks run before the next processor does', async () => {
    const c = await ready(256);
    const first = new AudioWorkletNode(c, 'micro', { numberOfInputs: 0 });
    first.connect(c.destination);
    const second = new AudioWorkletNode(c, 'micro', { numberOfInputs: 0 });
    second.connect(new GainNode(c, { gain: 100 })).connect(c.destination);
    const found = await rendered(c);
    assert.deepEqual([found[0], found[128]].sort(), [100, 302].sort()); // 0 and 1, 2 and 3
  });

  it('JavaScript has its denormals', async () => {
    const c = await ready(128);
    new AudioWorkletNode(c, 'denormal', { numberOfInputs: 0 }).connect(c.destination);
    const found = await rendered(c);
    assert.deepEqual([found[0], found[1]], [1, Math.fround(1e-40)]);
  });

  it('who gives its arrays away gets others', async () => {
    const c = await ready(512);
    const node = new AudioWorkletNode(c, 'thief', { numberOfOutputs: 1 });
    const { until } = listen(node.port);
    play(c, noise(512), 2).connect(node).connect(c.destination);
    const found = await rendered(c);
    assert.ok(found.every((value) => value === 0)); // it has given away what it wrote
    assert.deepEqual(await until(4), new Array(4).fill([128, 128, 128, 128, 1, 1]));
  });

  it('is looked up each time', async () => {
    const c = await ready(256);
    new AudioWorkletNode(c, 'changes').connect(c.destination);
    const found = await rendered(c);
    assert.deepEqual([found[127], found[128]], [1, 2]);
  });

  it('chunks and suspensions', async () => {
    const c = await ready(1024);
    new AudioWorkletNode(c, 'counter', { processorOptions: { calls: Infinity } }).connect(c.destination);
    const all = [];
    const resumed = c.suspend(384 / 48000).then(() => c.resume());
    for (let count = 0; count < 4; count++) all.push(...(await c.startRendering(256)).getChannelData(0));
    await resumed;
    assert.deepEqual(all, Array.from({ length: 1024 }, (_, n) => 1 + Math.floor(n / 128)));
  });

  it('the main thread is free meanwhile, and can add to what runs', async () => {
    const length = 48000 * 60;
    const c = new OfflineAudioContext({ numberOfChannels: 1, length, sampleRate: 48000 });
    const none = new GainNode(c, { gain: 0 });
    none.connect(c.destination);
    for (let count = 0; count < 40; count++) {
      const source = new OscillatorNode(c);
      source.connect(none);
      source.start();
    }
    let turns = 0;
    const done = rendered(c); // without a worklet
    await c.audioWorklet.addModule(MODULE);
    const node = new AudioWorkletNode(c, 'obedient', { numberOfInputs: 0 });
    node.connect(c.destination);
    const { until } = listen(node.port);
    node.port.postMessage(3);
    await until(1);
    for (let isDone = false; !isDone; turns++) {
      await Promise.race([task(), done.then(() => {
        isDone = true;
      })]);
    }
    const found = await done;
    assert.ok(turns > 1);
    assert.equal(found[length - 1], 3);
  });
});

describe('life', () => {
  it('false: not called again until there is an input', async () => {
    const c = await ready(1024);
    const node = new AudioWorkletNode(c, 'counter', { processorOptions: { calls: 3 } });
    node.connect(c.destination);
    const source = new ConstantSourceNode(c, { offset: 1 });
    source.connect(node);
    source.start(640 / 48000);
    source.stop(896 / 48000);
    const found = await rendered(c);
    assert.deepEqual(Array.from({ length: 8 }, (_, n) => found[128 * n]), [1, 2, 3, 0, 0, 4, 5, 0]);
  });

  it('one that is over and dropped is collected, with its processor and its port', async () => {
    const c = await ready(1024 * 128);
    const { nodes } = contextState(c).worklet;
    const keep = new AudioWorkletNode(c, 'counter', { processorOptions: { calls: 2 } });
    (() => {
      for (let count = 0; count < 20; count++) {
        new AudioWorkletNode(c, 'counter', { processorOptions: { calls: count % 3 } }).connect(c.destination);
      }
      new AudioWorkletNode(c, 'counter', { processorOptions: { calls: Infinity } }).connect(c.destination);
    })();
    assert.equal(nodes.size, 22);
    let chunks = 0;
    for (; nodes.size > 2 && chunks < 100; chunks++) {
      await c.startRendering(1024);
      await gc(1);
    }
    assert.equal(nodes.size, 2, `${nodes.size} after ${chunks} chunks`);
    assert.equal(keep.numberOfInputs, 1);
    await c.close();
  });

  const failures = {
    'throws error': ['Uncaught RangeError: on purpose', (error) => error instanceof RangeError, 256],
    'throws string': ['Uncaught a string', (error) => error === 'a string', 256],
    'throws nothing': ['Uncaught undefined', (error) => error === undefined, 256],
    'throws function': ['Uncaught () => {}', (error) => error === null, 256],
    'no process': ['Uncaught TypeError: process is not a function', (error) => error instanceof TypeError, 0],
    'bad process': ['Uncaught TypeError: process is not a function', (error) => error instanceof TypeError,
      0],
    'throws early': ['Uncaught TypeError: in the constructor', (error) => error instanceof TypeError, 0],
    'twice': ['Uncaught TypeError: AudioWorkletProcessor: illegal constructor',
      (error) => error instanceof TypeError, 0],
  };
  for (const [name, [message, test, frames]] of Object.entries(failures)) {
    it(`${name}: processorerror once, and silence`, async () => {
      const c = await ready(1024, 2);
      const node = new AudioWorkletNode(c, name);
      const events = [];
      node.onprocessorerror = (raised) => events.push(raised);
      node.addEventListener('processorerror', (raised) => events.push(raised));
      node.connect(c.destination, 0);
      const other = new AudioWorkletNode(c, 'counter', { processorOptions: { calls: Infinity },
        channelCount: 1 });
      other.connect(new GainNode(c, { gain: 0 })).connect(c.destination);
      const source = play(c, new Float32Array(1024).fill(1));
      source.connect(node);
      source.connect(other);
      const found = await rendered(c);
      assert.deepEqual([...found], Array.from({ length: 1024 }, (_, n) => (n < frames ? 1 : 0)));
      while (events.length < 2) await task();
      await task();
      assert.equal(events.length, 2);
      const [raised] = events;
      assert.ok(raised instanceof Event && raised.constructor.name === 'ErrorEvent');
      assert.deepEqual([raised.type, raised.message, raised.bubbles, raised.target], ['processorerror',
        message, false, node]);
      assert.ok(test(raised.error), String(raised.error));
      if (name === 'throws early') assert.ok(raised.filename.startsWith('data:') && raised.lineno > 80 &&
        raised.colno > 0);
    });
  }

  it('the scope goes on when its thread ends, without it', async () => {
    const c = await ready(4800);
    await c.audioWorklet.addModule(data(`import { exit } from 'node:process';
      registerProcessor('exit', class extends AudioWorkletProcessor { process() {
        if (currentFrame > 1000) exit(3); return true; } });`));
    const node = new AudioWorkletNode(c, 'exit');
    const error = event(node, 'processorerror');
    const source = new ConstantSourceNode(c);
    source.connect(c.destination);
    source.start();
    const found = await rendered(c);
    assert.equal(found[4799], 1);
    assert.match((await error).message, /its thread has ended/);
  });
});

describe('ports', () => {
  it('what was sent before the first quantum is there with it', async () => {
    const c = await ready(256);
    const node = new AudioWorkletNode(c, 'obedient', { numberOfInputs: 0 });
    node.connect(c.destination);
    const { until } = listen(node.port);
    node.port.postMessage(5);
    node.port.postMessage(6);
    assert.deepEqual(new Set(await rendered(c)), new Set([6]));
    assert.deepEqual(await until(2), [[5, 0], [6, 0]]);
  });

  it('ping-pong: both ways, in suspensions, and after the end', async () => {
    const c = await ready(1024);
    const node = new AudioWorkletNode(c, 'obedient', { numberOfInputs: 0 });
    node.connect(c.destination);
    const { until } = listen(node.port);
    for (let count = 1; count < 8; count++) {
      void c.suspend(count * 128 / 48000).then(async () => {
        node.port.postMessage(count);
        assert.equal((await until(count))[count - 1][0], count);
        await c.resume();
      });
    }
    const found = await rendered(c);
    assert.deepEqual(Array.from({ length: 8 }, (_, n) => found[128 * n]), [0, 1, 2, 3, 4, 5, 6, 7]);
    node.port.postMessage('late');
    assert.deepEqual((await until(8))[7][0], 'late');
    assert.equal(node.context, c); // both are still there: a context that is dropped takes its thread with it
  });

  it('one that listens rests with the context, also where its node was collected first', () => {
    const w = new WorkletState(null);
    const [heard, alone] = [channel(w)[0], channel(w)[0]];
    w.nodes.set(1, { reference: { deref: () => undefined }, held: null });
    heard.onmessage = () => {};
    assert.deepEqual([heard.hasRef(), alone.hasRef(), w.listening.size], [true, false, 1]);
    rest({ worklet: w });
    alone.onmessage = () => {};
    assert.deepEqual([heard.hasRef(), alone.hasRef(), w.listening.size], [false, false, 0]);
  });

  it('an exception in a listener ends nothing', async () => {
    const c = await ready(256);
    await c.audioWorklet.addModule(data(`console.error = () => {};
      registerProcessor('grumpy', class extends AudioWorkletProcessor {
      constructor() { super(); this.port.onmessage = () => { throw new Error('not now'); }; }
      process(inputs, [[out]]) { out.fill(1); return true; } });`));
    const node = new AudioWorkletNode(c, 'grumpy');
    node.connect(c.destination);
    node.port.postMessage(1);
    assert.equal((await rendered(c))[255], 1);
  });
});
