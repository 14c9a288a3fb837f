// Goal: every attribute, argument and option has the specification's default, range and exception, in each
// stage of a node's life. Method: types and arguments come from the IDL; what prose alone says stands in the
// tables here.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { parse } from 'webidl2';
import { interfaces } from '../src/generated/interfaces.mjs';
import { RATE, offline, silent, task, wavepool } from './helpers.mjs';

const require = createRequire(import.meta.url);
const idl = parse(readFileSync(require.resolve('@webref/idl/webaudio.idl'), 'utf8'));
const extra = parse(readFileSync(new URL('../tools/wavepool.idl', import.meta.url), 'utf8'));
const all = [...idl, ...extra].filter((each) => each.type === 'interface' &&
  interfaces[each.name] !== undefined);
const byName = new Map(all.map((each) => [each.name, each]));
const own = (of, type) => of.members.filter((member) => member.type === type);

const MAX = 3.4028234663852886e38;
const NYQUIST = RATE / 2;
const NEED = { IIRFilterNode: { feedforward: [1], feedback: [1] } };
const make = (name, context, options = undefined) =>
  new wavepool[name](context, options === undefined ? NEED[name] : { ...NEED[name], ...options });

// -- tables -------------------------------------------------------------------------------------------------

// inputs, outputs, channelCount, channelCountMode, channelInterpretation
const CHANNELS = {
  AnalyserNode: [1, 1, 2, 'max', 'speakers'],
  AudioBufferSourceNode: [0, 1, 2, 'max', 'speakers'],
  BiquadFilterNode: [1, 1, 2, 'max', 'speakers'],
  ChannelMergerNode: [6, 1, 1, 'explicit', 'speakers'],
  ChannelSplitterNode: [1, 6, 6, 'explicit', 'discrete'],
  ConstantSourceNode: [0, 1, 2, 'max', 'speakers'],
  ConvolverNode: [1, 1, 2, 'clamped-max', 'speakers'],
  DelayNode: [1, 1, 2, 'max', 'speakers'],
  DynamicsCompressorNode: [1, 1, 2, 'clamped-max', 'speakers'],
  GainNode: [1, 1, 2, 'max', 'speakers'],
  IIRFilterNode: [1, 1, 2, 'max', 'speakers'],
  OscillatorNode: [0, 1, 2, 'max', 'speakers'],
  PannerNode: [1, 1, 2, 'clamped-max', 'speakers'],
  StereoPannerNode: [1, 1, 2, 'clamped-max', 'speakers'],
  WaveShaperNode: [1, 1, 2, 'max', 'speakers'],
};

// param: default, min, max, rate, whether the rate is fixed
const free = (value) => [value, -MAX, MAX, 'a-rate', false];
const fixed = (value, min = -MAX, max = MAX) => [value, min, max, 'k-rate', true];
const DETUNE = [0, -153600, 153600, 'a-rate', false];
const PARAMS = {
  AudioBufferSourceNode: { playbackRate: fixed(1), detune: fixed(0) },
  BiquadFilterNode: { frequency: [350, 0, NYQUIST, 'a-rate', false], detune: DETUNE, Q: free(1),
    gain: [0, -MAX, 1541.273681640625, 'a-rate', false] }, // 40 log10(MAX) of floats
  ConstantSourceNode: { offset: free(1) },
  DelayNode: { delayTime: [0, 0, 1, 'a-rate', false] },
  DynamicsCompressorNode: { threshold: fixed(-24, -100, 0), knee: fixed(30, 0, 40), ratio: fixed(12, 1, 20),
    attack: fixed(Math.fround(0.003), 0, 1), release: fixed(0.25, 0, 1) },
  GainNode: { gain: free(1) },
  OscillatorNode: { frequency: [440, -NYQUIST, NYQUIST, 'a-rate', false], detune: DETUNE },
  PannerNode: { positionX: free(0), positionY: free(0), positionZ: free(0), orientationX: free(1),
    orientationY: free(0), orientationZ: free(0) },
  StereoPannerNode: { pan: [0, -1, 1, 'a-rate', false] },
  AudioListener: { positionX: free(0), positionY: free(0), positionZ: free(0), forwardX: free(0),
    forwardY: free(0), forwardZ: free(-1), upX: free(0), upY: free(1), upZ: free(0) },
};

