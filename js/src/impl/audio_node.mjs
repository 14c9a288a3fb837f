// AudioNode: connections and channel settings.
import { calls, slots } from '#host';
import { check, indexSize, invalidAccess, invalidState, notSupported } from '../errors.mjs';
import { touch } from './context_state.mjs';
import { INTERPRETATION_NUMBERS, INTERPRETATIONS, MODE_NUMBERS, MODES } from './kinds.mjs';
import { inputCount, outputCount, point } from './node_state.mjs';

export const context = (s) => s.context.wrapper;
export const numberOfInputs = (s) => inputCount(s);
export const numberOfOutputs = (s) => outputCount(s);
export const channelCount = (s) => s.channelCount;
export const channelCountMode = (s) => MODES[s.mode];
export const channelInterpretation = (s) => INTERPRETATIONS[s.interpretation];

// -- connections --------------------------------------------------------------------------------------------

// What the engine would say, when there is nothing left that it could be asked about.
function checkPorts(s, output, target, input) {
  if (output >= outputCount(s)) throw indexSize(`output is ${output}, ${s.kind.name} has ${outputCount(s)}`);
  if (target !== null && input >= inputCount(target)) {
    throw indexSize(`input is ${input}, ${target.kind.name} has ${inputCount(target)}`);
  }
}

function mustShareContext(s, target, what) {
  if (s.context !== target.context) throw invalidAccess(`${what}: the destination belongs to another context`);
}

// One call about what lies between an output and target's input or param of that index; -1: any.
function callBetween(call, s, output, target, index) {
  point(s);
  slots[3] = output;
  slots[4] = target.low;
  slots[5] = target.high;
  slots[6] = index;
  call();
  check();
  touch(s.context);
}

export function connectNode(s, target, output, input) {
  mustShareContext(s, target, 'AudioNode.connect');
  if (s.isGone() || target.isGone()) checkPorts(s, output, target, input);
  else callBetween(calls.connect, s, output, target, input);
}

export function connectParam(s, param, output) {
  const target = param.node;
  mustShareContext(s, target, 'AudioNode.connect');
  if (s.isGone() || target.isGone()) checkPorts(s, output, null, 0);
  else callBetween(calls.connectParam, s, output, target, param.index);
}

export function disconnectAll(s) {
  if (s.isGone()) return;
  point(s);
  slots[3] = -1;
  calls.disconnect();
  check();
  touch(s.context);
}

export function disconnectOutput(s, output) {
  checkPorts(s, output, null, 0);
  if (s.isGone()) return;
  point(s);
  slots[3] = output;
  calls.disconnect();
  check();
  touch(s.context);
}

// output, input: -1 when they are not given
export function disconnectNode(s, target, output, input) {
  if (s.context !== target.context) throw invalidAccess('AudioNode.disconnect: they are not connected');
  if (s.isGone() || target.isGone()) checkPorts(s, output, target, input);
  else callBetween(calls.disconnectNode, s, output, target, input);
}

export function disconnectParam(s, param, output) {
  const target = param.node;
  if (s.context !== target.context) throw invalidAccess('AudioNode.disconnect: they are not connected');
  if (s.isGone() || target.isGone()) checkPorts(s, output, null, 0);
  else callBetween(calls.disconnectParam, s, output, target, param.index);
}

// -- channels -----------------------------------------------------------------------------------------------

const COUNT_MAX = 32, NARROW_COUNT_MAX = 2;

// What the engine would say, when there is nothing left that it could be asked about.
function checkChannels(s, count, mode, interpretation) {
  const { kind } = s;
  if (count < 1 || count > COUNT_MAX) {
    throw notSupported(`channelCount is ${count}, its range is [1, ${COUNT_MAX}]`);
  }
  const isOther = count !== s.channelCount || mode !== s.mode;
  if (kind.isFixed && (isOther || (kind.isDiscrete && interpretation !== s.interpretation))) {
    throw invalidState(`the channels of ${kind.name} are fixed`);
  }
  if (kind.isNarrow && (count > NARROW_COUNT_MAX || mode === MODE_NUMBERS.max)) {
    throw notSupported(`${kind.name} has at most ${NARROW_COUNT_MAX} channels, and not the mode max`);
  }
}

function set(s, call, number) {
  point(s);
  slots[3] = number;
  call();
  check();
  touch(s.context);
}

export function setChannelCount(s, count) {
  s.kind.checkChannelCount?.(s, count);
  if (s.isGone()) checkChannels(s, count, s.mode, s.interpretation);
  else set(s, calls.nodeSetChannelCount, count);
  s.channelCount = count;
}

export function setChannelCountMode(s, text) {
  const mode = MODE_NUMBERS[text];
  s.kind.checkMode?.(s, text);
  if (s.kind.isModeFixed?.(s) && mode !== s.mode) throw invalidState(`channelCountMode of ${s.kind.name} is fixed`);
  if (s.isGone()) checkChannels(s, s.channelCount, mode, s.interpretation);
  else set(s, calls.nodeSetChannelCountMode, mode);
  s.mode = mode;
}

export function setChannelInterpretation(s, text) {
  const interpretation = INTERPRETATION_NUMBERS[text];
  if (s.isGone()) checkChannels(s, s.channelCount, s.mode, interpretation);
  else set(s, calls.nodeSetChannelInterpretation, interpretation);
  s.interpretation = interpretation;
}
