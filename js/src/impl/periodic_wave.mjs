// PeriodicWave: { low, high } of the engine's wave, which oscillators keep alive.
import { calls, engine, point, slots } from '#host';
import { PeriodicWave } from '../generated/interfaces.mjs';
import { check, indexSize } from '../errors.mjs';
import { TOKEN } from './brands.mjs';
import { weigh } from './weight.mjs';

const registry = new FinalizationRegistry(({ low, high }) => {
  slots[0] = engine();
  slots[1] = low;
  slots[2] = high;
  calls.periodicWaveRelease();
});

const COEFFICIENT_BYTES = 190; // of the tables

class WaveState {
  constructor(low, high, coefficients) {
    this.low = low;
    this.high = high;
    this.shared = {}; // lives as long as the state
    registry.register(this.shared, { low, high });
    weigh(this.shared, COEFFICIENT_BYTES * coefficients);
  }
}

export function make(real, imag, disableNormalization) {
  if (real.length !== imag.length) throw indexSize(`PeriodicWave: real has ${real.length}, imag ${imag.length}`);
  if (real.length < 2) throw indexSize(`PeriodicWave: ${real.length} coefficients, at least 2`);
  point(real, 1);
  point(imag, 2); // its length lands in slot 3
  slots[0] = engine();
  slots[4] = disableNormalization ? 1 : 0;
  calls.periodicWaveCreate();
  check();
  return new WaveState(slots[1], slots[2], real.length);
}

export function construct(context, { real, imag, disableNormalization }) {
  const length = (real ?? imag)?.length ?? 2;
  const cosines = real ?? new Float32Array(length);
  const sines = imag ?? (real === undefined ? new Float32Array([0, 1]) : new Float32Array(length));
  return make(cosines, sines, disableNormalization);
}

export function createPeriodicWave(context, real, imag, { disableNormalization }) {
  return new PeriodicWave(TOKEN, make(real, imag, disableNormalization));
}