// attribute: values that it takes, and the exception of each that it refuses
const atMostTwo = { channelCount: [[1, 2, '2', 2.9, 4294967298], { NotSupportedError: [0, 3, 32, -1, null,
  NaN] }],
  channelCountMode: [['explicit', 'clamped-max'], { NotSupportedError: ['max'] }] };
const any = { channelCount: [[1, 32, '3', 3.9, 4294967297], { NotSupportedError: [0, 33, -1, null, NaN,
  undefined] }],
  channelCountMode: [['explicit', 'clamped-max', 'max'], {}], channelInterpretation: [['discrete',
    'speakers'], {}] };
const numbers = [[0, -1, 1e300, -1e300], {}];
const VALUES = {
  AnalyserNode: { ...any, fftSize: [[32, 32768, '64'], { IndexSizeError: [0, 16, 31, 33, 2047, 65536, -32,
    NaN] }],
    minDecibels: [[-1e300, -30.001], { IndexSizeError: [-30, 0, 1e300] }],
    maxDecibels: [[1e300, -99.999], { IndexSizeError: [-100, -1e300] }],
    smoothingTimeConstant: [[0, 1, -0], { IndexSizeError: [-1e-9, 1.0000001] }] },
  AudioBufferSourceNode: { ...any, loopStart: numbers, loopEnd: numbers, loop: [[true, false], {}] },
  BiquadFilterNode: { ...any, type: [['highpass', 'bandpass', 'lowshelf', 'highshelf', 'peaking', 'notch',
    'allpass',
    'lowpass'], {}] },
  ChannelMergerNode: { channelCount: [[1], { InvalidStateError: [2, 32], NotSupportedError: [0, 33] }],
    channelCountMode: [['explicit'], { InvalidStateError: ['max', 'clamped-max'] }] },
  ChannelSplitterNode: { channelCount: [[6], { InvalidStateError: [1, 7], NotSupportedError: [0, 33] }],
    channelCountMode: [['explicit'], { InvalidStateError: ['max', 'clamped-max'] }],
    channelInterpretation: [['discrete'], { InvalidStateError: ['speakers'] }] },
  ConstantSourceNode: any,
  ConvolverNode: { ...atMostTwo, normalize: [[false, true], {}] },
  DelayNode: any,
  DynamicsCompressorNode: atMostTwo,
  GainNode: any,
  IIRFilterNode: any,
  OscillatorNode: { ...any, type: [['square', 'sawtooth', 'triangle', 'sine'],
    { InvalidStateError: ['custom'] }] },
  PannerNode: { ...atMostTwo, panningModel: [['equalpower'], {}],
    distanceModel: [['linear', 'exponential', 'inverse'], {}],
    refDistance: [[0, 1e300], { RangeError: [-1e-9, -1] }], maxDistance: [[1e-9, 1e300], { RangeError: [0, -0,
      -1] }],
    rolloffFactor: [[0, 1e300], { RangeError: [-1e-9, -1] }], coneInnerAngle: numbers,
      coneOuterAngle: numbers,
    coneOuterGain: [[0, 1, -0], { InvalidStateError: [-1e-9, 1.0000001] }] },
  StereoPannerNode: atMostTwo,
  WaveShaperNode: { ...any, oversample: [['2x', '4x', 'none'], {}] },
};

