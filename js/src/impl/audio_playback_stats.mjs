// AudioPlaybackStats: the profiler's figures, taken at most once a second.
import { calls, slots } from '#host';
import { AudioPlaybackStats } from '../generated/interfaces.mjs';
import { TOKEN } from './brands.mjs';
import { flush } from './context_state.mjs';

const UNDERRUNS = 10, UNDERRUN_DURATION = 11, TOTAL_DURATION = 12, LATENCY = 16; // slots of profilerMetrics
const UPDATE_MS = 1000;

class Stats {
  constructor(context) {
    this.context = context;
    this.updatedMs = -Infinity;
    this.underrunEvents = this.underrunDuration = this.totalDuration = 0;
    this.resetLatency(0);
  }

  resetLatency(now) {
    this.latencySum = this.minimum = this.maximum = now;
    this.latencyCount = 1;
  }

  update() {
    const { context } = this;
    if (context.pointer === 0 || context.epoch > 0 ||
      performance.now() - this.updatedMs < UPDATE_MS) return this;
    const isFirst = this.updatedMs === -Infinity;
    this.updatedMs = performance.now();
    flush(context);
    const latency = this.read();
    if (isFirst) this.resetLatency(latency);
    else {
      this.latencySum += latency;
      this.latencyCount++;
      this.minimum = Math.min(this.minimum, latency);
      this.maximum = Math.max(this.maximum, latency);
    }
    return this;
  }

  read() {
    slots[0] = this.context.pointer;
    calls.profilerMetrics();
    this.underrunEvents = slots[UNDERRUNS];
    this.underrunDuration = slots[UNDERRUN_DURATION];
    this.totalDuration = slots[TOTAL_DURATION];
    return slots[LATENCY];
  }
}

export const make = (context) => new AudioPlaybackStats(TOKEN, new Stats(context));

export const underrunDuration = (s) => s.update().underrunDuration;
export const underrunEvents = (s) => s.update().underrunEvents;
export const totalDuration = (s) => s.update().totalDuration;
export const averageLatency = (s) => s.update().latencySum / s.latencyCount;
export const minimumLatency = (s) => s.update().minimum;
export const maximumLatency = (s) => s.update().maximum;

export function resetLatency(s) {
  const { context } = s;
  if (context.pointer === 0 || context.epoch > 0) return;
  slots[0] = context.pointer;
  calls.contextClock();
  s.resetLatency(slots[3] + slots[4]);
}

export function toJSON(s) {
  s.update();
  return { underrunDuration: s.underrunDuration, underrunEvents: s.underrunEvents,
    totalDuration: s.totalDuration,
    averageLatency: averageLatency(s), minimumLatency: s.minimum, maximumLatency: s.maximum };
}
