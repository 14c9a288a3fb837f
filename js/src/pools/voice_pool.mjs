// VoicePool: whole chains of nodes, each handed out, played and given back as one. The engine has the voices
// and knows which are free; the Voice that stands for one is found by the slot of its first node.
import { calls, point, slots } from '#host';
import * as interfaces from '../generated/interfaces.mjs';
import { check, invalidAccess, notSupported } from '../errors.mjs';
import { TOKEN, nodeStateOf } from '../impl/brands.mjs';
import { touch } from '../impl/context_state.mjs';
import { NodeState, inputCount, outputCount } from '../impl/node_state.mjs';
import { forgetSource } from '../impl/sources.mjs';
import { sounds } from './busy.mjs';
import { NodeTemplate, restore } from './node_template.mjs';
import { FADE_S, PoolState, SLOT_MASK, contextOf, count, mustBePoolable, optionsOf, releaseMode, seconds }
  from './pool_state.mjs';
import { ARGUMENTS_MAX, compile, put, values, write } from './score.mjs';

const MAX_SIZE = 20, SPARE_VOICES = 64;
const NODES_MAX = 32, EDGES_MAX = 64; // pool.h
const ROW_SLOTS = 64, OPTIONS = 8, EDGE_SLOTS = 5, FIRST_ADDRESS = 13; // abi_voice.c
const MEMBERS = 8; // slot of the first node's handle
const NOW = 1;
const OPTION_NAMES = ['nodes', 'connections', 'output', 'destination', 'arguments', 'note', 'release',
  'releaseTime',
  'maxSize', 'maxLive', 'steal', 'debug'];

// -- templates ----------------------------------------------------------------------------------------------

// Nodes are made in a context that writes down their options, and are checked as always.
class Recorder {
  constructor() {
    this.rows = new Float64Array(NODES_MAX * ROW_SLOTS);
    this.states = [];
  }

  // In place of nodeCreate.
  add(context, kind) {
    const at = this.states.length * ROW_SLOTS;
    this.rows[at] = kind.type;
    for (let slot = OPTIONS; slot < ROW_SLOTS; slot++) this.rows[at + slot] = slots[slot];
    slots[0] = context.pointer;
    calls.contextClock(); // what the options point to was for the next call
    const s = new NodeState(context, kind, 0, 0, null);
    this.states.push(s);
    return s;
  }
}

function recordingContext(context, recorder) {
  const state = Object.create(context, { template: { value: recorder },
    wrapper: { value: null, writable: true } });
  return new interfaces.BaseAudioContext(TOKEN, state);
}

function record(context, nodes) {
  const recorder = new Recorder(), stage = recordingContext(context, recorder);
  const members = new Map(), templates = [];
  for (const [name, given] of Object.entries(nodes)) {
    const what = `VoicePool: nodes.${name}`;
    const [type, options] = Array.isArray(given) ? given : [given];
    if (typeof type !== 'function') throw new TypeError(`${what}: no class of nodes, nor [class, options]`);
    if (/[.:]/.test(name)) throw new TypeError(`${what}: a name has no '.' and no ':'`);
    if (members.size === NODES_MAX) throw notSupported(`VoicePool: more than ${NODES_MAX} nodes`);
    const s = nodeStateOf(new type(stage, options));
    if (s === undefined || recorder.states[members.size] !== s) {
      throw new TypeError(`${what}: not a class of nodes that can be pooled`);
    }
    mustBePoolable(s.kind, what);
    templates.push({ type, template: new NodeTemplate(s), state: s });
    members.set(name, members.size);
  }
  if (members.size === 0) throw new TypeError('VoicePool: there are no nodes');
  return { members, templates, rows: recorder.rows };
}

