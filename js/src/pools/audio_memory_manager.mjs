// AudioMemoryManager: the pools of a context, the budget, and what is known of memory.
import { calls, engine, getText, slots } from '#host';
import { check } from '../errors.mjs';
import { nodeStateOf } from '../impl/brands.mjs';
import { SoftLimit, addSoftLimit, dropSoftLimit, memoryMayHaveGrown } from '../impl/soft_limit.mjs';
import { objectsPerSecond } from '../impl/tally.mjs';
import { AudioBufferPool } from './audio_buffer_pool.mjs';
import { garbage, observe } from './garbage.mjs';
import { AudioNodePools, poolOf } from './node_pool.mjs';
import { FADE_S, contextOf, optionsOf, pooledNodeCount } from './pool_state.mjs';

const SHAPES = [[2, 2048], [2, 4096]]; // the journal's
const PRESSURE = { medium: 50, high: 100 }; // allocations per second: more than that
const CATEGORIES = 10, FIRST_CATEGORY = 11; // slots of engineMemory

function categoryNames() {
  calls.memoryCategoryNames();
  return getText().split(' ');
}

function readMemory() {
  slots[0] = engine();
  calls.engineMemory();
}

function checkPressure({ medium, high }) {
  if (!(medium >= 0 && high >= medium)) {
    throw new RangeError(`AudioMemoryManager: pressure ${medium} and ${high} are not 0 <= medium <= high`);
  }
}

export class AudioMemoryManager {
  #context;
  #pressure;
  #softLimit = new SoftLimit(0, (used) => {
    if (typeof this.onsoftlimit === 'function') this.onsoftlimit({ used, softLimit: this.softLimit });
  });
  constructor(context, options = undefined) {
    const { bufferPool, nodePools, preAllocate = SHAPES, pressure, budget, softLimit = 0,
      onsoftlimit = null } =
      optionsOf(options, ['bufferPool', 'nodePools', 'preAllocate', 'pressure', 'budget', 'softLimit',
        'onsoftlimit'],
        'AudioMemoryManager');
    this.#context = contextOf(context, 'AudioMemoryManager');
    this.#pressure = { ...PRESSURE, ...optionsOf(pressure, ['medium', 'high'],
      'AudioMemoryManager: pressure') };
    checkPressure(this.#pressure);
    if (budget !== undefined) this.budget = budget;
    this.onsoftlimit = onsoftlimit; // is called with { used, softLimit } once per crossing
    this.softLimit = softLimit;
    this.bufferPool = new AudioBufferPool(context, bufferPool);
    this.nodePools = new AudioNodePools(context, nodePools);
    for (const [channels, length] of preAllocate) this.bufferPool.preAllocate(channels, length);
    observe();
  }

  acquireBuffer(channels, length) {
    return this.bufferPool.acquire(channels, length);
  }

  releaseBuffer(buffer) {
    this.bufferPool.release(buffer);
  }

  // type: a class of nodes, GainNode
  acquireNode(type) {
    return this.nodePools.pool(type).acquire();
  }

  releaseNode(node, mode = 'now', fadeTime = FADE_S) {
    const pool = poolOf(node);
    for (const each of this.nodePools) {
      if (each === pool) {
        each.release(node, mode, fadeTime);
        return;
      }
    }
    throw nodeStateOf(node) === undefined
      ? new TypeError('AudioMemoryManager.releaseNode: not an AudioNode')
      : new DOMException('AudioMemoryManager.releaseNode: the node is of none of its pools',
        'InvalidAccessError');
  }

  // In bytes, of all contexts of this thread: nothing takes more, but throws QuotaExceededError.
  get budget() {
    readMemory();
    return slots[1];
  }

  set budget(bytes) {
    if (!Number.isFinite(bytes) ||
      bytes < 0) throw new TypeError('AudioMemoryManager.budget: not a number of bytes');
    slots[0] = engine();
    slots[1] = Math.floor(bytes);
    calls.engineSetBudget();
    check();
  }

  // In bytes; 0: none. While there is one the manager is held, until destroy().
  get softLimit() {
    return this.#softLimit.bytes;
  }

  set softLimit(bytes) {
    if (!Number.isFinite(bytes) || bytes < 0) {
      throw new TypeError('AudioMemoryManager.softLimit: not a number of bytes');
    }
    dropSoftLimit(this.#softLimit);
    this.#softLimit.bytes = bytes;
    this.#softLimit.isAbove = false;
    if (bytes > 0) addSoftLimit(this.#softLimit);
  }

  // Gives back what is idle until so many bytes are in use, or nothing idle is left. Returns the bytes freed.
  trim(targetBytes = 0) {
    if (!Number.isFinite(targetBytes) ||
      targetBytes < 0) throw new TypeError('AudioMemoryManager.trim: not a number of bytes');
    slots[0] = engine();
    slots[1] = targetBytes;
    calls.engineTrim();
    const { 1: freed } = slots;
    memoryMayHaveGrown(); // or be below a soft limit again
    return freed;
  }

  getStats() {
    const { pooledBuffers } = this.bufferPool.getStats();
    const audioNodes = pooledNodeCount(this.#context);
    const garbageNow = garbage();
    const objects = objectsPerSecond();
    readMemory();
    const [, budget, estimatedBytes, peakBytes, allocations, allocatedBytes, refused,
      allocationsPerSecond] = slots;
    const categories = {};
    names ??= categoryNames();
    readMemory();
    for (let index = 0; index < slots[CATEGORIES]; index++) {
      categories[names[index]] = slots[FIRST_CATEGORY + 2 * index];
    }
    return { audioBuffers: pooledBuffers, audioNodes, estimatedBytes,
      gcPressure: this.#level(Math.max(allocationsPerSecond, objects)),
      budget, peakBytes, allocations, allocatedBytes, refused, allocationsPerSecond,
      objectsPerSecond: objects, categories, gc: garbageNow };
  }

  #level(perSecond) {
    const { medium, high } = this.#pressure;
    return perSecond > high ? 'high' : perSecond > medium ? 'medium' : 'low';
  }

  destroy() {
    this.softLimit = 0;
    this.nodePools.destroy();
    this.bufferPool.trim();
  }
}

let names = null; // of the categories of memory
