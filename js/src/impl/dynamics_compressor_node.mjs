import { calls, slots } from '#host';
import { check } from '../errors.mjs';
import { OWN, nodeKind } from './kinds.mjs';
import { make, makeWith, point } from './node_state.mjs';

export const kind = nodeKind('DynamicsCompressorNode', 15, { mode: 'clamped-max', params: [
  ['threshold', -24, -100, 0, 'k-rate', true], ['knee', 30, 0, 40, 'k-rate', true],
  ['ratio', 12, 1, 20, 'k-rate', true], ['attack', 0.003, 0, 1, 'k-rate', true],
  ['release', 0.25, 0, 1, 'k-rate', true]] });

function fill({ threshold, knee, ratio, attack, release }) {
  slots[OWN] = threshold;
  slots[OWN + 1] = knee;
  slots[OWN + 2] = ratio;
  slots[OWN + 3] = attack;
  slots[OWN + 4] = release;
}

const DEFAULTS = Object.fromEntries(kind.params.map(({ name, value }) => [name, value]));

export function createDynamicsCompressor(context) {
  fill(DEFAULTS);
  return make(context, kind);
}

export function construct(context, options) {
  fill(options);
  return makeWith(context, kind, options);
}

// In a closed context nothing is turned down any more.
export function reduction(s) {
  if (s.isGone()) return 0;
  point(s);
  calls.dynamicsCompressorReduction();
  check();
  return slots[1];
}
