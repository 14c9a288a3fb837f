// The little of a browser that audio libraries look for. Nothing here draws, and nothing plays but through an
// AudioContext: an `<audio>` element says what can be decoded, and cannot load.
import { mediaDevices } from '../index.mjs';
import { base, fetch } from './files.mjs';
import { define, defineMissing } from './define.mjs';
import { XMLHttpRequest } from './xml_http_request.mjs';

const CODECS = new Map([['audio/wav', []], ['audio/wave', []], ['audio/x-wav', []], ['audio/mpeg', ['mp3']],
  ['audio/mp3', ['mp3']], ['audio/flac', ['flac']], ['audio/x-flac', ['flac']],
  ['audio/ogg', ['vorbis', 'opus', 'flac']], ['audio/aiff', []], ['audio/basic', []]]);

function canPlayType(type) {
  const [container, ...parameters] = String(type).toLowerCase().split(';').map((part) => part.trim());
  const known = CODECS.get(container);
  if (known === undefined) return '';
  const parameter = parameters.find((each) => each.startsWith('codecs')) ?? '';
  const codecs = /^codecs\s*=\s*"?([^"]*)"?$/.exec(parameter);
  if (codecs === null) return 'maybe';
  return codecs[1].split(',').every((codec) => known.includes(codec.trim()) || codec.trim() === '1')
    ? 'probably' : '';
}

const NO_ELEMENT = 'wavepool/polyfill: audio elements cannot play; decode, and play an AudioBuffer';

class HTMLAudioElement extends EventTarget {
  error = null;
  muted = false;
  volume = 1;
  loop = false;
  paused = true;
  preload = 'auto';
  readyState = 0;
  networkState = 0;
  currentTime = 0;
  duration = NaN;
  playbackRate = 1;
  crossOrigin = null;
  oncanplaythrough = null;
  onerror = null;
  #src = '';

  constructor() {
    super();
    this.addEventListener('error', (event) => this.onerror?.(event));
  }
  get src() {
    return this.#src;
  }
  set src(value) {
    this.#src = String(value);
    this.load();
  }
  canPlayType(type) {
    return canPlayType(type);
  }
  load() {
    if (this.#src === '') return;
    queueMicrotask(() => {
      this.error = { code: 4, message: NO_ELEMENT }; // MEDIA_ERR_SRC_NOT_SUPPORTED
      this.networkState = 3;
      this.dispatchEvent(new Event('error'));
    });
  }
  play() {
    return Promise.reject(new DOMException(NO_ELEMENT, 'NotSupportedError'));
  }
  pause() {}
}

class Audio extends HTMLAudioElement {
  constructor(src = undefined) {
    super();
    if (src !== undefined) this.src = src;
  }
}

class Document extends EventTarget {
  hidden = false;
  visibilityState = 'visible';
  readyState = 'complete';

  createElement(name) {
    if (String(name).toLowerCase() === 'audio') return new Audio();
    throw new DOMException(`wavepool/polyfill: there are no <${name}> elements`, 'NotSupportedError');
  }
}

// Some 60 times a second; nothing is drawn, but libraries run their callbacks in it.
function requestAnimationFrame(callback) {
  return Number(setTimeout(() => callback(performance.now()), 1000 / 60));
}

define(globalThis, 'fetch', fetch);
if (!('requestAnimationFrame' in globalThis)) {
  define(globalThis, 'requestAnimationFrame', requestAnimationFrame);
  define(globalThis, 'cancelAnimationFrame', (timer) => clearTimeout(timer));
}
defineMissing(globalThis, 'XMLHttpRequest', XMLHttpRequest);
defineMissing(globalThis, 'HTMLAudioElement', HTMLAudioElement);
defineMissing(globalThis, 'Audio', Audio);
defineMissing(globalThis, 'document', new Document());
defineMissing(globalThis, 'location', base());
defineMissing(globalThis, 'navigator', {});
for (const [name, value] of Object.entries({ userAgent: `Node.js/${process.versions.node.split('.')[0]}`,
  appVersion: `5.0 (${process.platform})`, platform: process.platform, vendor: '', language: 'en',
  mediaDevices })) {
  defineMissing(globalThis.navigator, name, value);
}
