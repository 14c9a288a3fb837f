import { calls, point as pointAt, slots } from '#host';
import { paramStateOf } from '../generated/interfaces.mjs';
import { check, invalidAccess } from '../errors.mjs';
import { paramOf, value } from './audio_param.mjs';
import { touch } from './context_state.mjs';
import { OWN, nodeKind } from './kinds.mjs';
import { make, makeWith, point } from './node_state.mjs';

const TYPES = { lowpass: 0, highpass: 1, bandpass: 2, lowshelf: 3, highshelf: 4, peaking: 5, notch: 6,
  allpass: 7 };

// own: the type, null for lowpass
export const kind = nodeKind('BiquadFilterNode', 3, { params: [
  ['frequency', 350, 0, (s) => s.context.sampleRate / 2], ['detune', 0, -153600, 153600], ['Q', 1],
  ['gain', 0, undefined, 1541.273681640625]] }); // 40 log10(largest float)

export function createBiquadFilter(context) {
  slots[OWN] = 0;
  slots[OWN + 1] = 350;
  slots[OWN + 2] = 0;
  slots[OWN + 3] = 1;
  slots[OWN + 4] = 0;
  return make(context, kind);
}

export function construct(context, options) {
  slots[OWN] = TYPES[options.type];
  slots[OWN + 1] = options.frequency;
  slots[OWN + 2] = options.detune;
  slots[OWN + 3] = options.Q;
  slots[OWN + 4] = options.gain;
  const s = makeWith(context, kind, options);
  s.own = options.type;
  return s;
}

export const type = (s) => s.own ?? 'lowpass';

export function setType(s, text) {
  if (!s.isGone()) {
    point(s);
    slots[3] = TYPES[text];
    calls.biquadFilterSetType();
    check();
    touch(s.context);
  }
  s.own = text;
}

// Also of IIR filters: call is the engine's for the type of s.
export function response(s, call, frequency, magnitude, phase) {
  pointAt(frequency, 3);
  const { 4: count } = slots; // what an array says itself could be a lie
  pointAt(magnitude, 4);
  const { 5: magnitudes } = slots;
  pointAt(phase, 5);
  if (count !== magnitudes || count !== slots[6]) {
    throw invalidAccess(`${s.kind.name}.getFrequencyResponse: the arrays differ in length`);
  }
  if (count === 0) return;
  point(s);
  call();
  check();
}

// In a closed context by a filter that is made for it.
function remade(s) {
  const [frequency, detune, Q, gain] = kind.params.map((param, index) => value(paramStateOf(paramOf(s, index))));
  return construct(s.context, { type: type(s), frequency, detune, Q, gain });
}

export function getFrequencyResponse(s, ...arrays) {
  response(s.isGone() ? remade(s) : s, calls.biquadFilterResponse, ...arrays);
}
