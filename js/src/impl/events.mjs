// Event handler attributes, and events that are fired. s: the state of a node or a context; handlers: what
// its on... attributes hold, by event type; wrapper: the object, once a node has a handler or a listener,
// always for a context.
import { queueTask } from '#host';
import { isLean, nodeState, renewInternals, whenAdopted } from './brands.mjs';

class Handler {
  constructor(value) {
    this.value = value;
    this.listener = (event) => {
      if (typeof this.value !== 'function') return;
      if (this.value.call(event.currentTarget, event) === false) event.preventDefault();
    };
  }
}

function listen(s, type) {
  EventTarget.prototype.addEventListener.call(s.wrapper, type, s.handlers[type].listener);
}

// Handlers that were set before the first listener come before it.
whenAdopted((wrapper) => {
  const s = nodeState(wrapper);
  s.wrapper = wrapper;
  s.isTarget = true;
  for (const type in s.handlers) listen(s, type);
});

export function handler(s, type) {
  return s.handlers?.[type]?.value ?? null;
}

export function setHandler(wrapper, s, type, given) {
  const value = typeof given === 'function' || (typeof given === 'object' && given !== null) ? given : null;
  const set = s.handlers?.[type];
  if (set !== undefined && value !== null) {
    set.value = value; // it keeps its place among the listeners
    return;
  }
  const isTarget = s.isTarget || !isLean;
  if (set !== undefined) {
    if (isTarget) EventTarget.prototype.removeEventListener.call(wrapper, type, set.listener);
    delete s.handlers[type];
    return;
  }
  if (value === null) return;
  s.wrapper = wrapper;
  s.handlers ??= Object.create(null);
  s.handlers[type] = new Handler(value);
  if (isTarget) listen(s, type);
}

// Of a context, in the task that runs.
export function dispatch(s, event) {
  EventTarget.prototype.dispatchEvent.call(s.wrapper, event);
}

// In a task of its own. Nobody listens to a node that never was asked for a listener.
export function fire(s, makeEvent) {
  if (s.wrapper === null) return;
  const { wrapper: target, use } = s;
  queueTask(() => {
    if (s.use === use) EventTarget.prototype.dispatchEvent.call(target, makeEvent());
  });
}

// As if it had just been made: no handlers, no listeners, and no event on its way.
export function forgetListeners(wrapper, s) {
  s.use++;
  s.handlers = null;
  if (s.isTarget || !isLean) renewInternals(wrapper);
  else s.wrapper = null;
}

const makeEnded = () => new Event('ended');
const makeStateChange = () => new Event('statechange');
const makeError = () => new Event('error');
export const fireEnded = (s) => fire(s, makeEnded);
export const fireStateChange = (s) => fire(s, makeStateChange);
export const fireError = (s) => fire(s, makeError);
