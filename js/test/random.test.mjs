// Goal: whatever is called in whatever order, with whatever values, throws what the specification names or
// works.
// Method: random calls on a few contexts, also from handlers and in suspensions, by a seed; WAVEPOOL_SOAK is
// the
// number of calls of a longer run.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { AnalyserNode, AudioBuffer, AudioParam, OfflineAudioContext, OscillatorNode, offline, silent, task,
  wavepool }
  from './helpers.mjs';

const STEPS = Number(process.env.WAVEPOOL_SOAK || 1500), AT_ONCE = 50;
const EXPECTED = ['TypeError', 'RangeError', 'InvalidStateError', 'NotSupportedError', 'IndexSizeError',
  'InvalidAccessError', 'EncodingError', 'QuotaExceededError', 'AbortError', 'DataCloneError'];

let seed = 20261125;
function random() {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return (seed >>> 0) / 4294967296;
}
const below = (count) => Math.floor(random() * count);
const pick = (list) => list[below(list.length)];
const odd = [0, -0, 1, -1, 0.5, NaN, Infinity, -Infinity, 1e39, 3.4e38, 1e-40, 1e308, 4294967295, 2 ** 53,
  48000,
  undefined, null, 'x', {}, [], () => {}];
const number = () => (random() < 0.7 ? random() * pick([1, 0.01, 100, 20000]) : pick(odd));
const numbers = (length = below(50)) => Float32Array.from({ length }, number);
const words = ['max', 'explicit', 'discrete', 'HRTF', 'square', 'notch', '4x', 'linear'];

// Our own mistakes are TypeErrors too, but of V8's wording.
const isExpected = ({ name, message }) => EXPECTED.includes(name) &&
  !/Cannot (read|set) properties|is not (a function|defined|iterable)$/.test(message);
const surprises = [];
const heard = (error) => {
  if (!isExpected(error)) surprises.push(error);
};
function attempt(call) {
  try {
    const result = call();
    if (result instanceof Promise) result.catch(heard);
    return result;
  } catch (error) {
    heard(error);
    return undefined;
  }
}

const contexts = [], nodes = [], buffers = [];
const keep = (list, made, most) => {
  if (made !== undefined) list.push(made);
  if (list.length > most) list.splice(below(most), 1);
};
const close = (context) => context.state !== 'closed' && attempt(() => context.close());
const TYPES = Object.keys(wavepool.BaseAudioContext.prototype).filter((name) =>
  name.startsWith('create') && !['createBuffer', 'createPeriodicWave',
    'createScriptProcessor'].includes(name));
const NEED = { createIIRFilter: () => [[1, number()], [1, number()]], createDelay: () => [random()] };
const attributesOf = (node) => Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(node)))
  .filter(([, { get }]) => get !== undefined).map(([name]) => name);
const paramOf = (node) => pick(Object.keys(Object.getPrototypeOf(node)).map((name) => node[name])
  .filter((value) => value instanceof AudioParam));

function addContext() {
  const context = random() < 0.8
    ? attempt(() => new OfflineAudioContext({ numberOfChannels: 1 + below(8), length: pick([null,
      1 + below(60000)]),
      sampleRate: pick([3000, 44100, 48000]), renderSizeHint: pick([1, 17, 128, 999]) }))
    : attempt(() => silent({ renderSizeHint: pick(['default', 'hardware', 64, 300]) }));
  if (context === undefined) return;
  context.onstatechange = () => random() < 0.2 && step();
  context.oncomplete = () => step();
  contexts.push(context);
  if (contexts.length > 5) close(contexts.shift());
}

function automate(param) {
  attempt(pick([() => param.setValueAtTime(number(), number()), () => param.setTargetAtTime(number(),
    number(), number()),
    () => param.linearRampToValueAtTime(number(), number()), () => param.cancelAndHoldAtTime(number()),
    () => param.exponentialRampToValueAtTime(number(), number()), () => param.cancelScheduledValues(number()),
    () => param.setValueCurveAtTime(numbers(), number(), number()), () => param.value, () => {
      param.value = number();
    }, () => {
      param.automationRate = pick(['a-rate', 'k-rate']);
    }]));
}

const onContexts = [addContext, (c) => attempt(() => c.decodeAudioData(new ArrayBuffer(below(200)))),
  (c) => attempt(() => c.listener.setPosition(number(), number(), number())),
  (c) => random() < 0.1 && close(c), (c) => attempt(() => c.currentTime),
  (c) => attempt(() => (c instanceof OfflineAudioContext ? c.startRendering(below(5000)) : c.suspend())),
  (c) => attempt(() => (c instanceof OfflineAudioContext ? c.suspend(random()).then(() => {
    step();
    attempt(() => c.resume());
  }) : c.resume())),
  (c) => keep(buffers, attempt(() => new AudioBuffer({ length: 1 + below(5000), numberOfChannels: pick([1, 2,
    4, 5]),
    sampleRate: c.sampleRate })), 10)];
const onNodes = [(n) => paramOf(n) && automate(paramOf(n)), (n) => paramOf(n) && automate(paramOf(n)),
  (n, m) => attempt(() => n.connect(m, pick([0, 0, below(3)]), pick([0, 0, below(3)]))),
  (n) => attempt(() => n.connect(n.context.destination)),
  (n, m) => paramOf(m) && attempt(() => n.connect(paramOf(m))),
  (n, m) => attempt(pick([() => n.disconnect(), () => n.disconnect(m), () => n.disconnect(below(4))])),
  (n) => n.start && attempt(() => n.start(...[number(), number(), number()].slice(0, below(4)))),
  (n) => n.stop && attempt(() => n.stop(number())),
  (n) => attempt(() => {
    n[pick(['channelCount', ...attributesOf(n)])] = pick([number(), pick(words),
      pick(buffers),
      numbers(), 1 + below(32), null]);
  }),
  (n) => n instanceof AnalyserNode && attempt(() => n.getFloatFrequencyData(numbers())),
  (n) => n instanceof OscillatorNode &&
    attempt(() => n.setPeriodicWave(n.context.createPeriodicWave(numbers(3), numbers(3)))),
  (n) => attempt(() => n.addEventListener('ended', step))];

function step() {
  const [context, node] = [pick(contexts), pick(nodes)];
  const buffer = pick(buffers);
  if (random() < 0.2) {
    const type = pick(TYPES);
    keep(nodes, attempt(() => context[type](...(NEED[type]?.() ?? []))), 100);
  } else if (random() < 0.1 && buffer !== undefined) {
    attempt(pick([() => buffer.getChannelData(below(3)).fill(random()), () => buffer.copyToChannel(numbers(),
      below(3),
      below(6000)), () => buffer.copyFromChannel(numbers(), below(3), below(6000))]));
  } else if (random() < 0.3 || node === undefined) {
    pick(onContexts)(context);
  } else {
    pick(onNodes)(node, pick(nodes));
  }
}

it(`${STEPS} random calls`, async () => {
  addContext();
  for (let count = 0; count < STEPS; count += AT_ONCE) {
    for (let index = 0; index < AT_ONCE; index++) {
      if (contexts.length === 0) addContext();
      step();
    }
    await task();
  }
  for (const context of contexts) await close(context);
  await task();
  assert.deepEqual(surprises, []);
  const context = offline(128);
  const source = context.createConstantSource();
  source.connect(context.destination);
  source.start();
  assert.equal((await context.startRendering()).getChannelData(0)[100], 1);
});
