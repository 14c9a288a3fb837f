// The engine interface in Node: the addon. docs/javascript.md has its members.
import { getEventListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const places = process.env.WAVEPOOL_ADDON
  ? [process.env.WAVEPOOL_ADDON]
  : ['../../build/wavepool.node', '../../../build/js/wavepool.node'].map(
    (path) => fileURLToPath(new URL(path, import.meta.url)));

const REMEDY = existsSync(fileURLToPath(new URL('../../native', import.meta.url)))
  ? '`npm rebuild wavepool --foreground-scripts` builds it from source, and says what is missing'
  : 'build it with Meson, target js/wavepool.node, or name it in WAVEPOOL_ADDON';

function load() {
  const path = places.find((each) => existsSync(each));
  const asked = process.env.WAVEPOOL_ADDON ? ' (from WAVEPOOL_ADDON)' : '';
  if (path === undefined) {
    throw new Error(`wavepool: there is no addon at ${places.join(' or ')}${asked}; ${REMEDY}`);
  }
  try {
    return createRequire(import.meta.url)(path);
  } catch (error) {
    throw new Error(`wavepool: the addon ${path}${asked} cannot be loaded: ${error.message}; ` +
      REMEDY, { cause: error });
  }
}

const addon = load();

export const { slots, calls, setText, getText, point, view, viewGiveUp, detach, renderer, renderStart,
  renderLimit, renderCancel, renderAbandon, renderDestroy, decode, devices, watch, watchAdd, watchDrop, keepAlive, external,
  cohort, worklet, workletDrop, workletProcessor, workletProcessorDrop, workletOpen, workletBridge,
  workletQuantum, workletPiece, workletCollect, script, scriptDestroy, scriptDrop, scriptNext, scriptAnswer } = addon;

let address = 0;
export function engine() {
  if (address === 0) address = addon.engine();
  return address;
}

export function store() {} // views are the engine's memory

export const queueTask = setImmediate;
export const hasListeners = (target, type) => getEventListeners(target, type).length > 0;

// performance.now() of a CLOCK_MONOTONIC time in ms.
const offsetMs = performance.now() - Number(process.hrtime.bigint()) / 1e6;
export function performanceTime(monotonicMs) {
  return monotonicMs + offsetMs;
}