// 'name', 'name:2' of a port, 'name.param'.
function endOf(text, members, templates, isSource) {
  const what = `VoicePool: connections: '${String(text)}'`;
  const [, name, sign, rest] = /^([^.:]+)(?:([.:])(.+))?$/.exec(text) ?? [];
  const node = members.get(name);
  if (node === undefined) throw new TypeError(`${what} names none of the nodes`);
  const { state } = templates[node];
  if (sign === '.' && !isSource) {
    const param = state.kind.params.findIndex((each) => each.name === rest);
    if (param < 0) throw new TypeError(`${what}: ${state.kind.name} has no param '${rest}'`);
    return { node, port: param, isParam: true };
  }
  const port = sign === undefined ? 0 : Number(rest);
  const ports = isSource ? outputCount(state) : inputCount(state);
  if (sign === '.' || !(port >= 0 && port < ports)) {
    throw new DOMException(`${what}: ${state.kind.name} has ${ports} ${isSource ? 'outputs' : 'inputs'}`,
      'IndexSizeError');
  }
  return { node, port, isParam: false };
}

// Without a list each is connected to the next.
function edgesOf(connections, members, templates) {
  const names = [...members.keys()];
  const list = connections ?? names.slice(1).map((name, index) => [names[index], name]);
  if (list.length > EDGES_MAX) throw notSupported(`VoicePool: more than ${EDGES_MAX} connections`);
  const rows = new Float64Array(Math.max(list.length, 1) * EDGE_SLOTS);
  list.forEach(([from, to], index) => {
    const source = endOf(from, members, templates, true), target = endOf(to, members, templates, false);
    rows.set([source.node, source.port, target.node, target.port, target.isParam ? 1 : 0],
      EDGE_SLOTS * index);
  });
  return { rows, count: list.length };
}

function destinationOf(context, given) {
  if (given === null) return { low: 0, high: 0 };
  const s = nodeStateOf(given === undefined ? context.wrapper.destination : given);
  if (s === undefined) throw new TypeError('VoicePool: destination is not an AudioNode');
  if (s.context !== context) throw invalidAccess('VoicePool: destination belongs to another context');
  return s;
}

// -- pools --------------------------------------------------------------------------------------------------

class VoicePoolState extends PoolState {
  constructor(context, members, templates, options) {
    super(context, templates.length, calls.voicePoolDestroy, calls.voicePoolStats);
    this.members = members;
    this.templates = templates;
    this.note = options.note;
    this.ending = options.ending;
    this.steals = options.steals;
    this.isDebug = options.isDebug; // a Voice stands for one note only
    this.voices = new Map(); // by the slot of the first node
    this.destination = options.destination; // held
  }

  // Stolen ones among those that were acquired: their sources never end.
  lookAgain() {
    super.lookAgain();
    if (this.voices.size > SPARE_VOICES + 2 * (this.available + this.inUse)) this.forgetVoices();
    if (!this.steals || this.handedOut === 0) return;
    for (const voice of this.voices.values()) {
      const v = stateOf(voice);
      if (v.isHeld && !readMembers(v)) letGo(v);
    }
  }

  // Of voices that the pool had no room for: their slots may never be seen again.
  forgetVoices() {
    for (const [slot, voice] of this.voices) if (!stateOf(voice).isHeld) this.voices.delete(slot);
  }

  get soundingNow() {
    return Math.max(this.inUse - this.handedOut, 0);
  }
}

// Of WaveShaperNodes: the only options that are addresses.
function pointCurves(states) {
  let found = 0;
  states.forEach(({ own }, index) => {
    if (own?.curve instanceof Float32Array) {
      slots[FIRST_ADDRESS + 3 * found] = index;
      point(own.curve, FIRST_ADDRESS + 3 * found + 1);
      found++;
    }
  });
  return found;
}

