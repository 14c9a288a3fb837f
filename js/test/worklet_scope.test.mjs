// Goal: AudioWorkletGlobalScope is what the specification says, and addModule finds, compiles and refuses as
// it does. Method: modules from files and data URLs, which say what they found through the scope's port.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { AudioWorklet, AudioWorkletNode, event, gc, offline, program, silent, task } from './helpers.mjs';

const data = (code) => `data:text/javascript,${encodeURIComponent(code)}`;

// What a module says through globalThis.port.
async function heard(code, context = offline()) {
  const { port } = context.audioWorklet;
  const said = new Promise((resolve) => {
    port.onmessage = ({ data: message }) => resolve(message);
  });
  await context.audioWorklet.addModule(data(code));
  const message = await said;
  port.onmessage = null; // it would keep the process
  return message;
}

let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'wavepool-'));
  const file = (name, text) => writeFileSync(join(folder, name), text);
  file('one.js', "import { name } from './lib/name.js'; registerProcessor(name, class extends AudioWorkletProcessor {});");
  mkdirSync(join(folder, 'lib'));
  file('lib/name.js', "export const name = 'named';");
  file('package.json', '{ "type": "commonjs" }');
  file('broken.js', "import './lib/nowhere.js';");
  file('wrong.js', 'export const = 5;');
  file('count.js', 'globalThis.count = (globalThis.count ?? 0) + 1; port.postMessage(count);');
  file('late.js', `const { name } = await import('./lib/name.js');
    await null; registerProcessor(name + ' later', class extends AudioWorkletProcessor {});`);
  file('url.js', "port.postMessage(import.meta.url);");
});
after(() => rmSync(folder, { recursive: true }));

describe('addModule', () => {
  it('paths, URLs, blobs; modules whatever package.json says', async () => {
    const blob = URL.createObjectURL(new Blob(["registerProcessor('named', class extends AudioWorkletProcessor {});"]));
    const path = join(folder, 'one.js');
    const base64 = Buffer.from("registerProcessor('named', class extends AudioWorkletProcessor {})").toString('base64');
    for (const url of [path, pathToFileURL(path).href, pathToFileURL(path), blob,
      `data:application/javascript;charset=utf-8;base64,${base64}`]) {
      const context = offline();
      assert.equal(await context.audioWorklet.addModule(url), undefined);
      assert.ok(new AudioWorkletNode(context, 'named'));
    }
  });

  it('a path is one of the working directory', async () => {
    const { code, out, err } = await program(`process.chdir(${JSON.stringify(folder)});
      const context = new OfflineAudioContext(1, 1, 48000);
      await context.audioWorklet.addModule('lib/../one.js');
      console.log(new AudioWorkletNode(context, 'named').numberOfInputs);`);
    assert.deepEqual({ code, out, err }, { code: 0, out: '1\n', err: '' });
  });

  const rows = {
    'a file that is not there': [() => join(folder, 'nowhere.js'), 'AbortError', /nowhere\.js/],
    'an import that is not there': [() => join(folder, 'broken.js'), 'AbortError', /nowhere\.js/],
    'a syntax error': [() => join(folder, 'wrong.js'), 'SyntaxError', /Unexpected token/],
    'a network': [() => 'https://example.org/x.js', 'AbortError', /https:/],
    'no URL': [() => 'http://[', 'SyntaxError', /is no URL/],
    'no JavaScript': [() => 'data:text/plain,1', 'AbortError', /text\/plain/],
    'a blob that is not there': [() => 'blob:nodedata:00000000-0000-0000-0000-000000000000', 'AbortError',
      /blob/],
  };
  for (const [name, [url, wanted, words]] of Object.entries(rows)) {
    it(`refuses ${name}`, async () => {
      const context = offline();
      await assert.rejects(context.audioWorklet.addModule(url()), (error) => {
        assert.equal(error.name, wanted);
        assert.match(error.message, words);
        return true;
      });
      await context.audioWorklet.addModule(join(folder, 'one.js')); // the next one is none the worse
    });
  }

  it('refuses what is no argument', async () => {
    const { audioWorklet } = offline();
    await assert.rejects(audioWorklet.addModule(), TypeError);
    await assert.rejects(audioWorklet.addModule(Symbol('x')), TypeError);
    await assert.rejects(audioWorklet.addModule('x', { credentials: 'some' }), TypeError);
    await assert.rejects(AudioWorklet.prototype.addModule.call({}, 'x'), TypeError);
    assert.throws(() => new AudioWorklet(), TypeError);
  });

  it('evaluates each URL once, in the order of the calls', async () => {
    const context = offline();
    const said = [];
    context.audioWorklet.port.onmessage = ({ data: message }) => said.push(message);
    const url = join(folder, 'count.js');
    await Promise.all([context.audioWorklet.addModule(url), context.audioWorklet.addModule(url)]);
    await context.audioWorklet.addModule(`${pathToFileURL(url).href}?again`);
    while (said.length < 2) await task();
    context.audioWorklet.port.onmessage = null;
    assert.deepEqual(said, [1, 2]);
  });

  it('awaits, imports dynamically, knows its URL, and sees what Node has', async () => {
    const context = offline();
    await context.audioWorklet.addModule(join(folder, 'late.js'));
    assert.ok(new AudioWorkletNode(context, 'named later'));
    const said = event(context.audioWorklet.port, 'message');
    context.audioWorklet.port.start();
    await context.audioWorklet.addModule(join(folder, 'url.js'));
    assert.equal((await said).data, pathToFileURL(join(folder, 'url.js')).href);
    assert.equal(await heard("import { sep } from 'node:path'; port.postMessage(typeof sep);"), 'string');
  });

  it('what a module throws is reported, and rejects nothing', async () => {
    const { code, out, err } = await program(`
      const context = new OfflineAudioContext(1, 1, 48000);
      await context.audioWorklet.addModule('data:text/javascript,' + encodeURIComponent(\`
        registerProcessor('before', class extends AudioWorkletProcessor {});
        throw new RangeError('on purpose');\`));
      new AudioWorkletNode(context, 'before');
      console.log('resolved');
      await new Promise((resolve) => setTimeout(resolve, 100));`);
    assert.deepEqual({ code, out }, { code: 0, out: 'resolved\n' });
    assert.match(err, /RangeError: on purpose/);
  });

  it('a closed context refuses', async () => {
    const context = silent();
    const { audioWorklet } = context;
    await context.close();
    await assert.rejects(audioWorklet.addModule(join(folder, 'one.js')), { name: 'InvalidStateError' });
    const before = offline();
    await before.audioWorklet.addModule(join(folder, 'one.js'));
    await before.close();
    assert.ok(new AudioWorkletNode(before, 'named').port); // known, and silent
  });
});

