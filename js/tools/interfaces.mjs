// Interfaces as classes. A class checks and converts as WebIDL says; behaviour is a function of
// src/impl/<interface>.mjs with the member's name, `set` in front of an attribute's for its setter. Where
// that file does not exist the interface is there and its constructor says that it is missing.
import { ancestors, hasImpl, snake } from './idl.mjs';
import { convert, fold, importsFrom, literal, quote } from './types.mjs';

const WEBIDL = ['double', 'unrestrictedDouble', 'float', 'unsignedLong', 'long', 'string', 'enumeration',
  'sequence',
  'floatSequence', 'record', 'object', 'arrayBuffer', 'typedArray', 'callbackFunction', 'foreignArgument',
  'instanceArgument', 'needArguments', 'illegalInvocation', 'illegalConstructor', 'noOverload',
    'finishInterface',
  'addMembers', 'isObjectOrNothing'];
const BRANDS = ['TOKEN', 'NodeRoot', 'nodeState', 'nodeStateOf', 'nodeArgument'];

const capital = (name) => name[0].toUpperCase() + name.slice(1);
const indent = (lines, by = '  ') => lines.map((line) => (line === '' ? line : by + line));

function isAnEvent(idl, name) {
  return ancestors(idl, name).includes('Event');
}

// -- who `this` is ------------------------------------------------------------------------------------------

// Statements that leave the state of `this` in s, or throw.
function stateLines(idl, of, member) {
  const what = quote(`${of.name}.${member}`);
  const line = ancestors(idl, of.name);
  if (isAnEvent(idl, of.name)) return ['const s = this.#state;'];
  if (!hasImpl(of.name)) return [`throw illegalInvocation(${what});`];
  if (line.length === 1) return ['const s = this.#state;'];
  if (of.name === 'AudioNode') return ['const s = nodeState(this);'];
  if (of.name === 'BaseAudioContext') return ['const s = contextState(this);'];
  if (line.includes('Worklet')) return ['const s = workletState(this);'];
  if (line.includes('BaseAudioContext')) {
    const wrong = of.name === 'AudioContext' ? 's.isOffline' : '!s.isOffline';
    return ['const s = contextState(this);', `if (${wrong}) throw illegalInvocation(${what});`];
  }
  const wrong = of.name === 'AudioScheduledSourceNode'
    ? '!s.kind.isSource' : `s.kind !== ${snake(of.name)}.kind`;
  return ['const s = nodeState(this);', `if (${wrong}) throw illegalInvocation(${what});`];
}

const isDeadEnd = (lines) => lines[0].startsWith('throw');

// -- attributes ---------------------------------------------------------------------------------------------

function attributeLines(idl, of, member) {
  const { name, idlType: type } = member;
  const state = stateLines(idl, of, name);
  if (isDeadEnd(state)) {
    const getter = [`get ${name}() {`, ...indent(state), '}'];
    return member.readonly ? getter : [...getter, `set ${name}(value) {`, ...indent(state), '}'];
  }
  const module = snake(of.name);
  let get = `return ${module}.${name}(s);`;
  if (type.idlType === 'AudioParam') {
    const params = of.members.filter((each) => each.type === 'attribute' &&
      each.idlType.idlType === 'AudioParam');
    get = `return audio_param.paramOf(s, ${params.indexOf(member)});`;
  }
  if (type.idlType === 'EventHandler') get = `return events.handler(s, ${quote(name.slice(2))});`;
  if (isAnEvent(idl, of.name)) get = `return s.${name};`;
  const lines = [`get ${name}() {`, ...indent([...state, get]), '}'];
  if (member.readonly) return lines;
  const what = `${of.name}.${name}`;
  let set = [`${module}.set${capital(name)}(s, ${convert(idl, type, 'value', what)});`];
  if (type.idlType === 'EventHandler') set = [`events.setHandler(this, s, ${quote(name.slice(2))}, value);`];
  if (idl.enums.has(type.idlType)) {
    set = [`const text = string(value, ${quote(what)});`,
      `if (${type.idlType}.has(text)) ${module}.set${capital(name)}(s, text);`];
  }
  return [...lines, `set ${name}(value) {`, ...indent([...state, ...set]), '}'];
}

