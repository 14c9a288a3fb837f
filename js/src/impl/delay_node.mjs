import { slots } from '#host';
import { OWN, nodeKind } from './kinds.mjs';
import { make, makeWith } from './node_state.mjs';

// own: { maxDelayTime }. Its line is memory that should come back soon.
export const kind = nodeKind('DelayNode', 4, { isHeavy: true,
  bytes: (context) => 4 * context.sampleRate * slots[OWN],
  params: [['delayTime', 0, 0, (s) => s.own.maxDelayTime]] });

export function createDelay(context, maxDelayTime) {
  slots[OWN] = maxDelayTime;
  slots[OWN + 1] = 0;
  const s = make(context, kind);
  s.own = { maxDelayTime };
  return s;
}

export function construct(context, options) {
  slots[OWN] = options.maxDelayTime;
  slots[OWN + 1] = options.delayTime;
  const s = makeWith(context, kind, options);
  s.own = { maxDelayTime: options.maxDelayTime };
  return s;
}