describe('the scope', () => {
  it('is an AudioWorkletGlobalScope of its own', async () => {
    const context = offline(128, 1, 44100);
    assert.equal(context.audioWorklet, context.audioWorklet);
    assert.ok(context.audioWorklet instanceof AudioWorklet);
    globalThis.outside = true;
    const said = await heard(`port.postMessage({
      kinds: [globalThis instanceof AudioWorkletGlobalScope, globalThis instanceof WorkletGlobalScope,
        String(globalThis), typeof AudioWorkletProcessor, typeof registerProcessor, registerProcessor.length],
      numbers: [sampleRate, currentFrame, currentTime, renderQuantumSize],
      gone: ['process', 'Buffer', 'global', 'require', 'setTimeout', 'setImmediate', 'fetch', 'performance',
        'crypto', 'navigator', 'outside', 'AudioContext'].filter((name) => name in globalThis),
      there: ['console', 'WebAssembly', 'MessageChannel', 'DOMException', 'TextDecoder', 'Float32Array',
        'URL']
        .filter((name) => !(name in globalThis)),
      strict: (function () { return this === undefined; })(),
      refusals: [() => new AudioWorkletGlobalScope(), () => new AudioWorkletProcessor(),
        () => AudioWorkletProcessor(), () => { currentFrame = 1; }].map((f) => {
          try { f(); return 'none'; } catch (error) { return error.name; } }),
    });`, context);
    delete globalThis.outside;
    assert.deepEqual(said, {
      kinds: [true, true, '[object AudioWorkletGlobalScope]', 'function', 'function', 2],
      numbers: [44100, 0, 0, 128], gone: [], there: [], strict: true,
      refusals: ['TypeError', 'TypeError', 'TypeError', 'TypeError'],
    });
  });

  it('its port has two ends', async () => {
    const context = offline();
    const { port } = context.audioWorklet;
    assert.equal(context.audioWorklet.port, port);
    port.postMessage('early'); // there is no thread yet
    await context.audioWorklet.addModule(data('port.onmessage = ({ data }) => port.postMessage(`got ${data}`);'));
    const said = [];
    const all = new Promise((resolve) => {
      port.onmessage = ({ data: message }) => said.push(message) === 2 && resolve();
    });
    port.postMessage('late');
    await all;
    port.onmessage = null;
    assert.deepEqual(said, ['got early', 'got late']);
  });

  it('is collected with its context', async () => {
    let ended = 0;
    const registry = new FinalizationRegistry(() => ended++);
    for (let count = 0; count < 3; count++) {
      const context = offline(128);
      registry.register(context, '');
      await context.audioWorklet.addModule(join(folder, 'one.js'));
      const node = new AudioWorkletNode(context, 'named', { numberOfInputs: 0 });
      node.onprocessorerror = () => {};
      if (count > 0) {
        node.port.onmessage = () => {}; // which holds it until all is rendered
        await context.startRendering();
      }
    }
    for (let round = 0; round < 50 && ended < 2; round++) await gc(1);
    assert.ok(ended >= 2, `${ended} of 3`);
  });
});

