// ScriptProcessorNode: blocks of its input become events on this thread, whose output is played later. One
// that has listeners is held by its context; one that nobody can reach ends.
import { calls, engine, hasListeners, script as openScript, scriptAnswer, scriptDestroy, scriptDrop,
  scriptNext, setText,
  slots } from '#host';
import { AudioProcessingEvent } from '../generated/interfaces.mjs';
import { check, indexSize, notSupported } from '../errors.mjs';
import * as buffers from './audio_buffer.mjs';
import { isLean } from './brands.mjs';
import { updateKeepAlive } from './context_state.mjs';
import { OWN, nodeKind } from './kinds.mjs';
import { makeWith } from './node_state.mjs';

const SIZES = [256, 512, 1024, 2048, 4096, 8192, 16384];
const SIZE_DEFAULT = 1024; // 21 ms at 48 kHz, where this thread is asked a thousand times a second
const CHANNELS_MAX = 32;
const COUNTS = 8; // abi_processor.c
const SLOT_IN = 4, SLOT_OUT = 36; // worklet_script.c

export const kind = nodeKind('ScriptProcessorNode', 20, { isHeavy: true, mode: 'explicit' });
kind.checkChannelCount = (s, count) => {
  if (count !== s.channelCount) throw notSupported('channelCount of a ScriptProcessorNode is fixed');
};
kind.checkMode = (s, text) => {
  if (text !== 'explicit') throw notSupported('channelCountMode of a ScriptProcessorNode is explicit');
};

class Own {
  constructor(script, size, inputs, outputs) {
    this.script = script; // the addon's
    this.size = size;
    this.inputChannels = inputs;
    this.outputChannels = outputs;
    this.input = this.output = null; // buffers of the last event
  }
}

// -- construction -------------------------------------------------------------------------------------------

function sizeFor(context, wanted) {
  if (SIZES.includes(wanted)) return wanted;
  if (wanted !== 0) {
    throw indexSize(`createScriptProcessor: bufferSize is ${wanted}, none of 0, ${SIZES.join(', ')}`);
  }
  return SIZES.find((size) => size >= SIZE_DEFAULT && size >= context.quantum) ?? SIZES.at(-1);
}

function define(callbacks, outputs) {
  setText('ScriptProcessor');
  slots[0] = engine();
  slots[1] = callbacks;
  slots[2] = slots[3] = slots[4] = 1;
  slots[5] = 0;
  slots[COUNTS] = Math.max(outputs, 1);
  calls.processorDefine();
  check();
  return [slots[1], slots[2]];
}

function makeNode(context, definition, script, inputs) {
  [slots[OWN], slots[OWN + 1]] = definition;
  slots[OWN + 2] = script;
  slots[OWN + 3] = 0;
  const s = makeWith(context, kind, { channelCount: Math.max(inputs, 1), channelCountMode: 'explicit' });
  s.channelCount = inputs;
  s.options = null;
  slots[0] = engine();
  [slots[1], slots[2]] = definition;
  calls.processorRelease();
  check();
  return s;
}

export function createScriptProcessor(context, bufferSize, inputs, outputs) {
  const size = sizeFor(context, bufferSize);
  if (inputs === 0 && outputs === 0) {
    throw indexSize('createScriptProcessor: neither input channels nor output channels');
  }
  if (inputs > CHANNELS_MAX || outputs > CHANNELS_MAX) {
    throw notSupported(`createScriptProcessor: ${inputs} input channels, ${outputs} output channels, at most ` +
      `${CHANNELS_MAX} of each`);
  }
  slots[0] = size;
  slots[1] = inputs;
  slots[2] = outputs;
  slots[3] = context.quantum;
  slots[4] = context.isOffline ? 1 : 0;
  openScript();
  check();
  const { 1: script, 2: callbacks } = slots;
  let s;
  try {
    s = makeNode(context, define(callbacks, outputs), script, inputs);
  } catch (error) {
    slots[0] = script;
    scriptDestroy();
    throw error;
  }
  s.own = new Own(script, size, inputs, outputs);
  if (!context.isClosed) enroll(context, s);
  return s;
}

