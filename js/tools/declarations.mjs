// TypeScript declarations of what interfaces.mjs exports, and of the dictionaries and enums. Written so that
// they and lib.dom's are the same types wherever both have a member; types.test.mjs assigns one to the other.
import { ancestors } from './idl.mjs';
import { fold } from './types.mjs';

const NUMBERS = new Set(['double', 'unrestricted double', 'float', 'unsigned long', 'long',
  'DOMHighResTimeStamp']);
const SIMPLE = new Map([['DOMString', 'string'], ['USVString', 'string'], ['object', 'any'],
  ['undefined', 'void'], ['Float32Array', 'Floats'], ['Uint8Array', 'Bytes']]);
// Of other specifications: the global type where there is one.
const FOREIGN = ['HTMLMediaElement', 'MediaStream', 'MediaStreamTrack', 'MessagePort', 'ErrorEvent'];
const EVENTS = new Map([['complete', 'OfflineAudioCompletionEvent'], ['audioprocess', 'AudioProcessingEvent'],
  ['processorerror', 'ErrorEvent']]);
const HIDDEN = new Set(['AudioParamDescriptor']); // of the worklet's scope

const quote = (text) => `"${text}"`;

// isArgument: what is given to us may be anything that can be iterated.
function typeText(idl, type, isArgument = false) {
  const text = plainText(idl, type, isArgument);
  return type.nullable ? `${text} | null` : text;
}

function plainText(idl, type, isArgument) {
  if (type.union) return type.idlType.map((each) => typeText(idl, each, isArgument)).join(' | ');
  if (type.generic === 'Promise') return `Promise<${typeText(idl, type.idlType[0])}>`;
  if (type.generic === 'sequence') {
    const [item] = type.idlType;
    if (isArgument) return `Iterable<${typeText(idl, item)}>`;
    return item.idlType === 'float' ? 'number[] | Float32Array' : `${typeText(idl, item)}[]`;
  }
  if (type.generic === 'record') return `Record<string, ${typeText(idl, type.idlType[1])}>`;
  const name = type.idlType;
  if (NUMBERS.has(name)) return 'number';
  return SIMPLE.get(name) ?? name;
}

// -- enums, dictionaries, callbacks -------------------------------------------------------------------------

function enumText([name, values]) {
  return `export type ${name} = ${values.map(quote).join(' | ')};`;
}

function dictionaryText(idl, of) {
  const parent = of.inheritance ? ` extends ${of.inheritance}` : '';
  const lines = of.members.map((member) =>
    `  ${member.name}${member.required ? '' : '?'}: ${typeText(idl, member.idlType)};`);
  return [`export interface ${of.name}${parent} {`, ...lines, '}'].join('\n');
}

function callbackText(idl, of) {
  return `export interface ${of.name} {\n  (${argumentsText(idl, of)}): ${typeText(idl, of.idlType)};\n}`;
}

function argumentsText(idl, operation) {
  return operation.arguments.map((argument) => `${argument.name}${argument.optional ? '?' : ''}: ` +
    typeText(idl, argument.idlType, true)).join(', ');
}

// -- interfaces ---------------------------------------------------------------------------------------------

const isHandler = (member) => member.type === 'attribute' && member.idlType.idlType === 'EventHandler';
const eventOf = (member) => EVENTS.get(member.name.slice(2)) ?? 'Event';

// `this` is any: with our class there, our nodes would not do where lib.dom's are asked for.
function attributeLine(idl, member) {
  if (isHandler(member)) return `${member.name}: ((this: any, ev: ${eventOf(member)}) => any) | null;`;
  return `${member.readonly ? 'readonly ' : ''}${member.name}: ${typeText(idl, member.idlType)};`;
}

// The events by name: of those interfaces that have handlers of their own.
function eventMapLines(idl, of) {
  if (!of.members.some(isHandler)) return [];
  const parent = ancestors(idl, of.inheritance).map((name) => idl.interfaces.get(name))
    .find((each) => each?.members.some(isHandler));
  const head = parent ? ` extends ${parent.name}EventMap` : '';
  const lines = of.members.filter(isHandler)
    .map((member) => `  ${quote(member.name.slice(2))}: ${eventOf(member)};`);
  return [`export interface ${of.name}EventMap${head} {`, ...lines, '}'];
}

function listenerLines(of) {
  return [['add', 'ListenerOptions'], ['remove', '{ capture?: boolean }']].flatMap(([verb, options]) => [
    `${verb}EventListener<K extends keyof ${of.name}EventMap>(type: K,`,
    `  listener: (this: ${of.name}, ev: ${of.name}EventMap[K]) => any,`,
    `  options?: boolean | ${options}): void;`,
    `${verb}EventListener(type: string, listener: Listener, options?: boolean | ${options}): void;`]);
}

function constructorLines(idl, of) {
  const all = of.members.filter((member) => member.type === 'constructor');
  if (all.length === 0) return ['protected constructor();'];
  return all.map((each) => `constructor(${argumentsText(idl, each)});`);
}

function interfaceText(idl, of) {
  const members = of.members.flatMap((member) => {
    if (member.type === 'attribute') return [attributeLine(idl, member)];
    if (member.type === 'operation') {
      return [`${member.name}(${argumentsText(idl, member)}): ${typeText(idl, member.idlType)};`];
    }
    return [];
  });
  const parent = of.inheritance ? ` extends ${of.inheritance}` : '';
  const maplike = of.members.find((member) => member.type === 'maplike');
  const pair = maplike?.idlType.map((each) => typeText(idl, each)).join(', ');
  const map = maplike ? [`export interface ${of.name} extends ReadonlyMap<${pair}> {}`] : [];
  const listeners = of.members.some(isHandler) ? listenerLines(of) : [];
  const body = [...constructorLines(idl, of), ...members, ...listeners].map((line) => `  ${line}`);
  return [...eventMapLines(idl, of), ...map,
    `export class ${of.name}${parent} {`, ...body, '}'].join('\n');
}

const HEAD = `// Generated from the Web Audio IDL by tools/generate.mjs: do not edit.
//
// EventTarget, Event and DOMException are the global ones, of lib.dom or of @types/node. What lib.dom alone
// has is looked for: without it MediaStream and the like are of no use, and unknown.
type Global<Name extends string> =
  typeof globalThis extends { [name in Name]: { prototype: infer Type } } ? Type : unknown;
// Typed arrays over memory that is not shared; TypeScript before 5.7 does not tell them apart.
type Floats = ReturnType<typeof Float32Array.of>;
type Bytes = ReturnType<typeof Uint8Array.of>;
type Listener = ((event: Event) => void) | { handleEvent(event: Event): void } | null;
interface ListenerOptions { capture?: boolean; once?: boolean; passive?: boolean; signal?: AbortSignal; }`;

export function declarationsText(idl) {
  const interfaces = [...idl.interfaces.values()].map((of) => interfaceText(idl, of));
  const dictionaries = [...idl.dictionaries.values()].filter(({ name }) => !HIDDEN.has(name))
    .map((of) => dictionaryText(idl, of));
  const callbacks = [...idl.callbacks.values()].filter(({ name }) => name.startsWith('Decode'))
    .map((of) => callbackText(idl, of));
  const foreign = FOREIGN.map((name) => `type ${name} = Global<${quote(name)}>;`);
  const texts = [`${HEAD}\n${foreign.join('\n')}`, [...idl.enums].map(enumText).join('\n'), ...dictionaries,
    ...callbacks, ...interfaces];
  return `${texts.join('\n\n').split('\n').map(fold).join('\n')}\n`;
}
