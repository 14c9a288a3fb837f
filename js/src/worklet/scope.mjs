// AudioWorkletGlobalScope: the Worker's global object, with what the specification puts there and without
// what it does not: no process, no timers, no require. Code that asks where it runs finds a worklet.
import { runInNewContext } from 'node:vm';
import { AudioWorkletProcessor, registerProcessor, setRegistered } from './processor.mjs';
import { clock } from './process.mjs';

const WEB = new Set(['console', 'AbortController', 'AbortSignal', 'DOMException', 'Event', 'EventTarget',
  'MessageChannel', 'MessageEvent', 'MessagePort', 'TextDecoder', 'TextEncoder', 'URL', 'URLSearchParams']);

const illegal = () => new TypeError('AudioWorkletGlobalScope: illegal constructor');

class WorkletGlobalScope {
  constructor() {
    throw illegal();
  }
}

class AudioWorkletGlobalScope extends WorkletGlobalScope {}

function tag(constructor, name) {
  Object.defineProperty(constructor.prototype, Symbol.toStringTag, { value: name, configurable: true });
}

// What is not JavaScript's own goes, but for what browsers have in worklets too. What Node loads when it is
// first asked for is asked for while all is still there.
function clear() {
  for (const name of WEB) void globalThis[name];
  const own = new Set(runInNewContext('Object.getOwnPropertyNames(globalThis)'));
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!own.has(name) && !WEB.has(name)) delete globalThis[name];
  }
}

const hidden = (value) => ({ value, writable: true, enumerable: false, configurable: true });
const getter = (get) => ({ get, set: undefined, enumerable: true, configurable: true });

export function install({ sampleRate, quantum, port, post }) {
  clear();
  tag(WorkletGlobalScope, 'WorkletGlobalScope');
  tag(AudioWorkletGlobalScope, 'AudioWorkletGlobalScope');
  tag(AudioWorkletProcessor, 'AudioWorkletProcessor');
  setRegistered((name, descriptors) => post({ type: 'registered', name, descriptors }));
  delete globalThis[Symbol.toStringTag];
  Object.setPrototypeOf(globalThis, AudioWorkletGlobalScope.prototype);
  Object.defineProperties(globalThis, {
    WorkletGlobalScope: hidden(WorkletGlobalScope),
    AudioWorkletGlobalScope: hidden(AudioWorkletGlobalScope),
    AudioWorkletProcessor: hidden(AudioWorkletProcessor),
    registerProcessor: { value: registerProcessor, writable: true, enumerable: true, configurable: true },
    currentFrame: getter(() => clock.frame),
    currentTime: getter(() => clock.frame / sampleRate),
    sampleRate: getter(() => sampleRate),
    renderQuantumSize: getter(() => quantum),
    port: getter(() => port),
  });
}
