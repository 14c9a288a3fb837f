// What is behind a node's wrapper, and how one is made.
import { calls, slots } from '#host';
import { check, notSupported } from '../errors.mjs';
import { reopenClosed, touch } from './context_state.mjs';
import { INTERPRETATION_NUMBERS, MODE_NUMBERS } from './kinds.mjs';
import { enroll } from './lifetime.mjs';
import { tally } from './tally.mjs';
import { weigh } from './weight.mjs';

export class NodeState {
  constructor(context, kind, low, high, cohort) {
    this.context = context;
    this.kind = kind;
    this.low = low;
    this.high = high; // 0 when it has been given back
    this.epoch = context.epoch;
    this.channelCount = kind.channelCount;
    this.mode = kind.mode;
    this.interpretation = kind.interpretation;
    this.isStarted = false; // of sources
    this.isTarget = false; // see events.mjs
    this.wrapper = null;
    this.handlers = null;
    this.params = null; // wrappers, when they are first asked for
    this.options = null; // that it was constructed with
    this.own = null; // of the type
    this.cohort = cohort; // held so long as this is
    this.pool = null; // whose it is, and is given back to
    this.place = 0; // among what the pool has handed out
    this.use = 0; // counts how often its listeners were forgotten
  }

  // Nothing that is asked of it has an effect any more.
  isGone() {
    return this.high === 0 || this.epoch !== this.context.epoch;
  }
}

function create(context, kind) {
  tally.objects++;
  if (context.template !== null) return context.template.add(context, kind);
  if (context.pointer === 0) reopenKeepingOptions(context);
  const cohort = enroll(context, kind.isHeavy);
  const bytes = kind.bytes?.(context) ?? 0;
  slots[0] = context.pointer;
  slots[1] = kind.type;
  calls.nodeCreate();
  check();
  touch(context);
  const { 1: low, 2: high } = slots;
  if (bytes > 0) weigh(cohort, bytes);
  return new NodeState(context, kind, low, high, cohort);
}

function reopenKeepingOptions(context) {
  const options = slots.slice(8, 64);
  reopenClosed(context);
  slots.set(options, 8);
}

// A node with the defaults of AudioNodeOptions; the caller has filled the slots from OWN on.
export function make(context, kind) {
  slots[8] = slots[9] = slots[10] = 0;
  return create(context, kind);
}

// A node with its options, the members of AudioNodeOptions among them.
export function makeWith(context, kind, options) {
  const { channelCount, channelCountMode, channelInterpretation } = options;
  if (channelCount === 0) throw notSupported(`${kind.name}: channelCount is 0`);
  slots[8] = channelCount ?? 0;
  slots[9] = channelCountMode === undefined ? 0 : MODE_NUMBERS[channelCountMode];
  slots[10] = channelInterpretation === undefined ? 0 : INTERPRETATION_NUMBERS[channelInterpretation];
  const s = create(context, kind);
  s.options = options;
  if (channelCount !== undefined) s.channelCount = channelCount;
  if (channelCountMode !== undefined) s.mode = MODE_NUMBERS[channelCountMode];
  if (channelInterpretation !== undefined) s.interpretation = INTERPRETATION_NUMBERS[channelInterpretation];
  return s;
}

export function inputCount(s) {
  return s.own?.inputs ?? s.kind.inputs;
}

export function outputCount(s) {
  return s.own?.outputs ?? s.kind.outputs;
}

// The node into slots 0 to 2, for a call on it.
export function point(s) {
  slots[0] = s.context.pointer;
  slots[1] = s.low;
  slots[2] = s.high;
}
