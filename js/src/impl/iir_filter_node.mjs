import { calls, slots } from '#host';
import { response } from './biquad_filter_node.mjs';
import { OWN, nodeKind } from './kinds.mjs';
import { makeWith } from './node_state.mjs';

const COEFFICIENTS_MAX = 20; // of each list

// own: { feedforward, feedback }
export const kind = nodeKind('IIRFilterNode', 13);

function place(values, at) {
  for (let index = 0; index < COEFFICIENTS_MAX; index++) slots[at + index] = values[index] ?? 0;
}

export function construct(context, options) {
  const { feedforward, feedback } = options;
  slots[OWN] = feedforward.length;
  slots[OWN + 1] = feedback.length;
  place(feedforward, OWN + 2);
  place(feedback, OWN + 2 + COEFFICIENTS_MAX);
  const s = makeWith(context, kind, options);
  s.own = { feedforward, feedback };
  return s;
}

export function createIIRFilter(context, feedforward, feedback) {
  return construct(context, { feedforward, feedback });
}

export function getFrequencyResponse(s, ...arrays) {
  response(s.isGone() ? construct(s.context, s.own) : s, calls.iirFilterResponse, ...arrays);
}
