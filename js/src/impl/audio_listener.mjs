import { calls, slots } from '#host';
import { AudioListener } from '../generated/interfaces.mjs';
import { check } from '../errors.mjs';
import { TOKEN } from './brands.mjs';
import { touch } from './context_state.mjs';
import { nodeKind } from './kinds.mjs';
import { NodeState } from './node_state.mjs';
import { paramOf, setValue } from './audio_param.mjs';
import { paramStateOf } from '../generated/interfaces.mjs';

export const kind = nodeKind('AudioListener', 18, { inputs: 0, outputs: 0, params: [
  ['positionX', 0], ['positionY', 0], ['positionZ', 0], ['forwardX', 0], ['forwardY', 0], ['forwardZ', -1],
  ['upX', 0], ['upY', 1], ['upZ', 0]] });

export function listenerOf(context) {
  const s = new NodeState(context, kind, context.listenerLow, context.listenerHigh, null);
  s.epoch = 0;
  return new AudioListener(TOKEN, s);
}

// The params' values are set together or not at all.
export function setCoordinates(s, call, first, values) {
  if (!s.isGone()) {
    slots[0] = s.context.pointer;
    slots[1] = s.low;
    slots[2] = s.high;
    values.forEach((value, index) => {
      slots[3 + index] = value;
    });
    call();
    check();
    touch(s.context);
    return;
  }
  values.forEach((value, index) => setValue(paramStateOf(paramOf(s, first + index)), value));
}

export const setPosition = (s, x, y, z) => setCoordinates(s, calls.listenerSetPosition, 0, [x, y, z]);
export const setOrientation = (s, ...values) => setCoordinates(s, calls.listenerSetOrientation, 3, values);
