import { calls, slots } from '#host';
import { check, invalidState } from '../errors.mjs';
import { setCoordinates } from './audio_listener.mjs';
import { touch } from './context_state.mjs';
import { OWN, nodeKind } from './kinds.mjs';
import { make, makeWith, point } from './node_state.mjs';

const PANNING_MODELS = { equalpower: 0, HRTF: 1 };
const DISTANCE_MODELS = { linear: 0, inverse: 1, exponential: 2 };

// own: the attributes that are no params
export const kind = nodeKind('PannerNode', 17, { mode: 'clamped-max', params: [
  ['positionX', 0], ['positionY', 0], ['positionZ', 0],
  ['orientationX', 1], ['orientationY', 0], ['orientationZ', 0]] });

class Own {
  constructor(options) {
    this.panningModel = options.panningModel;
    this.distanceModel = options.distanceModel;
    this.refDistance = options.refDistance;
    this.maxDistance = options.maxDistance;
    this.rolloffFactor = options.rolloffFactor;
    this.coneInnerAngle = options.coneInnerAngle;
    this.coneOuterAngle = options.coneOuterAngle;
    this.coneOuterGain = options.coneOuterGain;
  }
}

const DEFAULTS = { panningModel: 'equalpower', distanceModel: 'inverse',
  positionX: 0, positionY: 0, positionZ: 0, orientationX: 1, orientationY: 0, orientationZ: 0,
  refDistance: 1, maxDistance: 10000, rolloffFactor: 1,
  coneInnerAngle: 360, coneOuterAngle: 360, coneOuterGain: 0 };

const SETTERS = {
  panningModel: calls.pannerSetPanningModel,
  distanceModel: calls.pannerSetDistanceModel,
  refDistance: calls.pannerSetRefDistance,
  maxDistance: calls.pannerSetMaxDistance,
  rolloffFactor: calls.pannerSetRolloffFactor,
  coneInnerAngle: calls.pannerSetConeInnerAngle,
  coneOuterAngle: calls.pannerSetConeOuterAngle,
  coneOuterGain: calls.pannerSetConeOuterGain,
};

// As the engine has it; also where there is nothing left to ask.
const CHECKS = {
  refDistance(value) {
    if (value < 0) throw new RangeError(`refDistance is ${value}, below 0`);
  },
  maxDistance(value) {
    if (value <= 0) throw new RangeError(`maxDistance is ${value}, not above 0`);
  },
  rolloffFactor(value) {
    if (value < 0) throw new RangeError(`rolloffFactor is ${value}, below 0`);
  },
  coneOuterGain(value) {
    if (value < 0 || value > 1) throw invalidState(`coneOuterGain is ${value}, its range is [0, 1]`);
  },
};

function fill(options) {
  slots[OWN] = PANNING_MODELS[options.panningModel];
  slots[OWN + 1] = DISTANCE_MODELS[options.distanceModel];
  slots[OWN + 2] = options.positionX;
  slots[OWN + 3] = options.positionY;
  slots[OWN + 4] = options.positionZ;
  slots[OWN + 5] = options.orientationX;
  slots[OWN + 6] = options.orientationY;
  slots[OWN + 7] = options.orientationZ;
  slots[OWN + 8] = options.refDistance;
  slots[OWN + 9] = options.maxDistance;
  slots[OWN + 10] = options.rolloffFactor;
  slots[OWN + 11] = options.coneInnerAngle;
  slots[OWN + 12] = options.coneOuterAngle;
  slots[OWN + 13] = options.coneOuterGain;
}

export function createPanner(context) {
  fill(DEFAULTS);
  const s = make(context, kind);
  s.own = new Own(DEFAULTS);
  return s;
}

export function construct(context, options) {
  fill(options);
  const s = makeWith(context, kind, options);
  s.own = new Own(options);
  return s;
}

function set(s, name, value, number = value) {
  CHECKS[name]?.(value);
  if (!s.isGone()) {
    point(s);
    slots[3] = number;
    SETTERS[name]();
    check();
    touch(s.context);
  }
  s.own[name] = value;
}

export const panningModel = (s) => s.own.panningModel;
export const distanceModel = (s) => s.own.distanceModel;
export const refDistance = (s) => s.own.refDistance;
export const maxDistance = (s) => s.own.maxDistance;
export const rolloffFactor = (s) => s.own.rolloffFactor;
export const coneInnerAngle = (s) => s.own.coneInnerAngle;
export const coneOuterAngle = (s) => s.own.coneOuterAngle;
export const coneOuterGain = (s) => s.own.coneOuterGain;

export const setPanningModel = (s, model) => set(s, 'panningModel', model, PANNING_MODELS[model]);
export const setDistanceModel = (s, model) => set(s, 'distanceModel', model, DISTANCE_MODELS[model]);
export const setRefDistance = (s, value) => set(s, 'refDistance', value);
export const setMaxDistance = (s, value) => set(s, 'maxDistance', value);
export const setRolloffFactor = (s, value) => set(s, 'rolloffFactor', value);
export const setConeInnerAngle = (s, value) => set(s, 'coneInnerAngle', value);
export const setConeOuterAngle = (s, value) => set(s, 'coneOuterAngle', value);
export const setConeOuterGain = (s, value) => set(s, 'coneOuterGain', value);

export const setPosition = (s, x, y, z) => setCoordinates(s, calls.pannerSetPosition, 0, [x, y, z]);
export const setOrientation = (s, x, y, z) => setCoordinates(s, calls.pannerSetOrientation, 3, [x, y, z]);
