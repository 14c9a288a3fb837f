// XMLHttpRequest as libraries use it to load sounds: asynchronous, over fetch. No `document` as response, no
// upload events.
import { fetch } from './files.mjs';

const STATES = { UNSENT: 0, OPENED: 1, HEADERS_RECEIVED: 2, LOADING: 3, DONE: 4 };
const HANDLERS = ['readystatechange', 'loadstart', 'progress', 'load', 'error', 'abort', 'timeout',
  'loadend'];

const sent = () => invalidState('not opened, or sent already');
const invalidState = (words) => new DOMException(`XMLHttpRequest: ${words}`, 'InvalidStateError');

function progress(type, loaded) {
  return Object.assign(new Event(type), { lengthComputable: false, loaded, total: 0 });
}

export class XMLHttpRequest extends EventTarget {
  readyState = 0;
  responseType = '';
  timeout = 0;
  withCredentials = false;
  #method = '';
  #url = '';
  #headers = new Headers();
  #response = null; // fetch's
  #bytes = null;
  #controller = null;
  #made = undefined; // the value of `response`

  constructor() {
    super();
    for (const type of HANDLERS) {
      this[`on${type}`] = null;
      this.addEventListener(type, (event) => this[`on${type}`]?.(event));
    }
  }

  #enter(state) {
    this.readyState = state;
    this.dispatchEvent(new Event('readystatechange'));
  }

  #clear() {
    this.#controller?.abort();
    this.#controller = null;
    this.#response = null;
    this.#bytes = null;
    this.#made = undefined;
  }

  #end(type) {
    this.#clear();
    this.#enter(STATES.DONE);
    this.dispatchEvent(progress(type, 0));
    this.dispatchEvent(progress('loadend', 0));
  }

  open(method, url, async = true) {
    if (async === false) throw new DOMException('XMLHttpRequest: synchronous requests are not there',
      'NotSupportedError');
    this.#clear();
    this.#method = String(method).toUpperCase();
    this.#url = String(url);
    this.#headers = new Headers();
    this.#enter(STATES.OPENED);
  }

  setRequestHeader(name, value) {
    if (this.readyState !== STATES.OPENED || this.#controller) throw sent();
    this.#headers.append(name, value);
  }

  send(body = null) {
    if (this.readyState !== STATES.OPENED || this.#controller) throw sent();
    const controller = new AbortController();
    this.#controller = controller;
    this.dispatchEvent(progress('loadstart', 0));
    void this.#run(controller, body);
  }

  async #run(controller, body) {
    const isCurrent = () => this.#controller === controller;
    let hasTimedOut = false;
    const timer = this.timeout > 0 && setTimeout(() => {
      hasTimedOut = true;
      controller.abort();
    }, this.timeout);
    try {
      const response = await fetch(this.#url, { method: this.#method, headers: this.#headers, body,
        signal: controller.signal });
      if (!isCurrent()) return;
      this.#response = response;
      this.#enter(STATES.HEADERS_RECEIVED);
      const bytes = await response.arrayBuffer();
      if (!isCurrent()) return;
      this.#bytes = bytes;
    } catch {
      if (isCurrent()) this.#end(hasTimedOut ? 'timeout' : 'error');
      return;
    } finally {
      clearTimeout(timer);
    }
    this.#controller = null;
    this.#enter(STATES.LOADING);
    const { byteLength } = this.#bytes;
    this.dispatchEvent(progress('progress', byteLength));
    this.#enter(STATES.DONE);
    this.dispatchEvent(progress('load', byteLength));
    this.dispatchEvent(progress('loadend', byteLength));
  }

  abort() {
    const wasSent = this.#controller !== null;
    if (wasSent) this.#end('abort');
    else this.#clear();
    this.readyState = STATES.UNSENT;
  }

  get status() {
    return this.#response?.status ?? 0;
  }
  get statusText() {
    return this.#response?.statusText ?? '';
  }
  get responseURL() {
    return this.#response?.url ?? '';
  }
  getResponseHeader(name) {
    return this.#response?.headers.get(name) ?? null;
  }
  getAllResponseHeaders() {
    return [...this.#response?.headers ?? []].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  }

  get responseText() {
    if (this.responseType !== '' && this.responseType !== 'text') {
      throw invalidState('the response is no text');
    }
    return this.#bytes === null ? '' : new TextDecoder().decode(this.#bytes);
  }

  get response() {
    if (this.responseType === '' || this.responseType === 'text') return this.responseText;
    if (this.#bytes === null || this.readyState !== STATES.DONE) return null;
    if (this.#made === undefined) this.#made = this.#make();
    return this.#made;
  }

  #make() {
    if (this.responseType === 'arraybuffer') return this.#bytes;
    if (this.responseType === 'blob') {
      return new Blob([this.#bytes], { type: this.getResponseHeader('content-type') ?? '' });
    }
    if (this.responseType !== 'json') return null;
    try {
      return JSON.parse(new TextDecoder().decode(this.#bytes));
    } catch {
      return null;
    }
  }
}
for (const [name, value] of Object.entries(STATES)) {
  for (const of of [XMLHttpRequest, XMLHttpRequest.prototype]) Object.defineProperty(of, name, { value });
}
