// A file of any length, played while it is read.
import { calls, engine, setText, slots } from '#host';
import { check, engineError, exception, invalidState } from '../errors.mjs';
import { touch } from './context_state.mjs';
import { OWN, nodeKind } from './kinds.mjs';
import { makeWith, point } from './node_state.mjs';
import { holdMedia, letMediaGo } from './sources.mjs';

export const kind = nodeKind('MediaFileSourceNode', 21, { inputs: 0, isHeavy: true, params: [
  ['playbackRate', 1, 0, 4, 'k-rate', true]] });
kind.isMedia = true;

class Own {
  constructor(path, isLoop) {
    this.path = path;
    this.isLoop = isLoop;
    this.isHeld = false; // by its context, while it plays
    this.isOpen = true;
    this.pauseTimer = undefined;
  }
}

const IO = 17;
const unreadable = (message) => new DOMException(message, 'NotReadableError');

function openFile(context, path) {
  if (path.includes('\0') || setText(path) < 0) throw unreadable('MediaFileSourceNode: that is no path');
  slots[0] = engine();
  slots[1] = context.sampleRate;
  calls.mediaOpen();
  if (slots[0] === IO) throw unreadable(engineError().message);
  check();
  return { low: slots[1], high: slots[2] };
}

// The node has a reference of its own.
function closeFile({ low, high }) {
  slots[0] = engine();
  slots[1] = low;
  slots[2] = high;
  calls.mediaClose();
}

export function construct(context, options) {
  const { path: name, playbackRate, loop: isLoop } = options;
  const file = openFile(context, name);
  try {
    slots[OWN] = file.low;
    slots[OWN + 1] = file.high;
    slots[OWN + 2] = playbackRate;
    slots[OWN + 3] = isLoop ? 1 : 0;
    const s = makeWith(context, kind, options);
    s.own = new Own(name, isLoop);
    return s;
  } finally {
    closeFile(file);
  }
}

// -- state --------------------------------------------------------------------------------------------------

const IDLE = { isPlaying: false, hasEnded: false, isSeeking: false, time: 0, length: 0, ahead: 0, status: 0 };

function now(s) {
  if (s.isGone() || !s.own.isOpen) return IDLE;
  point(s);
  calls.mediaSourceState();
  check();
  const [, isPlaying, hasEnded, isSeeking, time, length, ahead, status] = slots;
  return { isPlaying: isPlaying !== 0, hasEnded: hasEnded !== 0, isSeeking: isSeeking !== 0, time, length,
    ahead, status };
}

export const path = (s) => s.own.path;
export const loop = (s) => s.own.isLoop;
export const duration = (s) => now(s).length;
export const currentTime = (s) => now(s).time;
export const paused = (s) => !now(s).isPlaying;
export const ended = (s) => now(s).hasEnded;
export const seeking = (s) => now(s).isSeeking;
export const buffered = (s) => now(s).ahead;

export function error(s) {
  const { status } = now(s);
  if (status === 0) return null;
  const message = `MediaFileSourceNode: ${s.own.path} cannot be read any further`;
  return status === IO ? unreadable(message) : exception(status, message);
}

// -- what it does -------------------------------------------------------------------------------------------

function tell(s, call, value) {
  point(s);
  slots[3] = value;
  call();
  check();
  touch(s.context);
}

function mustBeOpen(s, what) {
  if (!s.own.isOpen) throw invalidState(`MediaFileSourceNode.${what}: it was closed`);
}

export function setLoop(s, isLoop) {
  if (!s.isGone()) tell(s, calls.mediaSourceSetLoop, isLoop ? 1 : 0);
  s.own.isLoop = isLoop;
}

export function setCurrentTime(s, time) {
  mustBeOpen(s, 'currentTime');
  if (time < 0) throw new RangeError(`currentTime is ${time}, below 0`);
  if (!s.isGone()) tell(s, calls.mediaSourceSeek, time);
}

function checkTime(when) {
  if (when < 0) throw new RangeError(`when is ${when}, below 0`);
}

export function play(s, when) {
  mustBeOpen(s, 'play');
  checkTime(when);
  if (s.isGone()) return;
  tell(s, calls.mediaSourcePlay, when);
  clearTimeout(s.own.pauseTimer);
  holdMedia(s);
}

// It is held until it has really paused.
export function pause(s, when) {
  mustBeOpen(s, 'pause');
  checkTime(when);
  if (s.isGone()) return;
  tell(s, calls.mediaSourcePause, when);
  clearTimeout(s.own.pauseTimer);
  if (s.own.isHeld) letGoAt(s, when);
}

function letGoAt(s, when) {
  const { context } = s;
  slots[0] = context.pointer;
  calls.contextClock();
  const left = when - slots[2] / context.sampleRate;
  if (left <= 0) {
    letMediaGo(s);
    return;
  }
  s.own.pauseTimer = setTimeout(() => {
    if (s.own.isHeld && !s.isGone()) letGoAt(s, when);
  }, Math.min(1000 * left, 1000));
}

export function close(s) {
  if (!s.own.isOpen) return;
  if (!s.isGone()) {
    slots[4] = 0;
    tell(s, calls.mediaSourceSetMedia, 0);
  }
  clearTimeout(s.own.pauseTimer);
  letMediaGo(s);
  s.own.isOpen = false;
}
