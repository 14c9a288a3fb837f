import { calls, slots } from '#host';
import { periodicWaveState } from '../generated/interfaces.mjs';
import { check, invalidState } from '../errors.mjs';
import { touch } from './context_state.mjs';
import { OWN, nodeKind } from './kinds.mjs';
import { make, makeWith, point } from './node_state.mjs';

const TYPES = { sine: 0, square: 1, sawtooth: 2, triangle: 3, custom: 4 };
const nyquist = (s) => s.context.sampleRate / 2;

// own: the type, null for sine
export const kind = nodeKind('OscillatorNode', 6, { inputs: 0, isSource: true, params: [
  ['frequency', 440, (s) => -nyquist(s), nyquist], ['detune', 0, -153600, 153600]] });

export function createOscillator(context) {
  slots[OWN] = 0;
  slots[OWN + 1] = 440;
  slots[OWN + 2] = slots[OWN + 3] = slots[OWN + 4] = 0;
  return make(context, kind);
}

const noCustom = () => invalidState("OscillatorNode: type 'custom' is set by a periodic wave alone");

export function construct(context, options) {
  const { periodicWave } = options;
  if (periodicWave === undefined && options.type === 'custom') throw noCustom();
  const wave = periodicWave === undefined ? undefined : periodicWaveState(periodicWave);
  slots[OWN] = wave === undefined ? TYPES[options.type] : 0;
  slots[OWN + 1] = options.frequency;
  slots[OWN + 2] = options.detune;
  slots[OWN + 3] = wave === undefined ? 0 : wave.low;
  slots[OWN + 4] = wave === undefined ? 0 : wave.high;
  const s = makeWith(context, kind, options);
  s.own = wave === undefined ? options.type : 'custom';
  return s;
}

export const type = (s) => s.own ?? 'sine';

export function setType(s, text) {
  if (text === 'custom') throw noCustom();
  if (!s.isGone()) {
    point(s);
    slots[3] = TYPES[text];
    calls.oscillatorSetType();
    check();
    touch(s.context);
  }
  s.own = text;
}

export function setPeriodicWave(s, periodicWave) {
  const wave = periodicWaveState(periodicWave);
  if (!s.isGone()) {
    point(s);
    slots[3] = wave.low;
    slots[4] = wave.high;
    calls.oscillatorSetPeriodicWave();
    check();
    touch(s.context);
  }
  s.own = 'custom';
}