// -- operations ---------------------------------------------------------------------------------------------

function formals(operation) {
  return operation.arguments.map((argument) =>
    (argument.optional ? `${argument.name} = ${literal(argument.default, argument.idlType)}` : argument.name));
}

function required(operation) {
  return operation.arguments.filter((argument) => !argument.optional).length;
}

// The argument converted; an optional one without a default may stay undefined.
function convertArgument(idl, argument, what) {
  const { name, idlType: type } = argument;
  const converted = convert(idl, type, name, what);
  const mayBeMissing = argument.optional && argument.default === null;
  return mayBeMissing && !type.nullable ? `${name} === undefined ? undefined : ${converted}` : converted;
}

function conversions(idl, operation, what) {
  return operation.arguments.map((argument) =>
    `const ${argument.name}_ = ${convertArgument(idl, argument, `${what}: ${argument.name}`)};`);
}

function returnLine(idl, of, operation, call) {
  const { idlType: type, generic } = operation.idlType;
  if (generic === 'Promise') return `return ${call};`;
  if (type === 'undefined') return `${call};`;
  if (type === of.name && type !== 'AudioNode') return `${call}; return this;`;
  if (ancestors(idl, type).includes('AudioNode')) return `return new ${type}(TOKEN, ${call});`;
  return `return ${call};`;
}

// The file that makes what a factory returns, else the interface's own.
function moduleOf(idl, of, operation) {
  const type = operation.idlType.idlType;
  const makesNode = operation.name.startsWith('create') && ancestors(idl, type).includes('AudioNode');
  return makesNode ? snake(type) : snake(of.name);
}

function operationLines(idl, of, operation) {
  const { name } = operation;
  const what = `${of.name}.${name}`;
  const state = stateLines(idl, of, name);
  let lines = state;
  if (!isDeadEnd(state)) {
    const need = required(operation);
    const given = operation.arguments.map((argument) => `${argument.name}_`);
    const check = need > 0 ? [`needArguments(arguments.length, ${need}, ${quote(what)});`] : [];
    const makes = name.startsWith('create') &&
      ancestors(idl, operation.idlType.idlType).includes('AudioNode');
    const module = moduleOf(idl, of, operation);
    const result = makes && !hasImpl(operation.idlType.idlType)
      ? `throw missing(${quote(operation.idlType.idlType)});`
      : returnLine(idl, of, operation, `${module}.${name}(${['s', ...given].join(', ')})`);
    lines = [...state, ...check, ...conversions(idl, operation, what), result];
  }
  if (operation.idlType.generic === 'Promise') {
    lines = ['try {', ...indent(lines), '} catch (error) {', '  return Promise.reject(error);', '}'];
  }
  return [`${name}(${formals(operation).join(', ')}) {`, ...indent(lines), '}'];
}

// Overloads that differ in their first argument: AudioNode, AudioParam, a number, or nothing.
const GROUPS = { AudioNode: 'Node', AudioParam: 'Param', 'unsigned long': 'Output' };

function overloadGroups(operations) {
  const groups = new Map();
  for (const operation of operations) {
    const first = operation.arguments[0]?.idlType.idlType;
    const group = groups.get(first) ?? { first, min: Infinity, max: 0, longest: operation };
    group.min = Math.min(group.min, required(operation));
    group.max = Math.max(group.max, operation.arguments.length);
    if (operation.arguments.length > group.longest.arguments.length) group.longest = operation;
    groups.set(first, group);
  }
  return [...groups.values()].sort((a, b) => (a.first === 'unsigned long') - (b.first === 'unsigned long'));
}

