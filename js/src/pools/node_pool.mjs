// NodePool: nodes of one factory. The engine has the nodes; here are their wrappers, any of which can stand
// for any of them. A wrapper comes back as soon as it is released, its node once nobody hears it any more.
import { calls, slots } from '#host';
import { GainNode, BiquadFilterNode, DelayNode } from '../generated/interfaces.mjs';
import { check, engineError, invalidAccess, invalidState } from '../errors.mjs';
import { nodeStateOf } from '../impl/brands.mjs';
import { touch } from '../impl/context_state.mjs';
import { forgetSource } from '../impl/sources.mjs';
import { NodeTemplate, restore } from './node_template.mjs';
import { sounds } from './busy.mjs';
import { FADE_S, PoolState, contextOf, count, mustBePoolable, optionsOf, releaseMode,
  seconds } from './pool_state.mjs';

const MAX_SIZE = 20, DELAY_MAX_S = 5; // the journal's
const NOW = 1;
// Slots of nodePoolAcquire and its like.
const OFFER = 2, WANTED = 4, COUNTS = 5;

class NodePoolState extends PoolState {
  constructor(context, factory, maxSize, isDebug) {
    super(context, 1, calls.nodePoolDestroy, calls.nodePoolStats);
    this.factory = factory;
    this.maxSize = maxSize;
    this.isDebug = isDebug; // a wrapper stands for one node only, and is not used again
    this.idle = []; // wrappers
    this.out = []; // wrappers that are handed out, each at its state's place
    this.template = null; // of what the factory returns
    this.wrapper = null;
  }

  // Nodes that the pool had no room for took no wrapper with them.
  dropIdle() {
    const most = this.available + this.inUse - this.handedOut;
    while (this.idle.length > most) this.idle.pop();
  }
}

// -- making -------------------------------------------------------------------------------------------------

function runFactory(s) {
  const wrapper = s.factory();
  const n = nodeStateOf(wrapper);
  if (n === undefined) throw new TypeError('NodePool: the factory did not return an AudioNode');
  if (n.context !== s.context) throw invalidAccess("NodePool: the factory's node belongs to another context");
  if (n.pool !== null) throw invalidState("NodePool: the factory's node belongs to a pool");
  mustBePoolable(n.kind, 'NodePool');
  if (s.template !== null && n.kind !== s.template.kind) {
    throw new TypeError(`NodePool: the factory made a ${n.kind.name}, before that a ${s.template.kind.name}`);
  }
  return wrapper;
}

// Its node goes, it stays.
function giveNodeBack(n) {
  slots[0] = n.context.pointer;
  slots[1] = n.low;
  slots[2] = n.high;
  slots[3] = NOW;
  calls.nodeRelease();
}

function belongTo(s, n) {
  s.template ??= new NodeTemplate(n);
  n.pool = s;
  n.cohort = null; // what was made in the same turn has nothing to do with it
}

// The engine has none that is idle: the factory makes one.
function acquireMade(s) {
  const wrapper = runFactory(s), n = nodeStateOf(wrapper);
  slots[0] = s.record.pointer;
  slots[OFFER] = n.low;
  slots[OFFER + 1] = n.high;
  calls.nodePoolAcquire();
  check();
  s.readCounts(COUNTS);
  const { 1: low, 2: high } = slots;
  if (low !== n.low || high !== n.high) { // one came back meanwhile, and was taken
    giveNodeBack(n);
    n.low = low;
    n.high = high;
  }
  belongTo(s, n);
  return wrapper;
}

function freshWrapper(s, low, high) {
  const wrapper = runFactory(s), n = nodeStateOf(wrapper);
  giveNodeBack(n);
  n.low = low;
  n.high = high;
  belongTo(s, n);
  return wrapper;
}

