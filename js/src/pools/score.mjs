// What a note does, compiled once: a list of numbers to put into the mailbox, each a constant plus arguments.
// abi_voice.c carries out the steps that they make up.
import { point, slots } from '#host';
import { audioBufferState, isAudioBuffer } from '../generated/interfaces.mjs';
import { acquire } from '../impl/audio_buffer.mjs';

export const FIRST_STEP = 8;
const STEP_SLOTS = 7, STEP_COUNT_MAX = Math.floor((256 - FIRST_STEP) / STEP_SLOTS), NUMBERS = 3; // of a step
const VALUE = 0, CURVE = 5, START = 8, START_BUFFER = 9, SET_BUFFER = 10, STOP = 11;
// Name: [step, what its numbers are]: v a value, t a time after the note's, d a duration.
const AUTOMATION = { __proto__: null, set: [1, 'vt'], linear: [2, 'vt'], exponential: [3, 'vt'],
  target: [4, 'vtd'],
  curve: [CURVE, 'ctd'], cancel: [6, 't'], hold: [7, 't'] };
export const ARGUMENTS_MAX = 8;
const NOTHING = 0, WHEN = 1, FIRST_ARGUMENT = 2; // places in `values`
const TERMS = 2;

// Of the note that is being written: 0, its time, its arguments.
export const values = new Float64Array(FIRST_ARGUMENT + ARGUMENTS_MAX);
export const objects = new Array(ARGUMENTS_MAX).fill(null);

// -- compiling ----------------------------------------------------------------------------------------------

class Score {
  constructor(what, names) {
    this.what = what;
    this.names = names; // of the arguments
    this.isObject = names.map(() => undefined); // whether it is a buffer; undefined: not used
    this.stepCount = 0;
    this.targets = []; // slots; what goes there is its constant and three of the values
    this.constants = [];
    this.terms = []; // which three
    this.buffers = []; // [slot, argument]
    this.ownBuffers = []; // [slot, AudioBuffer] of the template
    this.curves = []; // [slot, Float32Array]
    this.started = []; // sources by index
  }

  argument(name, isObject) {
    const index = this.names.indexOf(name);
    if (index < 0) {
      const known = this.names.join(', ') || 'none';
      throw new TypeError(`${this.what}: '${name}' is none of its arguments, which are ${known}`);
    }
    if (this.isObject[index] !== undefined && this.isObject[index] !== isObject) {
      throw new TypeError(`${this.what}: '${name}' is used as a buffer and as a number`);
    }
    this.isObject[index] = isObject;
    return index;
  }

  // A number, an argument's name, or a list of them, which are added.
  number(slot, quantity, isTime, what) {
    let constant = 0;
    const terms = [];
    for (const term of Array.isArray(quantity) ? quantity : [quantity]) {
      if (typeof term === 'string') terms.push(FIRST_ARGUMENT + this.argument(term, false));
      else if (typeof term === 'number' && Number.isFinite(term)) constant += term;
      else throw new TypeError(`${what}: ${String(term)} is neither a finite number nor an argument's name`);
    }
    if (terms.length > TERMS) throw new TypeError(`${what}: more than ${TERMS} arguments are added`);
    while (terms.length < TERMS) terms.push(NOTHING);
    this.targets.push(slot);
    this.constants.push(constant);
    this.terms.push(isTime ? WHEN : NOTHING, ...terms);
  }

  // Returns the slot of its first number.
  step(kind, node, param, what) {
    if (this.stepCount === STEP_COUNT_MAX) throw new RangeError(`${what}: more than ${STEP_COUNT_MAX} steps`);
    const slot = FIRST_STEP + STEP_SLOTS * this.stepCount++;
    this.number(slot, kind, false, what);
    this.number(slot + 1, node, false, what);
    this.number(slot + 2, param, false, what);
    return slot + NUMBERS;
  }

  finish() {
    this.targets = Uint16Array.from(this.targets);
    this.constants = Float64Array.from(this.constants);
    this.terms = Uint8Array.from(this.terms);
    return this;
  }
}

function addAutomation(score, node, param, step, what) {
  if (!Array.isArray(step) || AUTOMATION[step[0]] === undefined) {
    throw new TypeError(`${what}: a step is a list that begins with ${Object.keys(AUTOMATION).join(', ')}`);
  }
  const [name, ...given] = step;
  const [kind, numbers] = AUTOMATION[name];
  if (given.length !== numbers.length) {
    throw new TypeError(`${what}: '${name}' takes ${numbers.length} numbers`);
  }
  let slot = score.step(kind, node, param, what);
  for (let index = 0; index < numbers.length; index++) {
    if (numbers[index] === 'c') {
      score.curves.push([slot, Float32Array.from(given[index])]);
      slot += 2; // address and count
    } else {
      score.number(slot++, given[index], numbers[index] === 't', what);
    }
  }
}