function overloadLines(idl, of, operations) {
  const { name } = operations[0];
  const what = `${of.name}.${name}`;
  const groups = overloadGroups(operations);
  const longest = groups.reduce((a, b) => (b.max > a.max ? b : a)).longest;
  const need = Math.min(...groups.map((group) => group.min));
  const names = longest.arguments.map((argument) => argument.name);
  const lines = [...stateLines(idl, of, name), 'const count = arguments.length;'];
  if (need > 0) lines.push(`needArguments(count, ${need}, ${quote(what)});`);
  for (const group of groups) {
    const call = (rest) => `${snake(of.name)}.${name}${GROUPS[group.first] ?? 'All'}(${['s', ...rest].join(', ')});`;
    if (group.first === undefined) {
      lines.push('if (count === 0) {', ...indent([call([]), 'return;']), '}');
      continue;
    }
    const limit = group.max < longest.arguments.length ? `count <= ${group.max} && ` : '';
    const rest = group.longest.arguments.slice(1).map((argument, index) => {
      const converted = convert(idl, argument.idlType, names[index + 1], `${what}: ${argument.name}`);
      return argument.optional ? converted : `count < ${index + 2} ? -1 : ${converted}`; // not in all overloads
    });
    if (group.first === 'unsigned long') {
      lines.push('if (count === 1) {',
        ...indent([call([`unsignedLong(${names[0]}, ${quote(`${what}: output`)})`]), 'return;']), '}');
      continue;
    }
    const test = group.first === 'AudioNode' ? 'nodeStateOf' : 'paramStateOf';
    const local = group.first === 'AudioNode' ? 'node' : 'param';
    const back = group.longest.idlType.idlType === 'AudioNode' ? `return ${names[0]};` : 'return;';
    lines.push(`const ${local} = ${test}(${names[0]});`,
      `if (${limit}${local} !== undefined) {`, ...indent([call([local, ...rest]), back]), '}');
  }
  lines.push(`throw noOverload(${quote(what)});`);
  const shown = names.map((each, index) => {
    const argument = longest.arguments[index];
    if (index < need) return each;
    return `${each} = ${argument.optional ? literal(argument.default, argument.idlType) : 'undefined'}`;
  });
  return [`${name}(${shown.join(', ')}) {`, ...indent(lines), '}'];
}

// -- constructors -------------------------------------------------------------------------------------------

function constructed(idl, of, operation) {
  const what = of.name;
  const need = required(operation);
  const check = need > 0 ? [`needArguments(arguments.length, ${need}, ${quote(what)});`] : [];
  const given = operation.arguments.map((argument) => `${argument.name}_`);
  const made = hasImpl(of.name)
    ? `state = ${snake(of.name)}.construct(${given.join(', ')});`
    : `throw missing(${quote(of.name)});`;
  return { formals: formals(operation), lines: [...check, ...conversions(idl, operation, what), made] };
}

// One takes a dictionary, the other as many arguments as its dictionary has members.
function overloadedConstructor(idl, of, constructors) {
  const [short, long] = [...constructors].sort((a, b) => a.arguments.length - b.arguments.length);
  const [first, ...others] = long.arguments.map((argument) => argument.name);
  const only = short.arguments[0];
  const module = snake(of.name);
  return { formals: [first, ...others.map((name) => `${name} = undefined`)],
    lines: [`needArguments(arguments.length, 1, ${quote(of.name)});`,
      `if (arguments.length === 2) throw noOverload(${quote(of.name)});`,
      'if (arguments.length === 1) {',
      `  state = ${module}.construct(${convert(idl, only.idlType, first, `${of.name}: ${only.name}`)});`,
      '} else {',
      ...indent(conversions(idl, long, of.name)),
      `  state = ${module}.constructFrom(${[first, ...others].map((name) => `${name}_`).join(', ')});`,
      '}'] };
}