function make(context, options) {
  const { nodes, connections, output, destination, arguments: names = [], note = {}, release = {},
    releaseTime = 0, maxSize = MAX_SIZE, maxLive = 0, steal = false, debug = false } =
    optionsOf(options, OPTION_NAMES, 'VoicePool');
  if (typeof nodes !== 'object' || nodes === null) throw new TypeError('VoicePool: nodes is not an object');
  if (names.length > ARGUMENTS_MAX) throw notSupported(`VoicePool: more than ${ARGUMENTS_MAX} arguments`);
  const { members, templates, rows } = record(context, nodes);
  const states = templates.map(({ state }) => state);
  const edges = edgesOf(connections, members, templates);
  const out = output === undefined ? members.size - 1 : members.get(output);
  if (out === undefined) throw new TypeError(`VoicePool: output '${String(output)}' names none of the nodes`);
  const target = destinationOf(context, destination);
  const scores = { note: compile(note, names, members, states, true, 'VoicePool: note'),
    ending: compile({ stop: 0, ...release }, names, members, states, false, 'VoicePool: release') };
  point(rows, 1); // and their lengths, which are not needed
  point(edges.rows, 3);
  slots[0] = context.pointer;
  slots[2] = members.size;
  slots[4] = edges.count;
  slots[5] = out;
  slots[6] = target.low;
  slots[7] = target.high;
  slots[8] = count(maxSize, 'VoicePool: maxSize');
  slots[9] = count(maxLive, 'VoicePool: maxLive');
  slots[10] = steal ? 1 : 0;
  slots[11] = seconds(releaseTime, 'VoicePool: releaseTime');
  slots[12] = pointCurves(states);
  calls.voicePoolCreate();
  check();
  touch(context);
  return new VoicePoolState(context, members, templates, { ...scores, steals: Boolean(steal),
    isDebug: Boolean(debug),
    destination: target });
}

// -- voices -------------------------------------------------------------------------------------------------

class VoiceState {
  constructor(pool) {
    this.pool = pool;
    this.low = this.high = 0; // of its first node
    this.isHeld = false; // acquired, and not given back
    this.nodes = null; // { name: wrapper }, when they are first asked for
    this.states = null; // behind them
    this.boundLow = this.boundHigh = 0; // the voice that the nodes stand for now
  }
}

let stateOf;
let voiceStateOf;

// One voice: its nodes, and the end of it.
export class Voice {
  #v;
  constructor(token, state) {
    if (token !== TOKEN) throw new TypeError('Voice: illegal constructor');
    this.#v = state;
  }