// Options that are no attributes: those taken, those refused.
const OPTIONS = {
  AnalyserNode: [[{ minDecibels: -20, maxDecibels: -10 }], { IndexSizeError: [{ minDecibels: -20 },
    { maxDecibels: -100 }, { minDecibels: -5, maxDecibels: -5 }] }],
  ChannelMergerNode: [[{ numberOfInputs: 1 }, { numberOfInputs: 32 }, { numberOfInputs: '7' }],
    { IndexSizeError: [{ numberOfInputs: 0 }, { numberOfInputs: 33 }, { numberOfInputs: -1 }] }],
  ChannelSplitterNode: [[{ numberOfOutputs: 1 }, { numberOfOutputs: 32 }, { numberOfOutputs: 2,
    channelCount: 2 }],
    { IndexSizeError: [{ numberOfOutputs: 0 }, { numberOfOutputs: 33 }],
      InvalidStateError: [{ numberOfOutputs: 2, channelCount: 6 }] }],
  DelayNode: [[{ maxDelayTime: 1e-9 }, { maxDelayTime: 2, delayTime: 9 }],
    { NotSupportedError: [{ maxDelayTime: 0 }, { maxDelayTime: -1 }, { maxDelayTime: 180 },
      { maxDelayTime: 1e300 }] }],
  IIRFilterNode: [[{ feedforward: new Array(20).fill(1), feedback: new Array(20).fill(1) }, { feedforward: [0,
    1] }],
    { NotSupportedError: [{ feedforward: [] }, { feedback: [] }, { feedforward: new Array(21).fill(1) },
      { feedback: new Array(21).fill(1) }],
    InvalidStateError: [{ feedforward: [0] }, { feedforward: [0, -0] }, { feedback: [0] }, { feedback: [-0,
      1] }] }],
  WaveShaperNode: [[{ curve: [0, 0] }, { curve: new Float32Array(2) }], { InvalidStateError: [{ curve: [] },
    { curve: [1] }] }],
};

// Not every dictionary has the members of AudioNodeOptions.
const dictionaries = new Map(idl.filter((each) => each.type === 'dictionary').map((each) => [each.name,
  each]));
function optionNames(name) {
  const { idlType } = own(byName.get(name), 'constructor')[0].arguments[1];
  const names = (of) => (of === undefined ? [] : [...of.members.map((member) => member.name),
    ...names(dictionaries.get(of.inheritance))]);
  return names(dictionaries.get(idlType.idlType));
}

// -- values -------------------------------------------------------------------------------------------------

// The same rules hold before and after a node has anything behind it.
async function stages(name, options) {
  const live = make(name, offline(), options);
  const context = offline();
  const closed = make(name, context, options);
  await context.close();
  const late = make(name, context, options);
  const list = [['live', live], ['of a context that was closed', closed], ['made in a closed context', late]];
  if (live instanceof wavepool.AudioScheduledSourceNode) {
    const played = offline(128);
    const ended = make(name, played, options);
    ended.start();
    await played.startRendering();
    await task();
    list.push(['ended', ended]);
  }
  return list;
}

// What the attribute is once it was set.
function converted(attribute, given) {
  if (typeof given === 'boolean' || MODES.has(given)) return given;
  return ['channelCount', 'fftSize'].includes(attribute) ? Number(given) >>> 0 : Number(given);
}
const MODES = new Set(idl.filter((each) => each.type === 'enum').flatMap((each) =>
  each.values.map(({ value }) => value)));

for (const [name, attributes] of Object.entries(VALUES)) {
  describe(name, () => {
    it('attributes', async () => {
      const nodes = await stages(name);
      for (const [attribute, [taken, refused]] of Object.entries(attributes)) {
        for (const [stage, node] of nodes) {
          const first = node[attribute];
          for (const [error, values] of Object.entries(refused)) {
            for (const value of values) {
              const what = `${name}.${attribute} = ${value}, ${stage}`;
              assert.throws(() => {
                node[attribute] = value;
              }, { name: error }, what);
              assert.equal(node[attribute], first, what);
            }
          }
          for (const value of [...taken, first]) {
            node[attribute] = value;
            assert.equal(node[attribute], converted(attribute, value),
              `${name}.${attribute} = ${value}, ${stage}`);
          }
        }
      }
    });

    it('options', () => {
      const context = offline();
      const refuses = (error, options) => assert.throws(() => make(name, context, options), { name: error },
        `${name}: ${Object.entries(options)}`);
      for (const [attribute, [taken, refused]] of Object.entries(attributes)) {
        if (!optionNames(name).includes(attribute)) continue;
        for (const value of taken) {
          assert.equal(make(name, context, { [attribute]: value })[attribute], converted(attribute, value));
        }
        for (const [error, values] of Object.entries(refused)) {
          for (const value of values.filter((each) => each !== undefined)) refuses(error,
            { [attribute]: value });
        }
      }
      const [taken, refused] = OPTIONS[name] ?? [[], {}];
      for (const options of taken) assert.ok(make(name, context, options));
      for (const [error, list] of Object.entries(refused)) {
        for (const options of list) refuses(error, options);
      }
    });

    it('channels and params', async () => {
      for (const [stage, node] of await stages(name)) {
        assert.deepEqual([node.numberOfInputs, node.numberOfOutputs, node.channelCount, node.channelCountMode,
          node.channelInterpretation], CHANNELS[name], stage);
        checkParams(name, node, stage);
      }
    });
  });
}