// A class is also constructed by ourselves, with TOKEN and the state.
function constructorLines(idl, of) {
  const constructors = of.members.filter((member) => member.type === 'constructor');
  const isRoot = !idl.interfaces.has(of.inheritance);
  const keep = isRoot ? ['this.#state = state;'] : ['super(TOKEN, state);'];
  if (isRoot && of.inheritance) keep.unshift('super();');
  if (of.name === 'BaseAudioContext') keep.push('state.wrapper = this;');
  if (constructors.length === 0) {
    return ['constructor(token = undefined, state = undefined) {',
      `  if (token !== TOKEN) throw illegalConstructor(${quote(of.name)});`, ...indent(keep), '}'];
  }
  const { formals: parameters, lines } = constructors.length > 1
    ? overloadedConstructor(idl, of, constructors) : constructed(idl, of, constructors[0]);
  if (parameters.length === 1) parameters.push('own = undefined');
  const [first, second] = parameters.map((parameter) => parameter.split(' ')[0]);
  return [`constructor(${parameters.join(', ')}) {`, `  let state = ${second};`,
    `  if (${first} !== TOKEN) {`,
    ...indent(lines, '    '), '  }', ...indent(keep), '}'];
}

function eventConstructorLines(idl, of) {
  const [operation] = of.members.filter((member) => member.type === 'constructor');
  const [type, init] = operation.arguments.map((argument) => argument.name);
  return [`constructor(${type}, ${init}) {`, `  needArguments(arguments.length, 2, ${quote(of.name)});`,
    ...indent(conversions(idl, operation, of.name)), `  super(${type}_, ${init}_);`,
      `  this.#state = ${init}_;`, '}'];
}

// -- maplike ------------------------------------------------------------------------------------------------

function maplikeLines() {
  return ['get size() {', '  return this.#state.size;', '}',
    'get(key) {', '  const map = this.#state;', "  needArguments(arguments.length, 1, 'AudioParamMap.get');",
    "  return map.get(string(key, 'AudioParamMap.get: key'));", '}',
    'has(key) {', '  const map = this.#state;', "  needArguments(arguments.length, 1, 'AudioParamMap.has');",
    "  return map.has(string(key, 'AudioParamMap.has: key'));", '}',
    'entries() {', '  return this.#state.entries();', '}', 'keys() {', '  return this.#state.keys();', '}',
    'values() {', '  return this.#state.values();', '}',
    'forEach(callback, thisArg = undefined) {', '  const map = this.#state;',
    "  needArguments(arguments.length, 1, 'AudioParamMap.forEach');",
    "  const call = callbackFunction(callback, 'AudioParamMap.forEach: callback');",
    '  for (const [key, value] of map) call.call(thisArg, value, key, this);', '}'];
}

// -- one interface ------------------------------------------------------------------------------------------

function memberLines(idl, of) {
  const lines = [];
  const operations = new Map();
  for (const member of of.members) {
    if (member.type === 'attribute') lines.push(attributeLines(idl, of, member));
    if (member.type === 'maplike') lines.push(maplikeLines());
    if (member.type === 'operation') {
      operations.set(member.name, [...(operations.get(member.name) ?? []), member]);
    }
  }
  for (const each of operations.values()) {
    lines.push(each.length > 1 ? overloadLines(idl, of, each) : operationLines(idl, of, each[0]));
  }
  return lines;
}

function staticLines(idl, of) {
  if (of.name === 'BaseAudioContext') {
    return ['static {', '  contextState = (of) => of.#state;',
      '  isBaseAudioContext = (of) => typeof of === \'object\' && of !== null && #state in of;', '}'];
  }
  if (of.name === 'AudioParam') {
    return ['static {',
      "  paramStateOf = (of) => (typeof of === 'object' && of !== null && #state in of",
      '    ? of.#state : undefined);', '}'];
  }
  const field = `${of.name[0].toLowerCase()}${of.name.slice(1)}State`;
  return ['static {', `  ${field} = (of) => of.#state;`,
    `  is${of.name} = (of) => typeof of === 'object' && of !== null && #state in of;`, '}'];
}

