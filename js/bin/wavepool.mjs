#!/usr/bin/env node
// `npx wavepool`: the program of the C library, of the package or of the tree that this is in.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const places = process.env.WAVEPOOL_PROGRAM
  ? [process.env.WAVEPOOL_PROGRAM]
  : ['../build/wavepool', '../../build/wavepool'].map(
    (path) => fileURLToPath(new URL(path, import.meta.url)));
const path = places.find((each) => existsSync(each));

function fail(words) {
  console.error(`wavepool: ${words}`);
  process.exit(1);
}

if (path === undefined) {
  fail(`there is no program at ${places.join(' or ')}; \`npm rebuild wavepool --foreground-scripts\` ` +
    'builds it from source, and says what is missing');
}
const child = spawn(path, process.argv.slice(2), { stdio: 'inherit' });
child.on('error', (error) => fail(`${path} cannot be run: ${error.message}`));
// The terminal sends its signals to both; ours are handed on, and it decides what they mean.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
