import { slots } from '#host';
import { OWN, nodeKind } from './kinds.mjs';
import { make, makeWith } from './node_state.mjs';

export const kind = nodeKind('StereoPannerNode', 9, { mode: 'clamped-max', params: [['pan', 0, -1, 1]] });

export function createStereoPanner(context) {
  slots[OWN] = 0;
  return make(context, kind);
}

export function construct(context, options) {
  slots[OWN] = options.pan;
  return makeWith(context, kind, options);
}
