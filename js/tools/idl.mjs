// The specification's IDL as the generator reads it: webaudio.idl, and from other specifications the few
// definitions that it leans on.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parse } from 'webidl2';

const require = createRequire(import.meta.url);
const read = (name) => parse(readFileSync(require.resolve(`@webref/idl/${name}.idl`), 'utf8'));
const ours = () => parse(readFileSync(new URL('wavepool.idl', import.meta.url), 'utf8'));
const BORROWED = { html: ['Worklet', 'WorkletOptions'], fetch: ['RequestCredentials'], dom: ['EventInit'] };

export const implFolder = fileURLToPath(new URL('../src/impl/', import.meta.url));

export function snake(name) {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2').toLowerCase();
}

function exposedInWindow(definition) {
  const exposed = definition.extAttrs.find((attribute) => attribute.name === 'Exposed');
  return exposed !== undefined && exposed.rhs.value === 'Window';
}

// { interfaces, dictionaries, enums, callbacks }: maps by name; interfaces with parents before children.
export function load() {
  const idl = { interfaces: new Map(), dictionaries: new Map(), enums: new Map(), callbacks: new Map() };
  const borrowed = Object.entries(BORROWED).flatMap(
    ([spec, names]) => read(spec).filter((definition) => names.includes(definition.name)));
  const given = [...borrowed, ...read('webaudio'), ...ours()];
  const definitions = given.filter((definition) => !definition.partial);
  for (const part of given.filter((definition) => definition.partial)) {
    definitions.find(({ name }) => name === part.name).members.push(...part.members);
  }
  for (const definition of definitions) {
    if (definition.type === 'dictionary') idl.dictionaries.set(definition.name, definition);
    if (definition.type === 'enum') idl.enums.set(definition.name,
      definition.values.map((value) => value.value));
    if (definition.type === 'callback') idl.callbacks.set(definition.name, definition);
  }
  const waiting = definitions.filter(
    (definition) => definition.type === 'interface' && (definition.name === 'Worklet' ||
      exposedInWindow(definition)));
  const names = new Set(waiting.map((definition) => definition.name));
  while (waiting.length > 0) {
    const index = waiting.findIndex((each) => !names.has(each.inheritance) ||
      idl.interfaces.has(each.inheritance));
    const [next] = waiting.splice(index, 1);
    idl.interfaces.set(next.name, next);
  }
  return idl;
}

export function ancestors(idl, name) {
  const found = [];
  for (let each = idl.interfaces.get(name); each !== undefined; each = idl.interfaces.get(each.inheritance)) {
    found.push(each.name);
    if (!idl.interfaces.has(each.inheritance) && each.inheritance) found.push(each.inheritance);
  }
  return found;
}

export function hasImpl(name) {
  return existsSync(`${implFolder}${snake(name)}.mjs`);
}
