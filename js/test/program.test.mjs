// Goal: `npx wavepool` is the program: its words, its exit codes, its signals. Method: bin/wavepool.mjs with
// the program that the tree has built.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../bin/wavepool.mjs', import.meta.url));
const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));

// { code, out, err }; started(child) is called with the first words that it prints.
function run(args, { env = {}, started = () => {} } = {}) {
  const child = spawn(process.execPath, [bin, ...args], { env: { ...process.env, ...env } });
  const heard = { out: '', err: '' };
  for (const [name, stream] of [['out', child.stdout], ['err', child.stderr]]) {
    stream.setEncoding('utf8').on('data', (text) => {
      if (heard.out === '' && heard.err === '') started(child);
      heard[name] += text;
    });
  }
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...heard })));
}

describe('npx wavepool', () => {
  it('its words', async () => assert.deepEqual(await run(['--version']),
    { code: 0, out: `wavepool ${version}\n`, err: '' }));
  it('its exit codes', async () => {
    const { code, err } = await run(['sing']);
    assert.equal(code, 2);
    assert.match(err, /sing/);
  });
  it('a signal reaches it', async () => {
    const scene = fileURLToPath(new URL('../../examples/fm_synth.json', import.meta.url));
    const start = performance.now();
    const { code, out } = await run(['play', scene, '--device', 'null'],
      { started: (child) => child.kill('SIGTERM') });
    assert.ok([0, 143].includes(code), `${code}: ${out}`);
    assert.ok(performance.now() - start < 14000); // the scene takes 16 s
  });
  it('there is none', async () => {
    const { code, err } = await run(['--version'], { env: { WAVEPOOL_PROGRAM: '/nonexistent' } });
    assert.deepEqual([code, /^wavepool: there is no program at \/nonexistent/.test(err)], [1, true]);
  });
});