// -- who is held --------------------------------------------------------------------------------------------

// held: it had listeners when it was last looked at, or was made since.
function enroll(context, s) {
  if (context.scripts === null) {
    context.scripts = new Set();
    context.own.giveWay?.();
  }
  const script = { reference: new WeakRef(s), held: s, address: s.own.script };
  context.scripts.add(script);
  updateKeepAlive();
}

export const dropScripts = (context) => {
  context.scripts?.clear();
};

const hasListener = (s) => s.handlers?.audioprocess !== undefined ||
  ((s.isTarget || !isLean) && s.wrapper !== null && hasListeners(s.wrapper, 'audioprocess'));

// Who listens has something to answer, which keeps the event loop alive; so does one that was made just now.
export function isListening(context) {
  if (context.scripts === null) return false;
  for (const { held } of context.scripts) if (held !== null) return true;
  return false;
}

// -- events -------------------------------------------------------------------------------------------------

export const bufferSize = (s) => s.own.size;

// The last event's buffer again, unless somebody plays it or has taken its memory away.
function bufferFor(s, kept, channels) {
  const isFree = kept !== null && !kept.b.isAcquired && kept.b.views.every((each) => each?.length !== 0);
  if (isFree) return kept;
  const b = buffers.make(Math.max(channels, 1), s.own.size, s.context.sampleRate);
  return { b, wrapper: buffers.wrap(b) };
}

let zeros = new Float32Array(0);

function fillInput(s, addresses) {
  const { own } = s;
  own.input = bufferFor(s, own.input, own.inputChannels);
  addresses.forEach((address, channel) => buffers.copyIn(own.input.b, address, own.size, channel));
}

function clearOutput(s) {
  const { own } = s;
  if (zeros.length < own.size) zeros = new Float32Array(own.size);
  own.output = bufferFor(s, own.output, own.outputChannels);
  for (let channel = 0; channel < own.output.b.channels; channel++) {
    buffers.copyToChannel(own.output.b, zeros, channel, 0);
  }
}

function dispatch(s, playbackTime) {
  const { own } = s;
  const event = new AudioProcessingEvent('audioprocess', { playbackTime, inputBuffer: own.input.wrapper,
    outputBuffer: own.output.wrapper });
  EventTarget.prototype.dispatchEvent.call(s.wrapper, event);
}

// One block, if one is there.
function serveBlock(s) {
  const { own, context } = s;
  slots[0] = own.script;
  scriptNext();
  if (slots[1] === 0) return false;
  const playbackTime = slots[2] / context.sampleRate;
  const inputs = Array.from(slots.subarray(SLOT_IN, SLOT_IN + own.inputChannels));
  const outputs = Array.from(slots.subarray(SLOT_OUT, SLOT_OUT + own.outputChannels));
  const isHeard = s.wrapper !== null && hasListener(s);
  if (isHeard) {
    fillInput(s, inputs);
    clearOutput(s);
    dispatch(s, playbackTime);
  }
  if (context.pointer === 0 || context.epoch !== s.epoch) return false; // a listener has closed it
  if (isHeard) {
    outputs.forEach((address, channel) => buffers.copyOut(own.output.b, address, own.size, channel));
  }
  slots[0] = own.script;
  slots[1] = isHeard ? 1 : 0;
  scriptAnswer();
  return true;
}

// Whenever there may be something to answer.
export function serve(context) {
  const wasListening = isListening(context);
  for (const script of context.scripts) {
    const s = script.reference.deref();
    if (s === undefined) {
      slots[0] = script.address;
      scriptDrop();
      context.scripts.delete(script);
      continue;
    }
    script.held = hasListener(s) ? s : null;
    while (serveBlock(s));
    if (context.scripts.size === 0) return;
  }
  if (isListening(context) !== wasListening) updateKeepAlive();
}