function acquire(s) {
  const address = s.address('NodePool.acquire');
  if (s.available === 0) s.bringBack();
  slots[0] = address;
  slots[OFFER] = slots[OFFER + 1] = 0;
  calls.nodePoolAcquire();
  let wrapper;
  if (slots[0] === 0) {
    s.readCounts(COUNTS);
    const { 1: low, 2: high } = slots;
    wrapper = s.idle.pop();
    if (wrapper === undefined) {
      wrapper = freshWrapper(s, low, high);
    } else {
      const n = nodeStateOf(wrapper);
      n.low = low;
      n.high = high;
    }
  } else if (slots[WANTED] === 1) {
    wrapper = acquireMade(s);
  } else {
    throw engineError();
  }
  handOut(s, wrapper);
  s.dropIdle();
  s.tookOne();
  return wrapper;
}

// -- those that are handed out ------------------------------------------------------------------------------

function handOut(s, wrapper) {
  nodeStateOf(wrapper).place = s.out.length;
  s.out.push(wrapper);
  s.handedOut++;
}

function takeIn(s, wrapper, n) {
  const last = s.out.pop();
  if (last !== wrapper) {
    s.out[n.place] = last;
    nodeStateOf(last).place = n.place;
  }
  s.handedOut--;
  if (n.isStarted) forgetSource(n);
  restore(n, wrapper, s.template); // its handle stays: whoever uses it now is told
  if (!s.isDebug) s.idle.push(wrapper);
}

const isOut = (s, wrapper, n) => s.out[n.place] === wrapper;

function release(s, wrapper, mode, fade) {
  const n = nodeStateOf(wrapper);
  if (n === undefined) throw new TypeError('NodePool.release: not an AudioNode');
  if (n.pool !== s) throw invalidAccess(`NodePool.release: the ${n.kind.name} is not of this pool`);
  if (!isOut(s, wrapper, n)) throw invalidState(`NodePool.release: the ${n.kind.name} was released before`);
  if (!s.record.isOver()) {
    slots[0] = s.record.pointer;
    slots[1] = n.low;
    slots[2] = n.high;
    slots[3] = mode;
    slots[4] = fade;
    calls.nodePoolRelease();
    if (slots[0] !== 0) check();
    s.readCounts(COUNTS);
    s.comesBackSoon ||= mode === NOW;
    touch(s.context);
  }
  takeIn(s, wrapper, n);
  if (mode !== NOW) sounds(s, s.inUse - s.handedOut);
}

function releaseAll(s, mode, fade) {
  if (!s.record.isOver()) {
    slots[0] = s.record.pointer;
    slots[1] = mode;
    slots[2] = fade;
    calls.nodePoolReleaseAll();
    check();
    s.readCounts(COUNTS);
    s.comesBackSoon ||= mode === NOW;
    touch(s.context);
  }
  while (s.out.length > 0) {
    const wrapper = s.out[s.out.length - 1];
    takeIn(s, wrapper, nodeStateOf(wrapper));
  }
  if (mode !== NOW) sounds(s, s.inUse - s.handedOut);
}

// -- readying -----------------------------------------------------------------------------------------------

function preAllocate(s, wanted) {
  s.readStats('NodePool.preAllocate');
  while (s.available < Math.min(wanted, s.maxSize)) {
    const wrapper = runFactory(s), n = nodeStateOf(wrapper);
    slots[0] = s.record.pointer;
    slots[1] = s.available + 1;
    slots[OFFER] = n.low;
    slots[OFFER + 1] = n.high;
    calls.nodePoolPreAllocate();
    check();
    s.readCounts(COUNTS);
    belongTo(s, n);
    if (!s.isDebug) s.idle.push(wrapper);
  }
  s.dropIdle();
  touch(s.context);
  return s.available;
}

function trim(s, target) {
  const address = s.address('NodePool.trim');
  s.bringBack();
  slots[0] = address;
  slots[1] = target;
  calls.nodePoolTrim();
  const freed = slots[1];
  s.readCounts(COUNTS);
  s.dropIdle();
  touch(s.context);
  return freed;
}

// -- classes ------------------------------------------------------------------------------------------------