function checkParams(name, object, stage) {
  const found = own(byName.get(name),
    'attribute').filter((member) => member.idlType.idlType === 'AudioParam');
  const table = PARAMS[name] ?? {};
  assert.deepEqual(found.map((member) => member.name), Object.keys(table));
  for (const [key, [value, min, max, rate, isFixed]] of Object.entries(table)) {
    const param = object[key];
    assert.equal(object[key], param);
    assert.deepEqual([param.defaultValue, param.value, param.minValue, param.maxValue, param.automationRate],
      [value, value, min, max, rate], `${name}.${key}, ${stage}`);
    const other = rate === 'a-rate' ? 'k-rate' : 'a-rate';
    const change = () => {
      param.automationRate = other;
    };
    if (isFixed) assert.throws(change, { name: 'InvalidStateError' }, `${name}.${key}, ${stage}`);
    else change();
    assert.equal(param.automationRate, isFixed ? rate : other);
    param.automationRate = rate;
    for (const readOnly of ['defaultValue', 'minValue', 'maxValue']) {
      assert.throws(() => {
        param[readOnly] = 1;
      }, TypeError);
    }
  }
}

it('an option that is the contrary of its attribute', () => {
  const [context, buffer] = [offline(), offline().createBuffer(1, 1, RATE)];
  for (const [given, wanted] of [[undefined, true], [false, true], [0, true], ['', true], [true, false],
    ['no', false]]) {
    assert.equal(make('ConvolverNode', context, { buffer, disableNormalization: given }).normalize, wanted);
  }
});

it('the listener', async () => {
  const context = offline();
  checkParams('AudioListener', context.listener, 'live');
  context.listener.setPosition(1, 2, 3);
  context.listener.setOrientation(0, 0, 1, 1, 0, 0);
  const { listener } = context;
  assert.deepEqual(['positionX', 'positionY', 'positionZ', 'forwardZ', 'upX',
    'upY'].map((key) => listener[key].value),
    [1, 2, 3, 1, 1, 0]);
  listener.positionY.setValueCurveAtTime([0, 1], 0, 1);
  assert.throws(() => listener.setPosition(7, 7, 7), { name: 'NotSupportedError' });
  assert.equal(listener.positionX.value, 1); // together or not at all
  await context.close();
  listener.setPosition(4, 5, 6);
  assert.equal(listener.positionZ.value, 6);
});

it('destinations', async () => {
  const context = offline(128, 2);
  const { destination } = context;
  const rows = [['channelCount', 1], ['channelCount', 3], ['channelCount', 0], ['channelCountMode', 'max'],
    ['channelCountMode', 'clamped-max']];
  for (const isClosed of [false, true]) {
    if (isClosed) await context.startRendering();
    for (const [name, value] of rows) {
      const before = destination[name];
      assert.throws(() => {
        destination[name] = value;
      }, { name: 'InvalidStateError' }, `${name} = ${value}`);
      assert.equal(destination[name], before);
    }
  }
  const real = silent();
  for (const isClosed of [false, true]) {
    if (isClosed) await real.close();
    for (const value of [0, real.destination.maxChannelCount + 1, 33, -1, NaN]) {
      assert.throws(() => {
        real.destination.channelCount = value;
      }, { name: 'IndexSizeError' });
    }
    real.destination.channelCount = 1;
    assert.equal(real.destination.channelCount, 1);
  }
});

// -- arguments ----------------------------------------------------------------------------------------------

