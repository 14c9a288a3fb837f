import { calls, point as pointAt, slots } from '#host';
import { check, indexSize } from '../errors.mjs';
import { OWN, nodeKind } from './kinds.mjs';
import { make, makeWith, point } from './node_state.mjs';

const SIZE_MIN = 32, SIZE_MAX = 32768;

export const kind = nodeKind('AnalyserNode', 19, { isHeavy: true, bytes: () => 270000 });

class Own {
  constructor({ fftSize, minDecibels, maxDecibels, smoothingTimeConstant }) {
    this.fftSize = fftSize;
    this.minDecibels = minDecibels;
    this.maxDecibels = maxDecibels;
    this.smoothingTimeConstant = smoothingTimeConstant;
  }
}

const DEFAULTS = { fftSize: 2048, minDecibels: -100, maxDecibels: -30, smoothingTimeConstant: 0.8 };

function fill({ fftSize, minDecibels, maxDecibels, smoothingTimeConstant }) {
  slots[OWN] = fftSize;
  slots[OWN + 1] = minDecibels;
  slots[OWN + 2] = maxDecibels;
  slots[OWN + 3] = smoothingTimeConstant;
}

export function createAnalyser(context) {
  fill(DEFAULTS);
  const s = make(context, kind);
  s.own = new Own(DEFAULTS);
  return s;
}

export function construct(context, options) {
  fill(options);
  const s = makeWith(context, kind, options);
  s.own = new Own(options);
  return s;
}

// -- attributes ---------------------------------------------------------------------------------------------

export const fftSize = (s) => s.own.fftSize;
export const frequencyBinCount = (s) => s.own.fftSize / 2;
export const minDecibels = (s) => s.own.minDecibels;
export const maxDecibels = (s) => s.own.maxDecibels;
export const smoothingTimeConstant = (s) => s.own.smoothingTimeConstant;

// They show at the next reading: nothing waits for a flush.
function set(s, call, name, value) {
  if (!s.isGone()) {
    point(s);
    slots[3] = value;
    call();
    check();
  }
  s.own[name] = value;
}

export function setFftSize(s, size) {
  if (size < SIZE_MIN || size > SIZE_MAX || (size & (size - 1)) !== 0) {
    throw indexSize(`AnalyserNode.fftSize is ${size}, not a power of two in [${SIZE_MIN}, ${SIZE_MAX}]`);
  }
  set(s, calls.analyserSetFftSize, 'fftSize', size);
}

function mustBeBelow(min, max) {
  if (min >= max) throw indexSize(`AnalyserNode: minDecibels would be ${min}, not below maxDecibels, ${max}`);
}

export function setMinDecibels(s, decibels) {
  mustBeBelow(decibels, s.own.maxDecibels);
  set(s, calls.analyserSetMinDecibels, 'minDecibels', decibels);
}

export function setMaxDecibels(s, decibels) {
  mustBeBelow(s.own.minDecibels, decibels);
  set(s, calls.analyserSetMaxDecibels, 'maxDecibels', decibels);
}

export function setSmoothingTimeConstant(s, value) {
  if (value < 0 || value > 1) {
    throw indexSize(`AnalyserNode.smoothingTimeConstant is ${value}, its range is [0, 1]`);
  }
  set(s, calls.analyserSetSmoothing, 'smoothingTimeConstant', value);
}

// -- data ---------------------------------------------------------------------------------------------------

const BUSY = 19, TRIES_MAX = 100;

// silence: what there is to read in a closed context
function read(s, call, array, count, silence) {
  if (array.length === 0) return;
  if (s.isGone()) {
    array.fill(silence, 0, count);
    return;
  }
  // An offline render may overtake a reading again and again.
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    pointAt(array, 3);
    point(s);
    call();
    if (slots[0] !== BUSY) break;
  }
  check();
}

export function getFloatFrequencyData(s, array) {
  read(s, calls.analyserFloatFrequency, array, s.own.fftSize / 2, -Infinity);
}

export function getByteFrequencyData(s, array) {
  read(s, calls.analyserByteFrequency, array, s.own.fftSize / 2, 0);
}

export function getFloatTimeDomainData(s, array) {
  read(s, calls.analyserFloatTime, array, s.own.fftSize, 0);
}

export function getByteTimeDomainData(s, array) {
  read(s, calls.analyserByteTime, array, s.own.fftSize, 128);
}
