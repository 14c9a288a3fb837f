// AudioWorkletNode: a Processor of the engine, whose quanta a Worker's JavaScript renders.
import { calls, engine, setText, slots, workletProcessor, workletProcessorDrop } from '#host';
import { channel } from '#worklet';
import { AudioParamMap } from '../generated/interfaces.mjs';
import { check, indexSize, invalidState, notSupported } from '../errors.mjs';
import { ErrorEvent } from './error_event.mjs';
import { paramOf } from './audio_param.mjs';
import { takeOver } from './audio_worklet.mjs';
import { TOKEN } from './brands.mjs';
import { touch, updateKeepAlive } from './context_state.mjs';
import { fire } from './events.mjs';
import { OWN, nodeKind } from './kinds.mjs';
import { makeWith } from './node_state.mjs';

const PORTS_MAX = 32, CHANNELS_MAX = 32, PARAMS_MAX = 16;
const COUNTS = 8, PARAMS = 40, PARAM_SLOTS = 4; // abi_processor.c
const RATES = { 'a-rate': 1, 'k-rate': 2 };
const RELEASE_NOW = 1;

// A node's own params are in own.params.
export const kind = nodeKind('AudioWorkletNode', 20, { isHeavy: true });

class Own {
  constructor(inputs, outputs, params) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.params = params;
    this.map = null; // AudioParamMap
    this.port = null;
    this.isActive = false; // its processor's active source flag, of one that is there
  }
}

// -- construction -------------------------------------------------------------------------------------------

// "Configuring channels with AudioWorkletNodeOptions"
function checkPorts({ numberOfInputs, numberOfOutputs, outputChannelCount }) {
  if (numberOfInputs === 0 && numberOfOutputs === 0) {
    throw notSupported('AudioWorkletNode: neither inputs nor outputs');
  }
  if (numberOfInputs > PORTS_MAX || numberOfOutputs > PORTS_MAX) {
    throw notSupported(`AudioWorkletNode: ${numberOfInputs} inputs, ${numberOfOutputs} outputs, at most ` +
      `${PORTS_MAX} of each`);
  }
  if (outputChannelCount === undefined) return;
  for (const count of outputChannelCount) {
    if (count < 1 || count > CHANNELS_MAX) {
      throw notSupported(`AudioWorkletNode: outputChannelCount has ${count}, of [1, ${CHANNELS_MAX}]`);
    }
  }
  if (outputChannelCount.length !== numberOfOutputs) {
    throw indexSize(`AudioWorkletNode: outputChannelCount has ${outputChannelCount.length} elements for ` +
      `${numberOfOutputs} outputs`);
  }
}

const engineName = (name) => (/^[\x20-\x7e]{1,31}$/.test(name) ? name : 'AudioWorkletProcessor');

// The engine's definition of this one node; it goes with the node.
function define(name, descriptors, callbacks, { numberOfInputs, numberOfOutputs, outputChannelCount }) {
  setText(engineName(name));
  slots[0] = engine();
  slots[1] = callbacks;
  slots[2] = numberOfInputs;
  slots[3] = numberOfOutputs;
  slots[4] = outputChannelCount === undefined ? 0 : 1;
  slots[5] = descriptors.length;
  outputChannelCount?.forEach((count, index) => {
    slots[COUNTS + index] = count;
  });
  descriptors.forEach((each, index) => {
    const at = PARAMS + PARAM_SLOTS * index;
    slots[at] = each.defaultValue;
    slots[at + 1] = each.minValue;
    slots[at + 2] = each.maxValue;
    slots[at + 3] = RATES[each.automationRate];
  });
  calls.processorDefine();
  check();
  return [slots[1], slots[2]];
}

function releaseDefinition([low, high]) {
  slots[0] = engine();
  slots[1] = low;
  slots[2] = high;
  calls.processorRelease();
  check();
}

// user: the addon's processor, 0 without one.
function makeNode(context, options, descriptors, definition, user) {
  slots[OWN] = definition[0];
  slots[OWN + 1] = definition[1];
  slots[OWN + 2] = user;
  slots[OWN + 3] = descriptors.length;
  descriptors.forEach((each, index) => {
    const given = options.parameterData;
    const isGiven = given !== undefined && Object.hasOwn(given, each.name);
    slots[OWN + 4 + index] = isGiven ? given[each.name] : each.defaultValue;
  });
  return makeWith(context, kind, options);
}