const mine = new Error('mine');
const thrower = { valueOf() {
  throw mine;
} };
const notNumbers = [Symbol('s'), 1n, thrower, { [Symbol.toPrimitive]: () => ({}) }];
const notFinite = [...notNumbers, NaN, Infinity, -Infinity, 'text', {}, [1, 2], () => {}];
const shared = (Kind) => new Kind(new SharedArrayBuffer(16));
const notArrays = (Kind) => [null, undefined, 1, 'text', [], {}, new Float64Array(1), new Int8Array(1),
  shared(Kind),
  Object.defineProperty(shared(Kind), 'buffer', { value: new ArrayBuffer(16) }),
    new DataView(new ArrayBuffer(8)),
  Object.create(Kind.prototype), new Proxy(new Kind(1), {}), new ArrayBuffer(4), new Kind(1).buffer,
  ...(ArrayBuffer.prototype.resize ? [new Kind(new ArrayBuffer(4, { maxByteLength: 8 }))] : [])];
const notSequences = [null, 1, 'text', {}, true, Symbol('s'), [NaN], [0, Infinity], ['text'], [{}], [1n],
  { [Symbol.iterator]: 1 }, { [Symbol.iterator]: () => ({}) }];
const WRONG = {
  'float': [...notFinite, 1e39, -3.5e38], 'double': notFinite, 'unsigned long': notNumbers,
  'sequence': notSequences, 'Float32Array': notArrays(Float32Array), 'Uint8Array': notArrays(Uint8Array),
  'ArrayBuffer': [null, undefined, {}, new Uint8Array(4), new SharedArrayBuffer(4),
    new Proxy(new ArrayBuffer(4), {})],
  'DecodeSuccessCallback': [1, 'text', {}, true], 'DecodeErrorCallback': [1, 'text', {}, true],
  'PeriodicWaveConstraints': [1, 'text', Symbol('s')], 'PeriodicWave': [null, undefined, {}, 1],
  'AudioNode': [null, {}, [], offline()], 'AudioParam': [null, {}, []],
  'AudioSinkOptions': [{}, { type: 'some' }, Symbol('s')],
};
const right = { 'float': () => 1, 'double': () => 0, 'unsigned long': () => 0, 'sequence': () => [1, 1],
  'Float32Array': () => new Float32Array(1), 'Uint8Array': () => new Uint8Array(1),
    'ArrayBuffer': () => new ArrayBuffer(4),
  'PeriodicWaveConstraints': () => ({}), 'DecodeSuccessCallback': () => null,
    'DecodeErrorCallback': () => null };
const typeOf = ({ idlType }) => {
  if (idlType.union) return 'AudioSinkOptions';
  return idlType.generic === 'sequence' ? 'sequence' : idlType.idlType;
};

async function refuses(object, operation, given, what) {
  if (operation.idlType.generic !== 'Promise') {
    assert.throws(() => object[operation.name](...given), (error) => error === mine ||
      error instanceof TypeError, what);
    return;
  }
  let rejection;
  assert.doesNotThrow(() => {
    rejection = object[operation.name](...given);
  }, what);
  await assert.rejects(rejection, (error) => error === mine || error instanceof TypeError, what);
}

it('operations refuse each wrong kind of each argument', async () => {
  const context = offline();
  const real = silent();
  const objects = [context, real, context.destination, context.listener, context.createBuffer(1, 1, RATE),
    context.createGain().gain, ...Object.keys(VALUES).map((name) => make(name, context))];
  let count = 0;
  for (const object of objects) {
    for (const of of all.filter((each) => object instanceof interfaces[each.name])) {
      for (const operation of own(of, 'operation').filter((each) => each.name !== 'disconnect' &&
        // in graph.test.mjs
        each.arguments.every((argument) => WRONG[typeOf(argument)] !== undefined))) {
        const fitting = operation.arguments.map((argument) => right[typeOf(argument)]?.());
        for (const [index, argument] of operation.arguments.entries()) {
          const before = operation.arguments.slice(0, index);
          if (before.some((each) => right[typeOf(each)] === undefined)) continue; // overloads by a first argument: see graph.test.mjs
          for (const wrong of WRONG[typeOf(argument)]) {
            if (wrong === undefined && argument.optional) continue;
            const given = fitting.map((each, at) => (at === index ? wrong : each));
            count++;
            await refuses(object, operation, given,
              `${of.name}.${operation.name}, ${argument.name}: ${typeof wrong}`);
          }
        }
      }
    }
  }
  assert.ok(count > 1000, `${count} calls`);
  await real.close();
});

