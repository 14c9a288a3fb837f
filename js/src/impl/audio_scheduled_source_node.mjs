// AudioScheduledSourceNode: start and stop.
import { calls, slots } from '#host';
import { check, invalidState } from '../errors.mjs';
import { touch } from './context_state.mjs';
import { point } from './node_state.mjs';
import { mustBeStartable, sourceStarted } from './sources.mjs';

export function checkTime(time, what) {
  if (time < 0) throw new RangeError(`${what} is ${time}, below 0`);
}

export function start(s, when) {
  mustBeStartable(s);
  if (s.isGone()) {
    checkTime(when, 'when');
  } else {
    point(s);
    slots[3] = when;
    calls.sourceStart();
    check();
    touch(s.context);
  }
  sourceStarted(s);
}

export function stop(s, when) {
  if (!s.isStarted) throw invalidState(`${s.kind.name}.stop: it has not been started`);
  if (s.isGone()) {
    checkTime(when, 'when');
    return;
  }
  point(s);
  slots[3] = when;
  calls.sourceStop();
  check();
  touch(s.context);
}