  // By their names in the template.
  get nodes() {
    return nodesOf(this.#v);
  }

  // Plays the template's release at a time, and gives the voice back when all of its sources have ended.
  stop(when = 0, a, b, c, d, e, f, g, h) {
    stop(this.#v, when, a, b, c, d, e, f, g, h);
  }

  release(mode = 'now', fadeTime = FADE_S) {
    release(this.#v, releaseMode(mode, 'Voice.release'), seconds(fadeTime, 'Voice.release: fadeTime'));
  }

  // Once all of its sources that were started have ended.
  releaseWhenDone() {
    releaseWhenDone(this.#v);
  }

  static {
    stateOf = (of) => of.#v;
    voiceStateOf = (of) => (typeof of === 'object' && of !== null && #v in of ? of.#v : undefined);
  }
}

// The voice that the engine hands out with that handle.
function voiceOf(s, low, high) {
  let voice = s.isDebug ? undefined : s.voices.get(low & SLOT_MASK);
  if (voice === undefined) {
    voice = new Voice(TOKEN, new VoiceState(s));
    s.voices.set(low & SLOT_MASK, voice);
  }
  const v = stateOf(voice);
  if (v.isHeld) letGo(v); // it was stolen
  v.low = low;
  v.high = high;
  return voice;
}

// It is not its holder's any more.
function letGo(v) {
  if (v.isHeld) {
    v.isHeld = false;
    v.pool.handedOut--;
  }
  forgetSources(v);
}

function forgetSources(v) {
  if (v.states === null) return;
  for (let index = 0; index < v.states.length; index++) {
    const n = v.states[index];
    if (n.isStarted) forgetSource(n);
    n.isStarted = false;
  }
}

function makeNodes(v) {
  const { pool } = v;
  v.states = [];
  v.nodes = {};
  for (const [name, index] of pool.members) {
    const { type, template } = pool.templates[index];
    const n = new NodeState(pool.context, template.kind, 0, 0, null);
    n.pool = pool;
    n.own = typeof template.own === 'object' && template.own !== null
      ? copyOf(pool.templates[index].state.own) : template.own;
    v.states.push(n);
    v.nodes[name] = new type(TOKEN, n);
  }
  Object.freeze(v.nodes);
}

const copyOf = (own) => Object.assign(Object.create(Object.getPrototypeOf(own)), own);

// The nodes' handles are in the mailbox.
function bind(v) {
  if (v.states === null) makeNodes(v);
  for (let index = 0; index < v.states.length; index++) {
    const n = v.states[index];
    if (n.isStarted) forgetSource(n);
    n.low = slots[MEMBERS + 2 * index];
    n.high = slots[MEMBERS + 2 * index + 1];
  }
  let index = 0;
  for (const name in v.nodes) {
    restore(v.states[index], v.nodes[name], v.pool.templates[index].template);
    index++;
  }
  v.boundLow = v.low;
  v.boundHigh = v.high;
}

function readMembers(v) {
  if (v.pool.record.isOver()) return false;
  slots[0] = v.pool.record.pointer;
  slots[1] = v.low;
  slots[2] = v.high;
  slots[3] = v.pool.templates.length;
  calls.voiceMembers();
  return slots[0] === 0;
}

function nodesOf(v) {
  if (v.boundLow !== v.low || v.boundHigh !== v.high) {
    if (!readMembers(v)) throw new DOMException('Voice.nodes: the voice is over', 'InvalidStateError');
    bind(v);
    markStarted(v);
  }
  return v.nodes;
}

// They were started by play(), which does not touch them.
function markStarted(v) {
  if (v.isHeld) return;
  for (const index of v.pool.note.started) v.states[index].isStarted = true;
}

// -- acquire, play ------------------------------------------------------------------------------------------

function acquire(s) {
  const address = s.address('VoicePool.acquire');
  s.bringBack();
  slots[0] = address;
  slots[1] = s.templates.length;
  calls.voiceAcquire();
  if (slots[0] !== 0) check();
  const { 1: low, 2: high } = slots;
  const voice = voiceOf(s, low, high), v = stateOf(voice);
  v.isHeld = true;
  s.handedOut++;
  bind(v);
  s.tookOne();
  return voice;
}

function putAll(score, when, a, b, c, d, e, f, g, h) {
  const { length } = score.names;
  values[1] = seconds(when, score.what);
  if (length > 0) put(score, 0, a);
  if (length > 1) put(score, 1, b);
  if (length > 2) put(score, 2, c);
  if (length > 3) put(score, 3, d);
  if (length > 4) put(score, 4, e);
  if (length > 5) put(score, 5, f);
  if (length > 6) put(score, 6, g);
  if (length > 7) put(score, 7, h);
}

function play(s, when, a, b, c, d, e, f, g, h) {
  const { note, record: { pointer } } = s;
  putAll(note, when, a, b, c, d, e, f, g, h);
  if (s.record.isOver()) s.address('VoicePool.play');
  if (s.comesBackSoon) s.bringBack();
  write(note);
  slots[0] = pointer;
  slots[1] = s.context.pointer;
  slots[2] = note.stepCount;
  slots[3] = 1;
  calls.voicePlay();
  if (slots[0] !== 0) {
    touch(s.context); // of what was taken back there may be something left to flush
    check();
  }
  const voice = voiceOf(s, slots[1], slots[2]);
  s.inUse++; // until the next poll says exactly
  sounds(s, s.sounding + 1);
  s.tookOne();
  return voice;
}

// -- release ------------------------------------------------------------------------------------------------

function pointVoice(v, what) {
  slots[0] = v.pool.address(what);
  slots[1] = v.low;
  slots[2] = v.high;
}

function stop(v, when, a, b, c, d, e, f, g, h) {
  const { pool } = v, { ending } = pool;
  putAll(ending, when, a, b, c, d, e, f, g, h);
  write(ending);
  slots[0] = pool.address('Voice.stop');
  slots[1] = pool.context.pointer;
  slots[2] = ending.stepCount;
  slots[3] = 1;
  slots[4] = v.low;
  slots[5] = v.high;
  calls.voiceSteps();
  check();
  ringsOut(v);
}

function ringsOut(v) {
  letGo(v);
  sounds(v.pool, v.pool.soundingNow);
  touch(v.pool.context);
}

function release(v, mode, fade) {
  pointVoice(v, 'Voice.release');
  slots[3] = mode;
  slots[4] = fade;
  calls.voiceRelease();
  if (slots[0] !== 0) check();
  v.pool.comesBackSoon ||= mode === NOW;
  ringsOut(v);
}

function releaseWhenDone(v) {
  pointVoice(v, 'Voice.releaseWhenDone');
  calls.voiceReleaseWhenDone();
  check();
  ringsOut(v);
}

function voiceArgument(s, voice, what) {
  const v = voiceStateOf(voice);
  if (v === undefined) throw new TypeError(`${what}: not a Voice`);
  if (v.pool !== s) throw invalidAccess(`${what}: the voice is not of this pool`);
  return v;
}

export class VoicePool {
  #s;
  constructor(context, options) {
    this.#s = make(contextOf(context, 'VoicePool'), options);
  }

  // A voice whose sources are not started; it is the caller's until it is released.
  acquire() {
    return acquire(this.#s);
  }

  // A note at a time, with the arguments that the template names. It gives itself back when it has ended.
  play(when = 0, a, b, c, d, e, f, g, h) {
    return play(this.#s, when, a, b, c, d, e, f, g, h);
  }

  stop(voice, when = 0, a, b, c, d, e, f, g, h) {
    stop(voiceArgument(this.#s, voice, 'VoicePool.stop'), when, a, b, c, d, e, f, g, h);
  }

  // mode: 'now', 'after-tail', 'fade' (over fadeTime s), 'when-done' (when all of it has ended by itself)
  release(voice, mode = 'now', fadeTime = FADE_S) {
    release(voiceArgument(this.#s, voice, 'VoicePool.release'), releaseMode(mode, 'VoicePool.release'),
      seconds(fadeTime, 'VoicePool.release: fadeTime'));
  }

  releaseWhenDone(voice) {
    releaseWhenDone(voiceArgument(this.#s, voice, 'VoicePool.releaseWhenDone'));
  }

  releaseAll(mode = 'now', fadeTime = FADE_S) {
    const s = this.#s;
    slots[1] = releaseMode(mode, 'VoicePool.releaseAll');
    slots[2] = seconds(fadeTime, 'VoicePool.releaseAll: fadeTime');
    slots[0] = s.address('VoicePool.releaseAll');
    calls.voiceReleaseAll();
    check();
    s.comesBackSoon ||= mode === 'now';
    for (const voice of s.voices.values()) letGo(stateOf(voice));
    sounds(s, s.soundingNow);
    touch(s.context);
  }

  // At least so many idle ones, up to maxSize. Returns how many there are.
  preAllocate(wanted) {
    slots[1] = count(wanted, 'VoicePool.preAllocate: count');
    slots[0] = this.#s.address('VoicePool.preAllocate');
    calls.voicePoolPreAllocate();
    check();
    touch(this.#s.context);
    return slots[1];
  }

  // Frees idle ones until so many are left. Returns how many went.
  trim(target = 0) {
    this.#s.bringBack();
    slots[1] = count(target, 'VoicePool.trim: target');
    slots[0] = this.#s.address('VoicePool.trim');
    calls.voicePoolTrim();
    touch(this.#s.context);
    return slots[1];
  }

  // Of voices, not of nodes.
  getStats() {
    const s = this.#s;
    s.readStats('VoicePool.getStats');
    const [, available, inUse, created, reused, dropped, peak] = slots;
    return { available, inUse, created, reused, dropped, peak };
  }

  destroy() {
    for (const voice of this.#s.voices.values()) letGo(stateOf(voice));
    this.#s.end();
    this.#s.voices.clear();
  }
}