// A list of steps, or what the value is from the beginning.
function addParam(score, node, param, given, what) {
  if (Array.isArray(given) && Array.isArray(given[0])) {
    for (const step of given) addAutomation(score, node, param, step, what);
  } else {
    score.number(score.step(VALUE, node, param, what), given, false, what);
  }
}

function addStart(score, index, entries, what) {
  const { buffer, start = 0, offset, duration } = entries;
  if (buffer !== undefined) {
    score.buffers.push([score.step(SET_BUFFER, index, 0, what), score.argument(buffer, true)]);
  } else if (entries.ownBuffer !== null) {
    score.ownBuffers.push([score.step(SET_BUFFER, index, 0, what), entries.ownBuffer]);
  }
  if (entries.isBuffered) {
    const slot = score.step(START_BUFFER, index, 0, what);
    score.number(slot, start, true, what);
    score.number(slot + 1, offset ?? 0, false, what);
    score.number(slot + 2, duration ?? -1, false, what); // to the end
  } else {
    score.number(score.step(START, index, 0, what), start, true, what);
  }
  score.started.push(index);
}

const SOURCE_ENTRIES = ['start', 'stop', 'buffer', 'offset', 'duration'];

// members: { name: index }, states: of the template, by index. entries: { 'osc.frequency': ..., stop: ... }.
// isStart: sources are started that say nothing of it.
export function compile(entries, names, members, states, isStart, what) {
  const score = new Score(what, names);
  const kinds = states.map(({ kind }) => kind);
  const ofSources = states.map(({ kind, own }) => {
    const isBuffered = kind.name === 'AudioBufferSourceNode';
    return { isBuffered, ownBuffer: isBuffered ? own.buffer : null };
  });
  let stop;
  for (const [path, given] of Object.entries(entries)) {
    if (path === 'stop') {
      stop = given;
      continue;
    }
    const [name, member] = path.split('.');
    const index = members.get(name);
    if (index === undefined) throw new TypeError(`${what}: '${path}' names none of its nodes`);
    const param = kinds[index].params.findIndex((each) => each.name === member);
    if (param >= 0) addParam(score, index, param, given, `${what}: ${path}`);
    else if (kinds[index].isSource && SOURCE_ENTRIES.includes(member)) ofSources[index][member] = given;
    else throw new TypeError(`${what}: ${kinds[index].name} has no '${member}'`);
  }
  kinds.forEach((kind, index) => {
    if (!kind.isSource) return;
    const own = ofSources[index];
    if (isStart) addStart(score, index, own, `${what}: ${[...members.keys()][index]}`);
    const end = own.stop ?? stop;
    if (end !== undefined) score.number(score.step(STOP, index, 0, what), end, true, what);
  });
  return score.finish();
}

// -- writing ------------------------------------------------------------------------------------------------

function notANumber(score, index, given) {
  const what = `${score.what}: ${score.names[index]}`;
  if (given === undefined) throw new TypeError(`${what} is missing`);
  if (typeof given === 'number') throw new TypeError(`${what} is ${given}, not finite`);
  throw new TypeError(`${what} is not a number`);
}

// Argument number index, as the score needs it.
export function put(score, index, given) {
  const { isObject } = score;
  if (isObject[index] === true) {
    if (given !== null && !isAudioBuffer(given)) {
      throw new TypeError(`${score.what}: ${score.names[index]} is not an AudioBuffer`);
    }
    objects[index] = given;
  } else if (typeof given === 'number' && given - given === 0) {
    values[FIRST_ARGUMENT + index] = given;
  } else if (isObject[index] === false) {
    notANumber(score, index, given);
  }
}

// Steps into the mailbox, from `values` and `objects`.
export function write(score) {
  const { targets, constants, terms, buffers, ownBuffers, curves } = score;
  for (let index = 0, term = 0; index < targets.length; index++, term += 3) {
    slots[targets[index]] = constants[index] +
      values[terms[term]] + values[terms[term + 1]] + values[terms[term + 2]];
  }
  for (let index = 0; index < curves.length; index++) point(curves[index][1], curves[index][0]);
  for (let index = 0; index < buffers.length; index++) {
    const { 0: slot, 1: argument } = buffers[index];
    writeBuffer(slot, objects[argument]);
    objects[argument] = null;
  }
  for (let index = 0; index < ownBuffers.length; index++) {
    const { 0: slot, 1: buffer } = ownBuffers[index];
    writeBuffer(slot, buffer);
  }
}

function writeBuffer(slot, given) {
  const handle = given === null ? null : acquire(audioBufferState(given));
  slots[slot] = handle === null ? 0 : handle.low;
  slots[slot + 1] = handle === null ? 0 : handle.high;
}
