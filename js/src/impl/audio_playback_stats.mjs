// AudioPlaybackStats: the engine's, which reads them anew at most once a second.
import { calls, slots } from '#host';
import { AudioPlaybackStats } from '../generated/interfaces.mjs';
import { check } from '../errors.mjs';
import { TOKEN } from './brands.mjs';

class Stats {
  constructor(context) {
    this.context = context;
    this.underrunEvents = this.underrunDuration = this.totalDuration = 0;
    this.average = this.minimum = this.maximum = 0;
  }

  // A closed context keeps what was read last.
  isOver() {
    return this.context.pointer === 0 || this.context.epoch > 0;
  }

  update() {
    if (this.isOver()) return this;
    slots[0] = this.context.pointer;
    calls.contextPlaybackStats();
    check();
    [, , this.underrunDuration, this.underrunEvents, this.totalDuration, this.average, this.minimum,
      this.maximum] = slots;
    return this;
  }
}

export const make = (context) => new AudioPlaybackStats(TOKEN, new Stats(context));

export const underrunDuration = (s) => s.update().underrunDuration;
export const underrunEvents = (s) => s.update().underrunEvents;
export const totalDuration = (s) => s.update().totalDuration;
export const averageLatency = (s) => s.update().average;
export const minimumLatency = (s) => s.update().minimum;
export const maximumLatency = (s) => s.update().maximum;

export function resetLatency(s) {
  if (s.isOver()) return;
  slots[0] = s.context.pointer;
  calls.contextResetLatency();
  check();
}

export function toJSON(s) {
  s.update();
  return { underrunDuration: s.underrunDuration, underrunEvents: s.underrunEvents,
    totalDuration: s.totalDuration,
    averageLatency: s.average, minimumLatency: s.minimum, maximumLatency: s.maximum };
}
