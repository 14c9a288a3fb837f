// AudioProfiler: what a context costs, measured where it renders.
import { calls, getText, setText, slots } from '#host';
import { contextState, isBaseAudioContext } from '../generated/interfaces.mjs';
import { check, invalidState } from '../errors.mjs';
import { flush, poll } from '../impl/context_state.mjs';
import { count } from './pool_state.mjs';

const TRACE_EVENTS = 65536;

const metricsOf = () => ({
  contextTime: slots[1],
  renderQuantum: slots[2],
  processingLoad: slots[3],
  bufferUnderruns: slots[9] === 1 ? slots[10] : null, // null: the device does not count them
  latency: slots[16],
  load: { average: slots[4], p50: slots[5], p99: slots[6], p999: slots[7], max: slots[8] },
  underrunDuration: slots[9] === 1 ? slots[11] : null,
  totalDuration: slots[12],
  deadlineMisses: slots[13],
  callbacks: slots[14],
  quanta: slots[15],
  averageLatency: slots[17],
  minimumLatency: slots[18],
  maximumLatency: slots[19],
});

function readText(address) {
  let text = '';
  for (let from = address; from !== 0;) {
    slots[0] = from;
    calls.stringRead();
    [, from] = slots;
    text += getText();
  }
  return text;
}

export class AudioProfiler {
  #context;
  #last = null; // metrics of a context that has been closed
  constructor(context) {
    if (!isBaseAudioContext(context)) throw new TypeError('AudioProfiler: not a BaseAudioContext');
    this.#context = contextState(context);
    this.#address('AudioProfiler');
  }

  #isOver() {
    return this.#context.pointer === 0 || this.#context.epoch > 0;
  }

  #address(what) {
    if (this.#isOver()) throw invalidState(`${what}: the context is closed`);
    return this.#context.pointer;
  }

  getMetrics() {
    if (this.#isOver()) {
      if (this.#last === null) throw invalidState('AudioProfiler.getMetrics: the context is closed');
      return { ...this.#last, load: { ...this.#last.load } };
    }
    flush(this.#context);
    slots[0] = this.#context.pointer;
    calls.profilerMetrics();
    this.#last = metricsOf();
    return { ...this.#last, load: { ...this.#last.load } };
  }

  // All counts begin again.
  reset() {
    slots[0] = this.#address('AudioProfiler.reset');
    calls.profilerReset();
    this.#last = null;
  }

  log() {
    const metrics = this.getMetrics();
    console.log('[AudioProfiler]', {
      time: `${metrics.contextTime.toFixed(2)}s`,
      load: `${(metrics.processingLoad * 100).toFixed(1)}%`,
      underruns: metrics.bufferUnderruns ?? 'unavailable',
      latency: `${(metrics.latency * 1000).toFixed(1)}ms`,
    });
  }

  // Times the nodes of every so many quanta, by type and one by one; 0: not at all.
  setNodeTiming(interval) {
    slots[1] = count(interval, 'AudioProfiler.setNodeTiming: interval');
    slots[0] = this.#address('AudioProfiler.setNodeTiming');
    calls.profilerSetNodeTiming();
    check();
  }

  // All figures, memory by category, pools and costs as one object, which docs/profiler.md describes.
  snapshot() {
    flush(this.#context);
    slots[0] = this.#address('AudioProfiler.snapshot');
    calls.profilerSnapshot();
    check();
    const { 1: address } = slots;
    const text = readText(address);
    slots[0] = address;
    calls.stringFree();
    return JSON.parse(text);
  }

  // Records callbacks, quanta and nodes, for a file that Perfetto and chrome://tracing open.
  traceBegin(events = TRACE_EVENTS) {
    slots[1] = count(events, 'AudioProfiler.traceBegin: events', 1);
    slots[0] = this.#address('AudioProfiler.traceBegin');
    calls.profilerTraceBegin();
    check();
  }

  traceEnd(path) {
    if (typeof path !== 'string') throw new TypeError('AudioProfiler.traceEnd: path is not a string');
    this.#address('AudioProfiler.traceEnd');
    poll(this.#context);
    if (setText(path) < 0) throw new TypeError('AudioProfiler.traceEnd: path is too long');
    slots[0] = this.#context.pointer;
    calls.profilerTraceEnd();
    check();
  }
}
