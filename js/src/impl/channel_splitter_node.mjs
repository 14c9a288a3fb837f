import { slots } from '#host';
import { OWN, nodeKind } from './kinds.mjs';
import { make, makeWith } from './node_state.mjs';

// own: { outputs }. It has as many channels as outputs.
export const kind = nodeKind('ChannelSplitterNode', 10, { outputs: 6, channelCount: 6, mode: 'explicit',
  interpretation: 'discrete' });

function split(s, outputs) {
  s.own = { outputs };
  s.channelCount = outputs;
  return s;
}

export function createChannelSplitter(context, numberOfOutputs) {
  slots[OWN] = numberOfOutputs;
  return split(make(context, kind), numberOfOutputs);
}

export function construct(context, options) {
  slots[OWN] = options.numberOfOutputs;
  return split(makeWith(context, kind, options), options.numberOfOutputs);
}
