import { slots } from '#host';
import { OWN, nodeKind } from './kinds.mjs';
import { make, makeWith } from './node_state.mjs';

// own: { inputs }
export const kind = nodeKind('ChannelMergerNode', 11, { inputs: 6, channelCount: 1, mode: 'explicit' });

export function createChannelMerger(context, numberOfInputs) {
  slots[OWN] = numberOfInputs;
  const s = make(context, kind);
  s.own = { inputs: numberOfInputs };
  return s;
}

export function construct(context, options) {
  slots[OWN] = options.numberOfInputs;
  const s = makeWith(context, kind, options);
  s.own = { inputs: options.numberOfInputs };
  return s;
}
