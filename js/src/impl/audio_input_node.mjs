import { nodeKind } from './kinds.mjs';
import { makeWith } from './node_state.mjs';

export const kind = nodeKind('AudioInputNode', 12, { inputs: 0 });

export const construct = (context, options) => makeWith(context, kind, options);