// The members that are there, as the processor's constructor sees them.
function optionsObject(options) {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

const paramKind = ({ name, defaultValue, minValue, maxValue, automationRate }) => ({ name,
  value: defaultValue, min: minValue, max: maxValue, rate: automationRate, isRateFixed: false });

export function construct(context, name, options) {
  const w = context.worklet;
  const descriptors = w?.descriptors.get(name);
  if (descriptors === undefined) throw invalidState(`AudioWorkletNode: no processor '${name}' is registered`);
  checkPorts(options);
  if (descriptors.length > PARAMS_MAX) {
    throw notSupported(`AudioWorkletNode: '${name}' has ${descriptors.length} params, at most ${PARAMS_MAX}`);
  }
  const isSilent = w.thread === null || context.isClosed; // nothing renders it any more
  const processor = openProcessor(isSilent ? 0 : w.pointer);
  let s;
  let definition;
  try {
    definition = define(name, descriptors, processor.callbacks, options);
    s = makeNode(context, options, descriptors, definition, processor.pointer);
  } catch (error) {
    if (processor.pointer !== 0) dropProcessor(processor);
    throw error;
  } finally {
    if (definition !== undefined) releaseDefinition(definition);
  }
  s.own = new Own(options.numberOfInputs, options.numberOfOutputs, descriptors.map(paramKind));
  s.options = { __proto__: null, ...options.parameterData }; // what params of a node that is gone began with
  const [near, far] = channel(w);
  s.own.port = near;
  if (!isSilent) send(w, s, name, options, processor, far);
  return s;
}

// worklet 0: what stands for a processor that there is not.
function openProcessor(worklet) {
  slots[0] = worklet;
  workletProcessor();
  check();
  return { pointer: slots[1], id: slots[2], callbacks: slots[3] };
}

function dropProcessor({ pointer }) {
  slots[0] = pointer;
  workletProcessorDrop();
}

// The control message that makes the processor. It is there before the engine's first call for this node,
// which makes the thread look.
function send(w, s, name, options, { id }, far) {
  try {
    w.thread.post({ type: 'construct', id, name, options: optionsObject(options), port: far,
      inputs: options.numberOfInputs, outputs: options.numberOfOutputs }, [far]);
    takeOver(w);
  } catch (error) {
    release(s);
    throw error;
  }
  w.nodes.set(id, { reference: new WeakRef(s), held: null });
  processorFlag(w, id, true);
}

function release(s) {
  slots[0] = s.context.pointer;
  slots[1] = s.low;
  slots[2] = s.high;
  slots[3] = RELEASE_NOW;
  slots[4] = 0;
  calls.nodeRelease();
  check();
  touch(s.context);
  s.low = s.high = 0;
}

// -- attributes ---------------------------------------------------------------------------------------------

export const port = (s) => s.own.port;

export function parameters(s) {
  s.own.map ??= new AudioParamMap(TOKEN,
    new Map(s.own.params.map(({ name }, index) => [name, paramOf(s, index)])));
  return s.own.map;
}

// -- what the thread says -----------------------------------------------------------------------------------

// While its processor is a source of sound the node is held, so that its listeners hear of it. One without
// inputs plays until it says that it is over, and keeps the event loop alive like other sources.
export function processorFlag(w, id, isActive) {
  const node = w.nodes.get(id);
  const s = node?.reference.deref();
  if (s === undefined || s.own.isActive === isActive) return;
  const { context } = w;
  s.own.isActive = isActive;
  node.held = isActive ? s : null;
  if (s.own.inputs > 0 || s.isGone()) return;
  context.playingCount += isActive ? 1 : -1;
  updateKeepAlive();
}

export function processorFailed(w, id, { message, filename = '', lineno = 0, colno = 0, error }) {
  const s = w.nodes.get(id)?.reference.deref();
  if (s === undefined) return;
  fire(s, () => new ErrorEvent('processorerror', { message, filename, lineno, colno, error }));
  processorFlag(w, id, false);
}
