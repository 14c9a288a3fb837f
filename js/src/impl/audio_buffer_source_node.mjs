import { calls, slots } from '#host';
import { audioBufferState } from '../generated/interfaces.mjs';
import { check, invalidState } from '../errors.mjs';
import { acquire } from './audio_buffer.mjs';
import { checkTime } from './audio_scheduled_source_node.mjs';
import { touch } from './context_state.mjs';
import { OWN, nodeKind } from './kinds.mjs';
import { make, makeWith, point } from './node_state.mjs';
import { mustBeStartable, sourceStarted } from './sources.mjs';

export const kind = nodeKind('AudioBufferSourceNode', 7, { inputs: 0, isSource: true, params: [
  ['playbackRate', 1, undefined, undefined, 'k-rate', true], ['detune', 0, undefined, undefined, 'k-rate',
    true]] });

class Own {
  constructor(buffer, isLoop, loopStart, loopEnd) {
    this.buffer = buffer; // the wrapper, or null
    this.wasSet = buffer !== null; // once to a buffer
    this.isLoop = isLoop;
    this.loopStart = loopStart;
    this.loopEnd = loopEnd;
  }
}

// The engine gets the buffer at start, which is when the node acquires the contents.
export function createBufferSource(context) {
  slots[OWN] = slots[OWN + 1] = slots[OWN + 3] = slots[OWN + 4] = slots[OWN + 5] = slots[OWN + 6] = 0;
  slots[OWN + 2] = 1;
  const s = make(context, kind);
  s.own = new Own(null, false, 0, 0);
  return s;
}

export function construct(context, options) {
  const { buffer: given = null, detune, loop: isLoop, loopEnd: end, loopStart: begin,
    playbackRate } = options;
  slots[OWN] = slots[OWN + 1] = 0;
  slots[OWN + 2] = playbackRate;
  slots[OWN + 3] = detune;
  slots[OWN + 4] = isLoop ? 1 : 0;
  slots[OWN + 5] = begin;
  slots[OWN + 6] = end;
  const s = makeWith(context, kind, options);
  s.own = new Own(given, isLoop, begin, end);
  return s;
}

// -- attributes ---------------------------------------------------------------------------------------------

export const buffer = (s) => s.own.buffer;
export const loop = (s) => s.own.isLoop;
export const loopStart = (s) => s.own.loopStart;
export const loopEnd = (s) => s.own.loopEnd;

function pointBuffer(wrapper, slot) {
  const handle = wrapper === null ? null : acquire(audioBufferState(wrapper));
  slots[slot] = handle === null ? 0 : handle.low;
  slots[slot + 1] = handle === null ? 0 : handle.high;
}

export function setBuffer(s, wrapper) {
  if (wrapper !== null && s.own.wasSet) {
    throw invalidState('AudioBufferSourceNode.buffer: it was set before; it can be set once');
  }
  if (s.isStarted && !s.isGone()) {
    pointBuffer(wrapper, 3);
    point(s);
    calls.bufferSourceSetBuffer();
    check();
    touch(s.context);
  }
  s.own.wasSet ||= wrapper !== null;
  s.own.buffer = wrapper;
}

export function setLoop(s, isLoop) {
  if (!s.isGone()) {
    point(s);
    slots[3] = isLoop ? 1 : 0;
    calls.bufferSourceSetLoop();
    check();
    touch(s.context);
  }
  s.own.isLoop = isLoop;
}

function setLoopPoints(s, begin, end) {
  if (!s.isGone()) {
    point(s);
    slots[3] = begin;
    slots[4] = end;
    calls.bufferSourceSetLoopPoints();
    check();
    touch(s.context);
  }
  s.own.loopStart = begin;
  s.own.loopEnd = end;
}

export const setLoopStart = (s, begin) => setLoopPoints(s, begin, s.own.loopEnd);
export const setLoopEnd = (s, end) => setLoopPoints(s, s.own.loopStart, end);

// -- start --------------------------------------------------------------------------------------------------

export function start(s, when, offset = 0, duration = undefined) {
  mustBeStartable(s);
  checkTime(when, 'when');
  checkTime(offset, 'offset');
  if (duration !== undefined) checkTime(duration, 'duration');
  if (!s.isGone()) {
    pointBuffer(s.own.buffer, 6);
    point(s);
    slots[3] = when;
    slots[4] = offset;
    slots[5] = duration ?? -1; // to the end
    calls.bufferSourcePlay();
    check();
    touch(s.context);
  }
  sourceStarted(s);
}