describe('registerProcessor', () => {
  const P = 'class extends AudioWorkletProcessor {}';
  const withParams = (params) => `class extends AudioWorkletProcessor {
    static get parameterDescriptors() { return ${params}; } }`;
  const rows = [
    ["'a'", 'none'],
    ["'a', 5", 'TypeError'],
    ["'', 5", 'TypeError'], // conversion comes first
    [`'', ${P}`, 'NotSupportedError'],
    [`Symbol('a'), ${P}`, 'TypeError'],
    [`'once', ${P}`, 'none'],
    [`'once', ${P}`, 'NotSupportedError'],
    [`{ toString: () => 'once' }, ${P}`, 'NotSupportedError'],
    ["'arrow', () => {}", 'TypeError'],
    ["'method', ({ m() {} }).m", 'TypeError'],
    ["'bound', (class { constructor() { throw 1; } }).bind(null)", 'TypeError'], // it has no prototype
    ["'proto', Object.assign(function () {}, { prototype: 5 })", 'TypeError'],
    ["'plain', function () {}", 'none'], // nobody asks for the base class here
    [`'getter', ${withParams('{ throw new EvalError(); }').replace('return {', '{')}`, 'EvalError'],
    [`'none', ${withParams('undefined')}`, 'none'],
    [`'empty', ${withParams('[]')}`, 'none'],
    [`'null', ${withParams('null')}`, 'TypeError'],
    [`'number', ${withParams('5')}`, 'TypeError'],
    [`'object', ${withParams('{}')}`, 'TypeError'],
    [`'nameless', ${withParams('[{}]')}`, 'TypeError'],
    [`'nothing', ${withParams('[null]')}`, 'TypeError'],
    [`'twice', ${withParams("[{ name: 'x' }, { name: 'y' }, { name: 'x' }]")}`, 'NotSupportedError'],
    [`'low', ${withParams("[{ name: 'x', minValue: 1 }]")}`, 'InvalidStateError'],
    [`'high', ${withParams("[{ name: 'x', maxValue: -1 }]")}`, 'InvalidStateError'],
    [`'crossed', ${withParams("[{ name: 'x', minValue: 1, maxValue: -1 }]")}`, 'InvalidStateError'],
    [`'edge', ${withParams("[{ name: 'x', minValue: 2, maxValue: 2, defaultValue: 2 }]")}`, 'none'],
    [`'nan', ${withParams("[{ name: 'x', defaultValue: NaN }]")}`, 'TypeError'],
    [`'infinite', ${withParams("[{ name: 'x', maxValue: Infinity }]")}`, 'TypeError'],
    [`'rate', ${withParams("[{ name: 'x', automationRate: 'b-rate' }]")}`, 'TypeError'],
    [`'any name', ${withParams("[{ name: '' }, { name: '\\u{1F600}', automationRate: 'k-rate' }]")}`, 'none'],
    [`'iterator', ${withParams("new Set([{ name: 'x' }])")}`, 'none'],
    [`'once more', class extends AudioWorkletProcessor { static parameterDescriptors = [{ name: 'x', defaultValue: 5,
      minValue: 6 }]; }`, 'InvalidStateError'],
    [`'once more', ${P}`, 'none'], // what was refused has left no trace
  ];

  it('checks in the order of the text', async () => {
    rows[0][1] = 'TypeError'; // one argument
    const code = rows.map(([call]) => `tell(() => registerProcessor(${call}));`).join('\n');
    const said = await heard(`const said = [];
      const tell = (f) => { try { said.push(String(f()) && 'none'); } catch (error) { said.push(error.name);
        } };
      ${code}
      port.postMessage(said);`);
    assert.deepEqual(said.map((name, index) => [rows[index][0], name]), rows);
  });

  it('two in one module, and what is not registered is not there', async () => {
    const context = offline();
    assert.throws(() => new AudioWorkletNode(context, 'a'), { name: 'InvalidStateError' });
    await context.audioWorklet.addModule(data(`registerProcessor('a', ${P}); registerProcessor('b',
      class extends AudioWorkletProcessor { static parameterDescriptors = [{ name: 'x', defaultValue: 5 }];
        });`));
    assert.equal(new AudioWorkletNode(context, 'a').parameters.size, 0);
    assert.equal(new AudioWorkletNode(context, 'b').parameters.get('x').value, 5);
    assert.throws(() => new AudioWorkletNode(context, 'c'), { name: 'InvalidStateError' });
    assert.throws(() => new AudioWorkletNode(offline(), 'a'), { name: 'InvalidStateError' });
  });
});
