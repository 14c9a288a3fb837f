import { AudioDestinationNode } from '../generated/interfaces.mjs';
import { indexSize, invalidState } from '../errors.mjs';
import { TOKEN } from './brands.mjs';
import { nodeKind } from './kinds.mjs';
import { NodeState } from './node_state.mjs';

export const kind = nodeKind('AudioDestinationNode', 1, { mode: 'explicit', isEnd: true });

kind.checkChannelCount = (s, count) => {
  if (s.context.isOffline) {
    if (count !== s.channelCount) throw invalidState('channelCount of an offline destination is fixed');
  } else if (count < 1 || count > s.context.channelCount) {
    throw indexSize(`channelCount is ${count}, its range is [1, ${s.context.channelCount}]`);
  }
};
kind.isModeFixed = (s) => s.context.isOffline;

// Made with its context, and given back with it.
export function destinationOf(context) {
  const s = new NodeState(context, kind, context.destinationLow, context.destinationHigh, null);
  s.epoch = 0;
  s.channelCount = context.isOffline ? context.channelCount : Math.min(2, context.channelCount);
  return new AudioDestinationNode(TOKEN, s);
}

export const maxChannelCount = (s) => s.context.channelCount;
