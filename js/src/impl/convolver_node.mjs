import { calls, slots } from '#host';
import { audioBufferState } from '../generated/interfaces.mjs';
import { check, notSupported } from '../errors.mjs';
import { contents, surrender } from './audio_buffer.mjs';
import { touch } from './context_state.mjs';
import { OWN, nodeKind } from './kinds.mjs';
import { make, makeWith, point } from './node_state.mjs';
import { weigh } from './weight.mjs';

export const kind = nodeKind('ConvolverNode', 16, { mode: 'clamped-max', isHeavy: true });

// What a frame of one channel becomes: spectra, and what they are multiplied with.
const FRAME_BYTES = 24;

function bytesOf(wrapper) {
  if (wrapper === null) return 0;
  const { channels, length } = audioBufferState(wrapper);
  return FRAME_BYTES * channels * length;
}

class Own {
  constructor(buffer, normalize) {
    this.buffer = buffer; // the wrapper, or null
    this.weight = weigh(this, bytesOf(buffer));
    this.normalize = normalize;
  }
}

export function createConvolver(context) {
  slots[OWN] = slots[OWN + 1] = slots[OWN + 2] = 0;
  const s = make(context, kind);
  s.own = new Own(null, true);
  return s;
}

export function construct(context, options) {
  const { buffer: given = null, disableNormalization } = options;
  pointBuffer(context, given, OWN);
  slots[OWN + 2] = disableNormalization ? 1 : 0;
  const s = makeWith(context, kind, options);
  if (given !== null) surrender(audioBufferState(given));
  s.own = new Own(given, !disableNormalization);
  return s;
}

// The engine copies what it is to convolve with: the AudioBuffer's memory stays its own.
function pointBuffer(context, wrapper, slot) {
  let handle = null;
  if (wrapper !== null) {
    const b = audioBufferState(wrapper);
    if (![1, 2, 4].includes(b.channels)) {
      throw notSupported(`ConvolverNode.buffer has ${b.channels} channels, not 1, 2 or 4`);
    }
    if (b.rate !== context.sampleRate) {
      throw notSupported(`ConvolverNode.buffer is at ${b.rate} Hz, the context at ${context.sampleRate}`);
    }
    handle = contents(b);
  }
  slots[slot] = handle === null ? 0 : handle.low;
  slots[slot + 1] = handle === null ? 0 : handle.high;
}

export const buffer = (s) => s.own.buffer;
export const normalize = (s) => s.own.normalize;

export function setBuffer(s, wrapper) {
  pointBuffer(s.context, wrapper, 3);
  if (!s.isGone()) {
    point(s);
    calls.convolverSetBuffer();
    check();
    touch(s.context);
  }
  if (wrapper !== null) surrender(audioBufferState(wrapper));
  s.own.buffer = wrapper;
  s.own.weight.set(bytesOf(wrapper));
}

export function setNormalize(s, isNormalized) {
  if (!s.isGone()) {
    point(s);
    slots[3] = isNormalized ? 1 : 0;
    calls.convolverSetNormalize();
    check();
  }
  s.own.normalize = isNormalized;
}
