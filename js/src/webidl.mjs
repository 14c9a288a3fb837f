// WebIDL conversions, as ECMAScript values come in. Each takes a value and the words that an error begins
// with. Numbers that are what they should be take one comparison.

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
  const result = { __proto__: null }; // every name is one of theirs
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

// What an object says of itself may be a lie: its own properties hide those of its kind.
const typedArrayGetter = (name) => Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype), name).get;
const typedArrayTag = typedArrayGetter(Symbol.toStringTag);
const typedArrayBuffer = typedArrayGetter('buffer');
const byteLengthOf = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength').get;

// The memory that it really is on, which has no bytes once it is detached.
export const memoryOf = (view) => typedArrayBuffer.call(view);
export const isEmptied = (view) => byteLengthOf.call(memoryOf(view)) === 0;

// A typed array of that very kind, on memory that is not shared and not detached.
export function typedArray(value, name, what) {
  if (typeof value !== 'object' || value === null || typedArrayTag.call(value) !== name) {
    throw new TypeError(`${what}: not a ${name}`);
  }
  const memory = memoryOf(value);
  if (!isArrayBuffer(memory)) throw new TypeError(`${what}: a ${name} on shared memory`);
  if (isResizable(memory)) throw new TypeError(`${what}: a ${name} on resizable memory`);
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

const resizableOf = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'resizable')?.get;
const isResizable = (memory) => resizableOf !== undefined && resizableOf.call(memory);

export function arrayBuffer(value, what) {
  if (!isArrayBuffer(value)) throw new TypeError(`${what}: not an ArrayBuffer`);
  if (isResizable(value)) throw new TypeError(`${what}: a resizable ArrayBuffer`);
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

export function illegalConstructor(name) {
  return new TypeError(`${name}: illegal constructor`);
}

export function noOverload(what) {
  return new TypeError(`${what}: no overload takes these arguments`);
}

export function missingMember(what) {
  return new TypeError(`${what} is required`);
}

// What a union with a dictionary reads as the dictionary.
export function isObjectOrNothing(value) {
  return value === undefined || typeof value === 'object' || typeof value === 'function';
}

export function instanceArgument(value, test, name, what) {
  if (!test(value)) throw new TypeError(`${what}: not of type ${name}`);
  return value;
}

// An interface of the platform, not ours, which the platform may lack.
export function foreignArgument(value, name, what) {
  const constructor = globalThis[name];
  if (typeof constructor !== 'function' || !(value instanceof constructor)) {
    throw new TypeError(`${what}: not of type ${name}`);
  }
  return value;
}

const arrayValues = Float32Array.prototype[Symbol.iterator];
const arrayIteratorPrototype = Object.getPrototypeOf([][Symbol.iterator]());
const arrayIteratorNext = arrayIteratorPrototype.next;

// sequence<float> as a Float32Array of our own. An ordinary Float32Array is read without its iterator.
export function floatSequence(value, what) {
  const isPlain = typeof value === 'object' && value !== null &&
    typedArrayTag.call(value) === 'Float32Array' &&
    value[Symbol.iterator] === arrayValues && arrayIteratorPrototype.next === arrayIteratorNext;
  if (!isPlain) return Float32Array.from(sequence(value, float, what));
  const copy = new Float32Array(value); // neither its species nor its own properties have a say
  for (let index = 0; index < copy.length; index++) {
    if (copy[index] - copy[index] !== 0) throw new TypeError(`${what}[${index}]: ${copy[index]} is not finite`);
  }
  return copy;
}

// -- interface objects --------------------------------------------------------------------------------------

// Members are enumerable, the tag is not. iterated: the method that @@iterator is.
export function finishInterface(constructor, name, iterated = undefined) {
  const { prototype } = constructor;
  for (const key of Object.getOwnPropertyNames(prototype)) {
    if (key !== 'constructor') Object.defineProperty(prototype, key, { enumerable: true });
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
  if (iterated !== undefined) {
    Object.defineProperty(prototype, Symbol.iterator,
      { value: prototype[iterated], writable: true, configurable: true });
  }
}

// The same for a class that was made elsewhere and gets its members here.
export function addMembers(constructor, name, members) {
  Object.defineProperties(constructor.prototype, Object.getOwnPropertyDescriptors(members));
  finishInterface(constructor, name);
}