function declared(of) {
  if (of.name === 'BaseAudioContext') return ['contextState', 'isBaseAudioContext'];
  if (of.name === 'AudioParam') return ['paramStateOf'];
  return [`${of.name[0].toLowerCase()}${of.name.slice(1)}State`, `is${of.name}`];
}

function interfaceText(idl, of) {
  const isRoot = !idl.interfaces.has(of.inheritance);
  const members = memberLines(idl, of);
  const tag = quote(of.name);
  if (of.name === 'AudioNode') {
    const literalMembers = members.map((lines) => `${indent(lines).join('\n')}`).join('\n')
      .replace(/^ {2}\}$/gm, '  },');
    return `export const AudioNode = NodeRoot;\naddMembers(AudioNode, ${tag}, {\n${literalMembers}\n});`;
  }
  const isEvent = isAnEvent(idl, of.name);
  const keepsState = isRoot || isEvent;
  const head = isEvent ? eventConstructorLines(idl, of) : constructorLines(idl, of);
  const parent = of.inheritance ? ` extends ${of.inheritance}` : '';
  const statics = keepsState && !isEvent ? [staticLines(idl, of)] : [];
  const body = [...(keepsState ? ['#state;'] : []), head, ...members, ...statics].flat();
  const names = keepsState && !isEvent ? `let ${declared(of).join(', ')};\n` : '';
  const exported = keepsState && !isEvent ? `\nexport { ${declared(of).join(', ')} };` : '';
  const isMap = of.members.some((member) => member.type === 'maplike');
  return `${names}export class ${of.name}${parent} {\n${indent(body).join('\n')}\n}\n` +
    `finishInterface(${of.name}, ${tag}${isMap ? ', \'entries\'' : ''});${exported}`;
}

const ARGUMENTS = `
export function contextArgument(value, what) {
  if (!isBaseAudioContext(value)) throw new TypeError(\`\${what}: not a BaseAudioContext\`);
  return contextState(value);
}

export function audioContextArgument(value, what) {
  const s = contextArgument(value, what);
  if (s.isOffline) throw new TypeError(\`\${what}: not an AudioContext\`);
  return s;
}
`;

export function interfacesText(idl) {
  const interfaces = [...idl.interfaces.values()];
  const texts = interfaces.map((of) => interfaceText(idl, of)).join('\n\n');
  const body = `${ARGUMENTS}\n${texts}\n\nexport const interfaces = {\n  ${interfaces.filter((of) => of.name !== 'Worklet')
    .map((of) => of.name).join(',\n  ')}\n};\n`;
  const modules = interfaces.map((of) => of.name).filter(hasImpl).map(snake)
    .filter((name) => new RegExp(`\\b${name}\\.`).test(body));
  const dictionaries = [...idl.dictionaries.keys()].map((name) => `to${name}`);
  return ['// Generated from the Web Audio IDL by tools/generate.mjs: do not edit.',
    `import { ${importsFrom(body, WEBIDL).join(', ')} } from '../webidl.mjs';`,
    `import { ${importsFrom(body, BRANDS).join(', ')} } from '../impl/brands.mjs';`,
    "import { missing } from '../errors.mjs';",
    "import * as events from '../impl/events.mjs';",
    ...modules.map((name) => `import * as ${name} from '../impl/${name}.mjs';`),
    `import { ${importsFrom(body, [...idl.enums.keys(), ...dictionaries]).filter((name) => name.startsWith('to') ||
      new RegExp(`\\b${name}\\b[.,]`).test(body)).join(', ')} } from './dictionaries.mjs';`,
    body].join('\n').split('\n').map(fold).join('\n');
}
