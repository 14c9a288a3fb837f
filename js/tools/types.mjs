// Conversions of IDL types as JavaScript expressions.

const NUMBERS = new Map([['double', 'double'], ['unrestricted double', 'unrestrictedDouble'], ['float',
  'float'],
  ['unsigned long', 'unsignedLong'], ['long', 'long'], ['DOMHighResTimeStamp', 'double']]);
const STRINGS = new Set(['DOMString', 'USVString']);
const ARRAYS = new Set(['Float32Array', 'Uint8Array']);
// Of these the implementation is given the state, of all others the object itself.
const AS_STATES = new Map([['AudioNode', 'nodeArgument'], ['AudioParam', 'paramArgument'],
  ['BaseAudioContext', 'contextArgument'], ['AudioContext', 'audioContextArgument']]);

export const quote = (text) => `'${text}'`;
// The expression that converts `value`; what: the words that an error begins with.
export function convert(idl, type, value, what) {
  if (type.nullable) {
    const { idlType, generic, union } = type; // getters of the parser's prototype: no spread
    const inner = convert(idl, { idlType, generic, union, nullable: false }, value, what);
    return `${value} === null || ${value} === undefined ? null : ${inner}`;
  }
  if (type.union) return convertUnion(idl, type, value, what);
  const words = quote(what);
  if (type.generic === 'sequence') {
    const [item] = type.idlType;
    if (item.idlType === 'float') return `floatSequence(${value}, ${words})`;
    return `sequence(${value}, ${NUMBERS.get(item.idlType)}, ${words})`;
  }
  if (type.generic === 'record') return `record(${value}, ${NUMBERS.get(type.idlType[1].idlType)}, ${words})`;
  const name = type.idlType;
  if (NUMBERS.has(name)) return `${NUMBERS.get(name)}(${value}, ${words})`;
  if (STRINGS.has(name)) return `string(${value}, ${words})`;
  if (name === 'boolean') return `Boolean(${value})`;
  if (name === 'object') return `object(${value}, ${words})`;
  if (name === 'ArrayBuffer') return `arrayBuffer(${value}, ${words})`;
  if (ARRAYS.has(name)) return `typedArray(${value}, ${quote(name)}, ${words})`;
  if (idl.enums.has(name)) return `enumeration(${value}, ${name}, ${quote(name)}, ${words})`;
  if (idl.dictionaries.has(name)) return `to${name}(${value}, ${words})`;
  if (idl.callbacks.has(name)) return `callbackFunction(${value}, ${words})`;
  if (AS_STATES.has(name)) return `${AS_STATES.get(name)}(${value}, ${words})`;
  if (idl.interfaces.has(name)) return `instanceArgument(${value}, is${name}, ${quote(name)}, ${words})`;
  return `foreignArgument(${value}, ${quote(name)}, ${words})`; // MediaStream and the like
}

// Numbers with strings, or strings with dictionaries: all that the specification has.
function convertUnion(idl, type, value, what) {
  const members = type.idlType;
  const number = members.find((each) => NUMBERS.has(each.idlType));
  const dictionary = members.find((each) => idl.dictionaries.has(each.idlType));
  const text = members.find((each) => each !== number && each !== dictionary);
  const rest = convert(idl, text, value, what);
  if (number !== undefined) {
    return `typeof ${value} === 'number' ? ${convert(idl, number, value, what)} : ${rest}`;
  }
  return `isObjectOrNothing(${value}) ? ${convert(idl, dictionary, value, what)} : ${rest}`;
}

// A default as a literal; a float as the float that it becomes.
export function literal(of, type) {
  if (of === null || of === undefined) return 'undefined';
  if (of.type === 'number') {
    return String(type.idlType === 'float' ? Math.fround(Number(of.value)) : Number(of.value));
  }
  if (of.type === 'string') return quote(of.value);
  if (of.type === 'boolean') return String(of.value);
  return of.type === 'null' ? 'null' : 'undefined';
}

// The identifiers of ../webidl.mjs that a text uses, as an import list.
export function importsFrom(text, names) {
  return names.filter((name) => new RegExp(`\\b${name}\\b`).test(text));
}

// Lines of more than 110 columns are broken behind `=`, `?` or a comma.
export function fold(line) {
  if (line.length <= 110) return line;
  const pad = `${/^ */.exec(line)[0]}  `;
  const cuts = [' = ', ' ? ', ', '].map((mark) => [line.lastIndexOf(mark, 108), mark])
    .filter(([at]) => at > pad.length + 20);
  if (cuts.length === 0) return line;
  const [at, mark] = cuts[0];
  const isQuestion = mark === ' ? ';
  const head = line.slice(0, at) + (isQuestion ? '' : mark.trimEnd());
  return `${head}\n${fold(pad + (isQuestion ? '? ' : '') + line.slice(at + mark.length))}`;
}
