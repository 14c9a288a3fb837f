// Goal: with `wavepool/polyfill` libraries made for browsers run in Node as they are: Tone.js and howler.
// Method: programs of their own, as the globals stay; a piece is judged by the notes that are heard in it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { RATE, wavFile } from './helpers.mjs';

const js = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

// What a program prints as JSON.
async function result(args, options = {}) {
  const { stdout } = await run(process.execPath, args, { timeout: 60000, cwd: js, ...options });
  return JSON.parse(stdout);
}

const program = (name, ...args) => result([fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url)),
  ...args]);

// A module of the package's folder: `show` prints.
const module = (text) => result(['--input-type=module', '-e',
  `const show = (value) => console.log(JSON.stringify(value));\n${text}`]);

let folder;
let sound; // half a second of 440 Hz
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wavepool-'));
  sound = join(folder, 'sound.wav');
  await writeFile(sound, new Uint8Array(wavFile(Array.from({ length: RATE / 2 },
    (_, index) => 0.5 * Math.sin(2 * Math.PI * 440 * index / RATE)))));
  await writeFile(join(folder, 'secret.txt'), 'secret');
});
after(() => rm(folder, { recursive: true }));

describe('globals', () => {
  it('each class of the package, under its name', async () => {
    const got = await module(`
      await import('wavepool/polyfill/audio');
      const wavepool = await import('wavepool');
      const names = Object.keys(wavepool).filter((name) => /^[A-Z]/.test(name) && globalThis[name]);
      show({ count: names.length, same: names.every((name) => globalThis[name] === wavepool[name]),
        shown: names.filter((name) => Object.keys(globalThis).includes(name)),
        more: ['self', 'window', 'document', 'XMLHttpRequest'].filter((name) => name in globalThis),
        isPage: window === globalThis && self === window && isSecureContext });`);
    assert.ok(got.count >= 36, `${got.count}`);
    assert.equal(got.same, true);
    assert.deepEqual(got.shown, []);
    assert.deepEqual(got.more, ['self', 'window']);
    assert.equal(got.isPage, true);
  });

  it('what is there stays', async () => {
    const got = await module(`
      globalThis.document = 'mine';
      globalThis.AudioContext = 'old';
      await import('wavepool/polyfill');
      show([document, typeof AudioContext, Array.isArray(await navigator.mediaDevices.enumerateDevices())]);`);
    assert.deepEqual(got, ['mine', 'function', true]);
  });

  it('an audio element says what can be decoded, and that it cannot play', async () => {
    const got = await module(`
      await import('wavepool/polyfill');
      const audio = document.createElement('audio');
      const failed = new Promise((resolve) => { audio.onerror = () => resolve(audio.error.code); });
      const types = ['audio/mpeg;', 'audio/ogg; codecs="opus"', 'audio/ogg; codecs="theora"', 'audio/wav',
        'audio/webm; codecs="vorbis"', 'audio/mp4', ''].map((type) => audio.canPlayType(type));
      audio.src = 'sound.wav';
      show({ types, code: await failed, play: await audio.play().catch((error) => error.name) });`);
    assert.deepEqual(got, { types: ['maybe', 'probably', '', 'maybe', '', '', ''], code: 4,
      play: 'NotSupportedError' });
  });
});

