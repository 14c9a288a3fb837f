// A quantum of a processor: from the bridge into the arrays that its process() is given, and back. The arrays
// stay the same as long as the channels do; what user code does to them, it does to itself.
import { slots, workletBridge } from '#host';
import { describe } from './failure.mjs';

const DONE = 0, ACTIVE = 1, FAILED = 2; // worklet.c
const SLOT_ID = 0, SLOT_FRAME = 1, SLOT_CHANGED = 2, SLOT_COUNTS = 3;

export const clock = { frame: 0 };

const running = new Map(); // by number
let rows = []; // of the bridge
let quantum = 128;
let catchUp, post, checkpoint;

export function startProcesses(settings) {
  ({ quantum, catchUp, post, checkpoint } = settings);
}

class Running {
  constructor(id, processor, port, params, inputs, outputs) {
    this.id = id;
    this.processor = processor; // null: its constructor threw
    this.port = port;
    this.params = params; // names
    this.counts = { params: params.map(() => 0), inputs: new Array(inputs).fill(-1),
      outputs: new Array(outputs).fill(-1) };
    this.parameters = this.inputs = this.outputs = null; // as process() gets them
    this.paramArrays = this.inputArrays = this.outputArrays = []; // flat
    this.isActive = true;
  }
}

export function adopt(id, processor, port, params, inputs, outputs) {
  running.set(id, new Running(id, processor, port, params, inputs, outputs));
}

// Its node is gone.
export function forget(id) {
  const p = running.get(id);
  if (p === undefined) return;
  running.delete(id);
  p.port.close();
}

// -- arrays -------------------------------------------------------------------------------------------------

// The bridge needs more rows; the addon has left the number.
export function grow() {
  const count = Math.max(slots[0], 2 * rows.length);
  const bridge = new Float32Array(new ArrayBuffer(4 * count * quantum));
  rows = Array.from({ length: count }, (_, row) => bridge.subarray(row * quantum, (row + 1) * quantum));
  slots[0] = count;
  workletBridge(bridge);
}

// Whether the counts of a group are others than before; they are kept.
function take(counts, at) {
  let isChanged = false;
  for (let index = 0; index < counts.length; index++) {
    isChanged ||= counts[index] !== slots[at + index];
    counts[index] = slots[at + index];
  }
  return isChanged;
}

const ports = (counts) => Object.freeze(counts.map((channels) =>
  Object.freeze(Array.from({ length: channels }, () => new Float32Array(quantum)))));

function makeParams(p) {
  const { params, counts } = p;
  p.paramArrays = params.map((_, index) => new Float32Array(counts.params[index] > 1 ? quantum : 1));
  p.parameters = Object.freeze(Object.fromEntries(params.map((name, index) => [name, p.paramArrays[index]])));
}

function makeInputs(p) {
  p.inputs = ports(p.counts.inputs);
  p.inputArrays = p.inputs.flat();
}

function makeOutputs(p) {
  p.outputs = ports(p.counts.outputs);
  p.outputArrays = p.outputs.flat();
}

function arrange(p) {
  const { params, inputs, outputs } = p.counts;
  let at = SLOT_COUNTS;
  if (take(params, at) || p.parameters === null) makeParams(p);
  at += params.length;
  if (take(inputs, at) || p.inputs === null) makeInputs(p);
  at += inputs.length;
  if (take(outputs, at) || p.outputs === null) makeOutputs(p);
}

// Arrays that user code has transferred away are replaced.
const isGone = (array) => array.length === 0;

function fill(p) {
  if (p.paramArrays.some(isGone)) makeParams(p);
  if (p.inputArrays.some(isGone)) makeInputs(p);
  if (p.outputArrays.some(isGone)) makeOutputs(p);
  let row = 0;
  for (const array of p.paramArrays) {
    if (array.length === 1) array[0] = rows[row++][0];
    else array.set(rows[row++]);
  }
  for (const array of p.inputArrays) array.set(rows[row++]);
  for (const array of p.outputArrays) array.fill(0);
  return row;
}

function empty(p, row) {
  for (const array of p.outputArrays) {
    if (isGone(array)) rows[row++].fill(0);
    else rows[row++].set(array);
  }
}

// -- process ------------------------------------------------------------------------------------------------

function tellFlag(p, isActive) {
  if (p.isActive === isActive) return;
  p.isActive = isActive;
  post({ type: 'flag', id: p.id, isActive });
}

function render(p) {
  if (slots[SLOT_CHANGED] !== 0) arrange(p);
  const row = fill(p);
  const { processor } = p;
  const { process } = processor;
  if (typeof process !== 'function') throw new TypeError('process is not a function');
  const isActive = Boolean(Reflect.apply(process, processor, [p.inputs, p.outputs, p.parameters]));
  empty(p, row);
  checkpoint();
  return isActive;
}

// Called by the engine, for one quantum of one processor.
export function run() {
  const { [SLOT_ID]: id } = slots;
  clock.frame = slots[SLOT_FRAME];
  let p = running.get(id);
  if (p === undefined) {
    const told = slots.slice(0, SLOT_COUNTS + 80); // what user code may do there needs the mailbox
    catchUp();
    slots.set(told);
    p = running.get(id);
  }
  if (p === undefined || p.processor === null) {
    slots[0] = FAILED;
    return;
  }
  try {
    const isActive = render(p);
    tellFlag(p, isActive);
    slots[0] = isActive ? ACTIVE : DONE;
  } catch (error) {
    p.processor = null;
    p.isActive = false;
    post({ type: 'failed', id, failure: describe(error) });
    slots[0] = FAILED;
  }
}
