import { slots } from '#host';
import { OWN, nodeKind } from './kinds.mjs';
import { make, makeWith } from './node_state.mjs';

export const kind = nodeKind('GainNode', 2, { params: [['gain', 1]] });

export function createGain(context) {
  slots[OWN] = 1;
  return make(context, kind);
}

export function construct(context, options) {
  slots[OWN] = options.gain;
  return makeWith(context, kind, options);
}
