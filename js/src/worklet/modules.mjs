// Modules of the scope: always modules, whatever a package.json says, each evaluated once. What they import
// by path or URL are modules of the scope too; what they import by a bare name is Node's.
import { readFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SourceTextModule, SyntheticModule } from 'node:vm';

const { DOMException, URL, Buffer, console } = globalThis;
const modules = new Map(); // promises of linked ones, by URL

class Missing extends Error {}

function dataText(url) {
  const [, type, isBase64, body] = /^data:([^,;]*)[^,]*?(;base64)?,(.*)$/s.exec(url) ?? [];
  if (body === undefined) throw new Missing(`${url.slice(0, 100)} is no data URL`);
  if (!/^(text|application)\/(x-)?(javascript|ecmascript)$/.test(type.trim().toLowerCase())) {
    throw new Missing(`a data URL of type '${type}', not text/javascript`);
  }
  const bytes = decodeURIComponent(body);
  return isBase64 ? Buffer.from(bytes, 'base64').toString('utf8') : bytes;
}

async function textOf(url) {
  const { protocol } = new URL(url);
  if (protocol === 'data:') return dataText(url);
  if (protocol !== 'file:') throw new Missing(`${url}: modules are loaded from file:, data: and blob: URLs`);
  try {
    return await readFile(fileURLToPath(url), 'utf8');
  } catch (error) {
    throw new Missing(error.message);
  }
}

// Packages and node: modules, as Node finds them from that file.
async function foreign(specifier, referrer) {
  const from = createRequire(referrer.startsWith('file:') ? referrer : import.meta.url);
  const path = isBuiltin(specifier) ? specifier : pathToFileURL(from.resolve(specifier)).href;
  const namespace = await import(path);
  const made = new SyntheticModule(Object.keys(namespace), function evaluate() {
    for (const name of Object.keys(namespace)) this.setExport(name, namespace[name]);
  }, { identifier: path });
  await made.link(() => {});
  return made;
}

function resolve(specifier, referrer) {
  if (/^(\.{0,2}\/|[a-z][a-z0-9+.-]*:)/i.test(specifier) && !specifier.startsWith('node:')) {
    return new URL(specifier, referrer).href;
  }
  return null;
}

function imported(specifier, { identifier }) {
  const url = resolve(specifier, identifier);
  return url === null ? foreign(specifier, identifier) : compiled(url);
}

async function importDynamically(specifier, referrer) {
  const made = await imported(specifier, referrer);
  await link(made);
  await made.evaluate();
  return made;
}

function compiled(url, text) {
  if (!modules.has(url)) {
    modules.set(url, (async () => new SourceTextModule(text ?? await textOf(url), { identifier: url,
      initializeImportMeta: (meta) => {
        meta.url = url;
      },
      importModuleDynamically: importDynamically }))());
  }
  return modules.get(url);
}

// One at a time: two that share what they import would find it half linked.
let linked = Promise.resolve();
function link(made) {
  const mine = linked.then(() => (made.status === 'unlinked' ? made.link(imported) : undefined));
  linked = mine.catch(() => {});
  return mine;
}

// In the order of the calls. undefined, or why it failed: { name, message } of a DOMException, or { error },
// to be thrown as it is. What the module's own code throws is reported and fails nothing, as the
// specification says.
let loaded = Promise.resolve();
const loads = new Map(); // by URL
export function load(url, text) {
  if (!loads.has(url)) loads.set(url, loaded = loaded.then(() => loadNext(url, text)));
  return loads.get(url);
}

async function loadNext(url, text) {
  let made;
  try {
    made = await compiled(url, text);
    await link(made);
  } catch (error) {
    if (!(error instanceof Missing)) return { error };
    return { name: 'AbortError', message: `AudioWorklet.addModule: ${error.message}` };
  }
  try {
    await made.evaluate();
  } catch (error) {
    console.error('AudioWorklet: uncaught', error);
  }
  return undefined;
}
