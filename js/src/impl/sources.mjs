// Scheduled sources: which of them play. One that has been started is found by its slot when it ends, and is
// held until then, with its wrapper if that has listeners. Sources of a context that does not run wait in a
// list of their context, so that nothing but the context holds them.
import { calls, slots } from '#host';
import { check, invalidState } from '../errors.mjs';
import { fireEnded, fireError } from './events.mjs';
import { poll, touch, updateKeepAlive } from './context_state.mjs';
import { keepParamValues } from './audio_param.mjs';

const SLOT_MASK = 0xffffff, WHEN_DONE = 4;
const playing = []; // by slot; slots are the engine's, which is this thread's

export function rootSources(context) {
  for (const s of context.waiting) playing[s.low & SLOT_MASK] = s;
  context.waiting = [];
}

export function unrootSources(context) {
  if (context.playingCount === 0) return;
  for (let slot = 0; slot < playing.length; slot++) {
    const s = playing[slot];
    if (s !== undefined && s.context === context) {
      context.waiting.push(s);
      playing[slot] = undefined;
    }
  }
}

// The context is given back: they never end.
export function dropSources(context) {
  context.waiting = [];
  context.playingCount = 0;
  for (const s of held) {
    if (s.context === context) forget(s);
  }
}

export function mustBeStartable(s) {
  if (s.isStarted) throw invalidState(`${s.kind.name}.start: it was started before`);
}

// The engine has taken its start.
export function sourceStarted(s) {
  const { context } = s;
  s.isStarted = true;
  if (s.isGone()) return;
  if (context.isLive) playing[s.low & SLOT_MASK] = s;
  else context.waiting.push(s);
  if (context.playingCount++ === 0 && context.isLive) updateKeepAlive();
}

function giveNodeBack(s, low, high) {
  if (s.params !== null) keepParamValues(s);
  slots[0] = s.context.pointer;
  slots[1] = low;
  slots[2] = high;
  slots[3] = WHEN_DONE;
  calls.nodeRelease();
  check();
  touch(s.context);
  s.low = s.high = 0;
}

// It is given back to its pool before it has ended: nobody is told of its end.
export function forgetSource(s) {
  const { context } = s;
  const slot = s.low & SLOT_MASK;
  if (playing[slot] === s) {
    playing[slot] = undefined;
  } else {
    const { waiting } = context;
    const at = waiting.lastIndexOf(s); // the last one to come tends to be the first to go
    if (at < 0) return;
    waiting[at] = waiting[waiting.length - 1];
    waiting.pop();
  }
  if (--context.playingCount === 0) updateKeepAlive();
}

// It gives its node back; its wrapper stays as it is, and what is asked of it from now on has no effect.
export function sourceEnded(low, high) {
  const s = playing[low & SLOT_MASK];
  if (s === undefined || s.low !== low || s.high !== high) return;
  const { context } = s;
  if (s.kind.isMedia) {
    letMediaGo(s);
    fireEnded(s);
    return;
  }
  playing[low & SLOT_MASK] = undefined;
  if (s.pool === null) giveNodeBack(s, low, high); // else it is its pool's
  if (--context.playingCount === 0) updateKeepAlive();
  fireEnded(s);
}

// -- media, which can be played again -----------------------------------------------------------------------

// The render side leaves word of sources; of files it does not, so they are looked after while they play.
const LOOK_MS = 10;
const held = new Set();
let timer = undefined;

function look() {
  for (const context of new Set([...held].map((s) => s.context))) poll(context);
}

// It plays, and is held as a source is.
export function holdMedia(s) {
  const { context } = s;
  if (s.own.isHeld || context.isClosed) return;
  s.own.isHeld = true;
  held.add(s);
  timer ??= setInterval(look, LOOK_MS).unref();
  if (context.isLive) playing[s.low & SLOT_MASK] = s;
  else context.waiting.push(s);
  if (context.playingCount++ === 0 && context.isLive) updateKeepAlive();
}

function forget(s) {
  held.delete(s);
  if (held.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}

export function letMediaGo(s) {
  const { context } = s;
  if (!s.own.isHeld) return;
  s.own.isHeld = false;
  forget(s);
  if (s.isGone()) return;
  if (playing[s.low & SLOT_MASK] === s) playing[s.low & SLOT_MASK] = undefined;
  else context.waiting = context.waiting.filter((each) => each !== s);
  if (--context.playingCount === 0) updateKeepAlive();
}

export function mediaFailed(low, high) {
  const s = playing[low & SLOT_MASK];
  if (s === undefined || s.low !== low || s.high !== high) return;
  letMediaGo(s);
  fireError(s);
}