it('conversions come before states', () => {
  const source = offline().createOscillator();
  source.start();
  assert.throws(() => source.start(NaN), TypeError);
  assert.throws(() => source.start(thrower), mine);
  const closed = offline();
  void closed.close();
  assert.throws(() => closed.createDelay(NaN), TypeError);
  assert.throws(() => closed.createBuffer(0, 1, NaN), TypeError);
});

// -- shapes -------------------------------------------------------------------------------------------------

it('properties are enumerated as the IDL has them: attributes, then operations', () => {
  for (const of of all) {
    const names = (type) => [...new Set(own(of, type).map((member) => member.name))];
    const iterated = own(of, 'maplike').length > 0;
    if (!iterated) assert.deepEqual(Object.keys(interfaces[of.name].prototype), [...names('attribute'),
      ...names('operation')],
      of.name);
  }
  const seen = [];
  for (const name in offline().createGain()) seen.push(name);
  assert.deepEqual(seen.slice(0, 3), ['gain', 'context', 'numberOfInputs']);
  assert.ok(seen.includes('addEventListener'));
});

it('what the package has beyond the specification has the shape of its IDL', () => {
  for (const of of extra.filter((each) => each.type === 'interface')) {
    const constructor = wavepool[of.name];
    assert.equal(Object.getPrototypeOf(constructor), wavepool[of.inheritance]);
    assert.throws(() => constructor(), TypeError);
    const most = own(of, 'constructor')[0].arguments;
    assert.equal(constructor.length, most.filter((argument) => !argument.optional).length);
    for (const wrong of [undefined, null, {}, offline(), offline().destination]) {
      assert.throws(() => new constructor(wrong, { path: '/nowhere' }), TypeError);
    }
    for (const member of own(of, 'attribute')) {
      const { get, set, enumerable } = Object.getOwnPropertyDescriptor(constructor.prototype, member.name);
      assert.deepEqual([enumerable, set === undefined], [true, member.readonly !== '' &&
        member.readonly !== false &&
        member.readonly !== undefined && Boolean(member.readonly)], member.name);
      assert.throws(() => get.call(offline().createGain()), TypeError, member.name);
    }
    for (const { name, arguments: given } of own(of, 'operation')) {
      assert.equal(constructor.prototype[name].length, given.filter((argument) => !argument.optional).length);
      assert.throws(() => constructor.prototype[name].call(offline().createGain()), TypeError, name);
    }
  }
});

it('objects say what they are', async () => {
  const context = offline();
  const real = silent();
  const objects = { OfflineAudioContext: context, AudioContext: real,
    AudioDestinationNode: context.destination,
    AudioListener: context.listener, AudioParam: context.createGain().gain,
      AudioBuffer: context.createBuffer(1, 1, RATE),
    PeriodicWave: context.createPeriodicWave([0, 1], [0, 1]), AudioPlaybackStats: real.playbackStats,
      AudioSinkInfo: real.sinkId,
    ...Object.fromEntries(Object.keys(VALUES).map((name) => [name, make(name, context)])) };
  for (const [name, object] of Object.entries(objects)) {
    assert.equal(Object.prototype.toString.call(object), `[object ${name}]`);
    assert.equal(object.constructor, interfaces[name]);
    assert.deepEqual(Object.keys(object), []);
    for (const of of all.filter((each) => object instanceof interfaces[each.name])) {
      for (const member of own(of, 'attribute')) {
        const isOurs = interfaces[member.idlType.idlType] !== undefined && member.name !== 'audioWorklet';
        if (isOurs) assert.equal(object[member.name], object[member.name], `${name}.${member.name}`);
        if (!member.readonly || member.extAttrs.some((each) => each.name === 'PutForwards')) continue;
        assert.throws(() => {
          object[member.name] = 1;
        }, TypeError, `${name}.${member.name} is read-only`);
      }
    }
  }
  await real.close();
});
