// Goal: what README.md shows runs, and prints what it says. Method: each block is a program in a folder where
// the packages are installed; what `// prints:` announces is compared. Nobody shall hear it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RATE, wavFile } from './helpers.mjs';

const js = fileURLToPath(new URL('..', import.meta.url));
const readmes = await Promise.all([join(js, 'README.md'), join(js, '../README.md')].filter(existsSync)
  .map((path) => readFile(path, 'utf8'))); // the package has the first alone
const programs = readmes.join('\n').split(/^## /m).flatMap((section) =>
  [...section.matchAll(/^```js\n(.*?)^```$/gms)].map(([, text]) => [section.split('\n')[0], text]));

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wavepool-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(js, join(folder, 'node_modules/wavepool'));
  for (const name of ['tone', 'howler']) {
    await symlink(join(js, 'node_modules', name), join(folder, 'node_modules', name));
  }
  await writeFile(join(folder, 'sound.wav'), new Uint8Array(wavFile(Array.from({ length: RATE / 2 },
    (_, index) => 0.5 * Math.sin(2 * Math.PI * 440 * index / RATE)))));
});
after(() => rm(folder, { recursive: true }));

describe('README.md', () => {
  it('has programs', () => assert.ok(programs.length >= 7, `${programs.length}`));
  programs.forEach(([title, text], index) => it(`${title}, block ${index}`, async () => {
    const path = join(folder, `${index}.mjs`);
    await writeFile(path, text);
    // The default device would be heard: there is none for these programs.
    const env = { ...process.env, PULSE_SERVER: 'unix:/nonexistent', ALSA_CONFIG_PATH: '/nonexistent' };
    const { stdout } = await promisify(execFile)(process.execPath, [path], { cwd: folder, timeout: 60000,
      env });
    const wanted = [...text.matchAll(/ \/\/ prints: (.*)$/gm)].map(([, line]) => line);
    assert.ok(wanted.length > 0);
    assert.deepEqual(stdout.split('\n').filter((line) => line !== '' && !line.includes('Tone.js v')), wanted);
  }));
});
