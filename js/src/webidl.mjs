// WebIDL conversions, as ECMAScript values come in. Each takes a value and the words that an error begins with.
// Numbers that are what they should be take one comparison.

function toNumber(value, what) {
  if (typeof value === 'bigint') throw new TypeError(`${what}: a BigInt is not a number`);
  if (typeof value === 'symbol') throw new TypeError(`${what}: a Symbol is not a number`);
  return Number(value);
}

export function double(value, what) {
  const number = typeof value === 'number' ? value : toNumber(value, what);
  if (number - number !== 0) throw new TypeError(`${what}: ${number} is not finite`);
  return number;
}

export function unrestrictedDouble(value, what) {
  return typeof value === 'number' ? value : toNumber(value, what);
}

export function float(value, what) {
  const number = Math.fround(typeof value === 'number' ? value : toNumber(value, what));
  if (number - number !== 0) throw new TypeError(`${what}: ${value} is not a finite float`);
  return number;
}

export function unsignedLong(value, what) {
  if (typeof value === 'number' && value >>> 0 === value) return value;
  return toNumber(value, what) >>> 0; // modulo 2^32, NaN and infinities are 0
}

export function long(value, what) {
  if (typeof value === 'number' && (value | 0) === value) return value;
  return toNumber(value, what) | 0;
}

export function boolean(value) {
  return Boolean(value);
}

export function string(value, what) {
  if (typeof value === 'string') return value;
  if (typeof value === 'symbol') throw new TypeError(`${what}: a Symbol is not a string`);
  return String(value);
}

// values: a Set of the legal strings
export function enumeration(value, values, name, what) {
  const text = string(value, what);
  if (!values.has(text)) throw new TypeError(`${what}: '${text}' is not a ${name}`);
  return text;
}

export function sequence(value, convert, what) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    throw new TypeError(`${what}: not a sequence`);
  }
  const method = value[Symbol.iterator];
  if (typeof method !== 'function') throw new TypeError(`${what}: not iterable`);
  const result = [];
  for (const item of { [Symbol.iterator]: () => method.call(value) }) {
    result.push(convert(item, `${what}[${result.length}]`));
  }
  return result;
}

export function record(value, convert, what) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    throw new TypeError(`${what}: not an object`);
  }
  const result = {};
  for (const key of Reflect.ownKeys(value)) {
    const property = Reflect.getOwnPropertyDescriptor(value, key);
    if (property !== undefined && property.enumerable) {
      const name = string(key, what);
      result[name] = convert(value[key], `${what}.${name}`);
    }
  }
  return result;
}

// undefined and null are the empty dictionary.
export function dictionaryObject(value, what) {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' && typeof value !== 'function') {
    throw new TypeError(`${what}: not an object`);
  }
  return value;
}

export function object(value, what) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    throw new TypeError(`${what}: not an object`);
  }
  return value;
}

export function callbackFunction(value, what) {
  if (typeof value !== 'function') throw new TypeError(`${what}: not a function`);
  return value;
}

const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
const byteLengthOf = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength').get;

// A typed array of that very kind, on memory that is not shared and not detached.
export function typedArray(value, name, what) {
  if (typeof value !== 'object' || value === null || typedArrayTag.call(value) !== name) {
    throw new TypeError(`${what}: not a ${name}`);
  }
  if (!(value.buffer instanceof ArrayBuffer) && !isArrayBuffer(value.buffer)) {
    throw new TypeError(`${what}: a ${name} on shared memory`);
  }
  return value;
}

export function isArrayBuffer(value) {
  try {
    byteLengthOf.call(value);
    return true;
  } catch {
    return false;
  }
}

export function arrayBuffer(value, what) {
  if (!isArrayBuffer(value)) throw new TypeError(`${what}: not an ArrayBuffer`);
  return value;
}

export function needArguments(count, wanted, what) {
  if (count < wanted) {
    throw new TypeError(`${what}: ${wanted} argument${wanted > 1 ? 's' : ''} required, but only ${count} present`);
  }
}

export function illegalInvocation(what) {
  return new TypeError(`${what}: illegal invocation`);
}

// Interface members are enumerable, also Symbol.toStringTag stands where WebIDL wants it.
export function finishInterface(constructor, name, members, statics = {}) {
  const prototype = constructor.prototype;
  for (const member of members) {
    const property = Object.getOwnPropertyDescriptor(prototype, member);
    property.enumerable = true;
    Object.defineProperty(prototype, member, property);
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
  Object.defineProperty(constructor, 'name', { value: name, configurable: true });
  for (const key of Object.keys(statics)) Object.defineProperty(constructor, key, statics[key]);
}
