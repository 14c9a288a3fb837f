import { slots } from '#host';
import { OWN, nodeKind } from './kinds.mjs';
import { make, makeWith } from './node_state.mjs';

export const kind = nodeKind('ConstantSourceNode', 8, { inputs: 0, isSource: true, params: [['offset', 1]] });

export function createConstantSource(context) {
  slots[OWN] = 1;
  return make(context, kind);
}

export function construct(context, options) {
  slots[OWN] = options.offset;
  return makeWith(context, kind, options);
}
