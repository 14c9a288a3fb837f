// What several tests need.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as wavepool from '../src/index.mjs';
import { calls, engine, slots } from '../src/host/node.mjs';

export * from '../src/index.mjs';
export { wavepool };

export const RATE = 48000;

export function offline(length = 1024, channels = 1, rate = RATE) {
  return new wavepool.OfflineAudioContext(channels, length, rate);
}

// A context that plays to nobody, on a real clock.
export function silent(options = {}) {
  return new wavepool.AudioContext({ sinkId: { type: 'none' }, ...options });
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
export const task = () => new Promise((resolve) => {
  setImmediate(resolve);
});

// Collections until what they finalise has run, too.
export async function gc(times = 4) {
  for (let count = 0; count < times; count++) {
    await task();
    collect();
    await task();
  }
}

// Bytes by category: the engine's ledger, without what is only kept for the next one who asks.
export function memory() {
  slots[0] = engine();
  slots[1] = 0;
  calls.engineTrim();
  slots[0] = engine();
  calls.engineMemory();
  const names = ['buffers', 'nodes', 'delayLines', 'impulseResponses', 'params', 'schedule', 'rings',
    'hrtf', 'decode',
    'profile', 'objects'];
  return { budget: slots[1], used: slots[2],
    ...Object.fromEntries(names.map((name, index) => [name, slots[11 + 2 * index]])) };
}

export function setBudget(bytes) {
  slots[0] = engine();
  slots[1] = bytes;
  calls.engineSetBudget();
  return slots[0] === 0;
}

export const event = (target, type) => new Promise((resolve) => {
  target.addEventListener(type, resolve, { once: true });
});

// A program of its own, with everything of the package in scope: { code, signal, out, err }. limitKiB: of the
// files that it may write; HEARD is the name of one.
export async function program(text, { timeout = 20000, env = {}, limitKiB = 0 } = {}) {
  const index = new URL('../src/index.mjs', import.meta.url).href;
  const source = `import { ${Object.keys(wavepool).join(', ')} } from '${index}';\n${text}`;
  const folder = limitKiB > 0 ? mkdtempSync(join(tmpdir(), 'wavepool-')) : '';
  const command = [process.execPath, '--input-type=module', '-e', source];
  const shell = ['/bin/sh', '-c', `ulimit -f ${2 * limitKiB}; exec "$@"`, 'sh', ...command]; // in blocks of 512
  const [first, ...rest] = limitKiB > 0 ? shell : command;
  const result = await new Promise((resolve) => {
    execFile(first, rest, { timeout, env: { ...process.env, HEARD: join(folder, 'heard.wav'), ...env } },
      (error, out, err) => resolve({ code: error?.code ?? 0, signal: error?.signal ?? null, out, err }));
  });
  if (limitKiB > 0) rmSync(folder, { recursive: true });
  return result;
}

// A WAV file of 16 bits, mono.
export function wavFile(frames, rate = RATE) {
  const bytes = Buffer.alloc(44 + 2 * frames.length);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + 2 * frames.length, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(2 * rate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * frames.length, 40);
  frames.forEach((value, index) => bytes.writeInt16LE(Math.round(32768 * value), 44 + 2 * index));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
}
