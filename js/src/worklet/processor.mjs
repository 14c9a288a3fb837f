// AudioWorkletProcessor and registerProcessor.
import { dictionaryObject, float, missingMember, needArguments, sequence, string,
  enumeration } from '../webidl.mjs';

const FLOAT_MAX = 3.4028234663852886e38;
const RATES = new Set(['a-rate', 'k-rate']);
const { DOMException } = globalThis;
const notSupported = (message) => new DOMException(`registerProcessor: ${message}`, 'NotSupportedError');

const registered = new Map(); // { constructor, params } by name
let pendingPort = null; // of the processor that is being constructed
let tellRegistered = () => {};

export function setRegistered(tell) {
  tellRegistered = tell;
}

export class AudioWorkletProcessor {
  #port;

  constructor() {
    if (pendingPort === null) throw new TypeError('AudioWorkletProcessor: illegal constructor');
    this.#port = pendingPort;
    pendingPort = null;
  }

  get port() {
    return this.#port;
  }
}
Object.defineProperty(AudioWorkletProcessor.prototype, 'port', { enumerable: true });

// -- registerProcessor --------------------------------------------------------------------------------------

// AudioParamDescriptor, its members in WebIDL's order.
function toDescriptor(value, what) {
  const given = dictionaryObject(value, what);
  const read = (name, convert, otherwise) => {
    const member = given?.[name];
    return member === undefined ? otherwise : convert(member, `${what}.${name}`);
  };
  const automationRate = read('automationRate', (text, of) => enumeration(text, RATES, 'AutomationRate', of),
    'a-rate');
  const defaultValue = read('defaultValue', float, 0);
  const maxValue = read('maxValue', float, FLOAT_MAX);
  const minValue = read('minValue', float, -FLOAT_MAX);
  const name = read('name', string, undefined);
  if (name === undefined) throw missingMember(`${what}.name`);
  return { name, defaultValue, minValue, maxValue, automationRate };
}

// Without calling it.
function isConstructor(value) {
  try {
    return Reflect.construct(new Proxy(value, { construct: () => ({}) }), []) !== undefined;
  } catch {
    return false;
  }
}

function descriptorsOf(constructor, name) {
  const value = constructor.parameterDescriptors;
  if (value === undefined) return [];
  const descriptors = sequence(value, toDescriptor, `registerProcessor: parameterDescriptors of '${name}'`);
  const names = new Set();
  for (const each of descriptors) {
    if (names.has(each.name)) throw notSupported(`'${name}' has two params named '${each.name}'`);
    names.add(each.name);
    if (!(each.minValue <= each.defaultValue && each.defaultValue <= each.maxValue)) {
      throw new DOMException(`registerProcessor: '${name}': defaultValue of '${each.name}' is ` +
        `${each.defaultValue}, not in [${each.minValue}, ${each.maxValue}]`, 'InvalidStateError');
    }
  }
  return descriptors;
}

export function registerProcessor(name, processorCtor) {
  needArguments(arguments.length, 2, 'registerProcessor');
  const key = string(name, 'registerProcessor: name');
  const what = 'registerProcessor: processorCtor';
  if (typeof processorCtor !== 'function') throw new TypeError(`${what}: not a function`);
  if (key === '') throw notSupported('the name is empty');
  if (registered.has(key)) throw notSupported(`'${key}' is registered already`);
  if (!isConstructor(processorCtor)) throw new TypeError(`${what}: not a constructor`);
  const { prototype } = processorCtor;
  if ((typeof prototype !== 'object' && typeof prototype !== 'function') || prototype === null) {
    throw new TypeError(`${what}: its prototype is not an object`);
  }
  const descriptors = descriptorsOf(processorCtor, key);
  registered.set(key, { constructor: processorCtor, params: descriptors.map((each) => each.name) });
  tellRegistered(key, descriptors);
}

// -- construction -------------------------------------------------------------------------------------------

// { processor, params }; what the user's constructor throws is passed on.
export function construct(name, options, port) {
  const { constructor, params } = registered.get(name);
  pendingPort = port;
  try {
    return { processor: new constructor(options), params };
  } finally {
    pendingPort = null;
  }
}
