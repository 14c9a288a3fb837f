import { calls, point as pointAt, slots } from '#host';
import { check, invalidState } from '../errors.mjs';
import { touch } from './context_state.mjs';
import { OWN, nodeKind } from './kinds.mjs';
import { make, makeWith, point } from './node_state.mjs';

const OVERSAMPLES = { 'none': 0, '2x': 1, '4x': 2 };

export const kind = nodeKind('WaveShaperNode', 14);

class Own {
  constructor(curve, oversample) {
    this.curve = curve; // the array that was given; the node plays a copy of what was in it
    this.wasSet = curve !== null; // once to an array
    this.oversample = oversample;
  }
}

export function createWaveShaper(context) {
  slots[OWN] = slots[OWN + 1] = slots[OWN + 2] = 0;
  const s = make(context, kind);
  s.own = new Own(null, 'none');
  return s;
}

function mustBeLong(given) {
  if (given.length < 2) throw invalidState(`WaveShaperNode.curve has ${given.length} points, at least 2`);
}

export function construct(context, options) {
  const { curve: given = null, oversample: times } = options;
  slots[OWN] = slots[OWN + 1] = 0;
  if (given !== null) {
    mustBeLong(given);
    pointAt(given, OWN);
  }
  slots[OWN + 2] = OVERSAMPLES[times];
  const s = makeWith(context, kind, options);
  s.own = new Own(given, times);
  return s;
}

export const curve = (s) => s.own.curve;
export const oversample = (s) => s.own.oversample;

export function setCurve(s, given) {
  if (given !== null) {
    if (s.own.wasSet) throw invalidState('WaveShaperNode.curve: it was set before; it can be set once');
    mustBeLong(given);
  }
  if (!s.isGone()) {
    slots[3] = slots[4] = 0;
    if (given !== null) pointAt(given, 3);
    point(s);
    calls.waveShaperSetCurve();
    check();
    touch(s.context);
  }
  s.own.wasSet ||= given !== null;
  s.own.curve = given;
}

export function setOversample(s, text) {
  if (!s.isGone()) {
    point(s);
    slots[3] = OVERSAMPLES[text];
    calls.waveShaperSetOversample();
    check();
    touch(s.context);
  }
  s.own.oversample = text;
}