function make(context, factory, options) {
  if (typeof factory !== 'function') throw new TypeError('NodePool: factory is not a function');
  const { maxSize = MAX_SIZE, maxLive = 0, debug = false } = typeof options === 'number'
    ? { maxSize: options }
    : optionsOf(options, ['maxSize', 'maxLive', 'debug'], 'NodePool');
  slots[1] = count(maxSize, 'NodePool: maxSize');
  slots[2] = count(maxLive, 'NodePool: maxLive');
  slots[0] = context.pointer;
  calls.nodePoolCreate();
  check();
  return new NodePoolState(context, factory, maxSize, Boolean(debug));
}

export class NodePool {
  #s;
  // maxSize: a number, or { maxSize, maxLive, debug }
  constructor(context, factory, maxSize = MAX_SIZE) {
    this.#s = make(contextOf(context, 'NodePool'), factory, maxSize);
    this.#s.wrapper = this;
  }

  acquire() {
    return acquire(this.#s);
  }

  // mode: 'now', 'after-tail', 'fade' (over fadeTime s), 'when-done' (when it has ended by itself)
  release(node, mode = 'now', fadeTime = FADE_S) {
    release(this.#s, node, releaseMode(mode, 'NodePool.release'),
      seconds(fadeTime, 'NodePool.release: fadeTime'));
  }

  releaseAll(mode = 'now', fadeTime = FADE_S) {
    releaseAll(this.#s, releaseMode(mode, 'NodePool.releaseAll'),
      seconds(fadeTime, 'NodePool.releaseAll: fadeTime'));
  }

  // At least so many idle ones, up to maxSize. Returns how many there are.
  preAllocate(wanted) {
    return preAllocate(this.#s, count(wanted, 'NodePool.preAllocate: count'));
  }

  // Frees idle ones until so many are left. Returns how many went.
  trim(target = 0) {
    return trim(this.#s, count(target, 'NodePool.trim: target'));
  }

  getStats() {
    const s = this.#s;
    s.readStats('NodePool.getStats');
    const [, available, inUse, created, reused, dropped, peak] = slots;
    return { available, inUse: s.handedOut, returning: inUse - s.handedOut, created, reused, dropped, peak };
  }

  destroy() {
    const s = this.#s;
    for (const wrapper of s.out) if (nodeStateOf(wrapper).isStarted) forgetSource(nodeStateOf(wrapper));
    s.end();
    s.out.length = s.idle.length = 0;
  }
}

// Whose a node is that NodePools hand out; undefined for all others.
export const poolOf = (node) => nodeStateOf(node)?.pool?.wrapper;

// The journal's three, and one of any other type when it is asked for.
export class AudioNodePools {
  #context;
  #options;
  #others = new Map();
  constructor(context, options = undefined) {
    contextOf(context, 'AudioNodePools');
    const { maxSize = MAX_SIZE, debug = false, maxDelayTime = DELAY_MAX_S } =
      optionsOf(options, ['maxSize', 'debug', 'maxDelayTime'], 'AudioNodePools');
    this.#context = context;
    this.#options = { maxSize, debug };
    this.gainPool = this.pool(GainNode);
    this.filterPool = this.pool(BiquadFilterNode);
    this.delayPool = this.pool(DelayNode, () => context.createDelay(maxDelayTime));
  }

  // The pool of a class of nodes: pool(OscillatorNode). factory: what makes one, where the defaults do not.
  pool(type, factory = () => new type(this.#context)) {
    if (typeof type !== 'function') throw new TypeError('AudioNodePools.pool: type is not a class of nodes');
    let found = this.#others.get(type);
    if (found === undefined) {
      found = new NodePool(this.#context, factory, this.#options);
      this.#others.set(type, found);
    }
    return found;
  }

  [Symbol.iterator]() {
    return this.#others.values();
  }

  releaseAll(mode = 'now', fadeTime = FADE_S) {
    for (const pool of this) pool.releaseAll(mode, fadeTime);
  }

  destroy() {
    for (const pool of this) pool.destroy();
  }
}
