// AudioParam. Its wrapper is made when it is first asked for, and is then always the same.
import { calls, point as pointAt, slots } from '#host';
import { AudioParam, paramStateOf } from '../generated/interfaces.mjs';
import { check, invalidState } from '../errors.mjs';
import { TOKEN } from './brands.mjs';
import { touch } from './context_state.mjs';
import { point } from './node_state.mjs';

const FLOAT_MAX = 3.4028234663852886e38;
const RATE_NUMBERS = { 'a-rate': 1, 'k-rate': 2 };

class ParamState {
  constructor(node, index) {
    this.node = node;
    this.index = index;
    this.rate = kindsOf(node)[index].rate;
    this.kept = undefined; // the value, when there is nothing behind it any more
  }
}

// AudioWorkletNodes have params of their own.
const kindsOf = (s) => s.own?.params ?? s.kind.params;

export function paramOf(s, index) {
  s.params ??= new Array(kindsOf(s).length).fill(undefined);
  return s.params[index] ?? (s.params[index] = new AudioParam(TOKEN, new ParamState(s, index)));
}

export function paramArgument(value, what) {
  const p = paramStateOf(value);
  if (p === undefined) throw new TypeError(`${what}: not an AudioParam`);
  return p;
}

// -- attributes ---------------------------------------------------------------------------------------------

const kindOf = (p) => kindsOf(p.node)[p.index];
const limit = (p, given, otherwise) => {
  const found = typeof given === 'function' ? given(p.node) : given;
  return Math.fround(found ?? otherwise);
};

export const defaultValue = (p) => Math.fround(kindOf(p).value);
export const minValue = (p) => limit(p, kindOf(p).min, -FLOAT_MAX);
export const maxValue = (p) => limit(p, kindOf(p).max, FLOAT_MAX);
export const automationRate = (p) => p.rate;

export function setAutomationRate(p, rate) {
  if (kindOf(p).isRateFixed && rate !== p.rate) throw invalidState(`automationRate of ${kindOf(p).name} is fixed`);
  if (!p.node.isGone()) {
    pointParam(p);
    slots[4] = RATE_NUMBERS[rate];
    calls.paramSetRate();
    check();
    touch(p.node.context);
  }
  p.rate = rate;
}

function read(p) {
  pointParam(p);
  calls.paramValue();
  check();
  return slots[1];
}

export function value(p) {
  if (!p.node.isGone()) return read(p);
  return p.kept ?? Math.fround(p.node.options?.[kindOf(p).name] ?? kindOf(p).value);
}

export function setValue(p, number) {
  p.kept = number;
  if (p.node.isGone()) return;
  pointParam(p);
  slots[4] = number;
  calls.paramSetValue();
  edited(p);
}

// Before the node is given back.
export function keepParamValues(s) {
  for (const wrapper of s.params) {
    if (wrapper !== undefined) {
      const p = paramStateOf(wrapper);
      p.kept = read(p);
    }
  }
}

// -- automation ---------------------------------------------------------------------------------------------

function pointParam(p) {
  point(p.node);
  slots[3] = p.index;
}

function edited(p) {
  if (slots[0] !== 0) check();
  touch(p.node.context);
}

// What the engine would say of a time.
function checkTime(time, what) {
  if (time < 0) throw new RangeError(`${what} is ${time}, below 0`);
}

export function setValueAtTime(p, number, time) {
  if (p.node.isGone()) return checkTime(time, 'startTime');
  pointParam(p);
  slots[4] = number;
  slots[5] = time;
  calls.paramSetValueAtTime();
  edited(p);
}

export function linearRampToValueAtTime(p, number, time) {
  if (p.node.isGone()) return checkTime(time, 'endTime');
  pointParam(p);
  slots[4] = number;
  slots[5] = time;
  calls.paramLinearRamp();
  edited(p);
}

export function exponentialRampToValueAtTime(p, number, time) {
  if (p.node.isGone()) {
    if (number === 0) throw new RangeError('value is 0');
    return checkTime(time, 'endTime');
  }
  pointParam(p);
  slots[4] = number;
  slots[5] = time;
  calls.paramExponentialRamp();
  edited(p);
}

export function setTargetAtTime(p, target, time, timeConstant) {
  if (p.node.isGone()) {
    checkTime(time, 'startTime');
    return checkTime(timeConstant, 'timeConstant');
  }
  pointParam(p);
  slots[4] = target;
  slots[5] = time;
  slots[6] = timeConstant;
  calls.paramSetTarget();
  edited(p);
}

export function setValueCurveAtTime(p, values, time, duration) {
  if (values.length < 2) throw invalidState(`values has ${values.length} elements, at least 2`);
  if (p.node.isGone()) {
    checkTime(time, 'startTime');
    if (duration <= 0) throw new RangeError(`duration is ${duration}, not above 0`);
    return;
  }
  pointAt(values, 4);
  pointParam(p);
  slots[6] = time;
  slots[7] = duration;
  calls.paramSetCurve();
  edited(p);
}

export function cancelScheduledValues(p, time) {
  if (p.node.isGone()) return checkTime(time, 'cancelTime');
  pointParam(p);
  slots[4] = time;
  calls.paramCancel();
  edited(p);
}

export function cancelAndHoldAtTime(p, time) {
  if (p.node.isGone()) return checkTime(time, 'cancelTime');
  pointParam(p);
  slots[4] = time;
  calls.paramCancelAndHold();
  edited(p);
}