describe('sounds by URL', () => {
  // [what is fetched, status, whether bytes came]
  const rows = {
    'a file by URL': [() => pathToFileURL(sound).href, 200],
    'a file by a relative one': [() => 'sound.wav', 200],
    'one that is not there': [() => 'nothing.wav', 404],
    'what is not named as a sound': [() => 'secret.txt', 403],
    'the same through a query': [() => 'secret.txt?.wav', 403],
    'another machine': [() => 'file://elsewhere/sound.wav', 403],
    'a data URL': [() => 'data:audio/wav;base64,AAAA', 200],
  };
  for (const [name, [url, status]] of Object.entries(rows)) {
    it(name, async () => {
      const got = await module(`
        await import('wavepool/polyfill');
        process.chdir(${JSON.stringify(folder)});
        const url = ${JSON.stringify(url())};
        const response = await fetch(url);
        const request = new XMLHttpRequest();
        const states = [];
        request.open('GET', url);
        request.responseType = 'arraybuffer';
        request.onreadystatechange = () => states.push(request.readyState);
        const type = await new Promise((resolve) => {
          request.addEventListener('loadend', ({ type }) => resolve(type));
          request.send();
        });
        show([response.status, (await response.arrayBuffer()).byteLength, request.status,
          request.response.byteLength, states, type]);`);
      const [fetched, bytes, requested, requestedBytes, states, type] = got;
      assert.deepEqual([fetched, requested, states, type], [status, status, [2, 3, 4], 'loadend']);
      assert.equal(bytes, requestedBytes);
      if (url().endsWith('sound.wav') && status === 200) assert.equal(bytes, 44 + RATE);
    });
  }

  it('a server, its headers, an abort, an error, a time-out', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/never') return;
      response.writeHead(201, { 'x-method': request.method, 'x-sent': request.headers['x-own'] ?? '' });
      response.end('{"ok":true}');
    });
    await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const base = `http://127.0.0.1:${server.address().port}`;
    try {
      const got = await module(`
        await import('wavepool/polyfill');
        const ask = (url, prepare = () => {}) => new Promise((resolve) => {
          const request = new XMLHttpRequest();
          const seen = [];
          for (const type of ['load', 'error', 'abort', 'timeout']) {
            request['on' + type] = () => seen.push(type);
          }
          request.onloadend = () => resolve([seen.join(), request.status, request.response]);
          request.open('POST', url);
          prepare(request);
          request.send('body');
        });
        const answers = [];
        answers.push(await ask('${base}/', (request) => {
          request.responseType = 'json';
          request.setRequestHeader('x-own', 'sent');
          request.onreadystatechange = () => {
            if (request.readyState === 2) answers.push([request.getResponseHeader('x-method'),
              request.getResponseHeader('X-Sent'), request.responseURL === '${base}/']);
          };
        }));
        answers.push(await ask('${base}/'));
        answers.push(await ask('${base}/never', (request) => setTimeout(() => request.abort(), 20)));
        answers.push(await ask('${base}/never', (request) => { request.timeout = 20; }));
        answers.push(await ask('http://127.0.0.1:1/'));
        show(answers);`);
      assert.deepEqual(got, [['POST', 'sent', true], ['load', 201, { ok: true }],
        ['load', 201, '{"ok":true}'], ['abort', 0, ''], ['timeout', 0, ''], ['error', 0, '']]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('Tone.js', () => {
  const judge = ({ peak, db, channels }) => {
    assert.ok(peak > 0.2 && peak < 1, `peak ${peak}`);
    assert.equal(channels, 2);
    for (const each of db) assert.ok(each > 20, `the notes of a chord are ${each} dB above the others`);
  };
  it('a piece for three voices, offline', async () => judge(await program('tone_piece', 'offline')));
  it('the same in real time, as a file hears it', async () => {
    judge(await program('tone_piece', `file:${join(folder, 'heard.wav')}`));
  });
  it('the same, on the null device', async () => {
    const { state, seconds } = await program('tone_piece', 'none');
    assert.equal(state, 'closed');
    assert.ok(seconds >= 1.5, `${seconds}`);
  });

  it('each of its nodes plays, but for what needs an interface that is not there yet', async () => {
    const { isSupported, result: nodes, aside } = await program('tone_classes');
    const failed = Object.entries(nodes).filter(([, value]) => typeof value !== 'number');
    const open = failed.filter(([, message]) => / is not there yet$/.test(message));
    assert.deepEqual(failed.filter((each) => !open.includes(each)),
      [['Recorder', 'Media Recorder API is not available']]);
    for (const message of aside) assert.match(message, / is not there yet$/);
    if (open.length + aside.length === 0) assert.equal(isSupported, true);
    for (const name of ['Synth', 'FMSynth', 'NoiseSynth', 'MembraneSynth', 'PolySynth', 'Sampler', 'Player',
      'GrainPlayer', 'Filter', 'EQ3', 'Panner', 'Panner3D', 'Delay', 'Channel']) {
      assert.ok(nodes[name] > 0.1, `${name}: ${nodes[name]}`);
    }
  });
});

describe('howler', () => {
  it('plays a sprite of a file to its end', async () => {
    const got = await program('howler', sound);
    assert.deepEqual(got, { seen: ['load', 'play', 'fade', 'end'], usesWebAudio: true, duration: 0.5,
      codecs: ['mp3', 'ogg', 'opus', 'wav', 'flac'], state: 'running', rate: 48000 });
  });
  it('a file that is not there', async () => {
    const { seen, error } = await program('howler', 'nothing.wav');
    assert.deepEqual([seen, error], [['loaderror'], 'Failed loading audio file with status: 404.']);
  });
  it('through an audio element, which cannot play', async () => {
    const { seen, error } = await program('howler', sound, 'html5');
    assert.deepEqual([seen, error], [['loaderror'], 4]);
  });
});
