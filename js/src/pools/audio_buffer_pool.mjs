// AudioBufferPool: sample memory by (channels, length). The engine has the memory; a wrapper that comes back
// stands for whatever buffer is handed out next.
import { calls, engine, external, slots } from '#host';
import { audioBufferState, isAudioBuffer } from '../generated/interfaces.mjs';
import { check, invalidAccess } from '../errors.mjs';
import { adopt, detachViews, wrap } from '../impl/audio_buffer.mjs';
import { memoryMayHaveGrown } from '../impl/soft_limit.mjs';
import { contextOf, count, optionsOf } from './pool_state.mjs';

const MAX_SIZE = 50, PRE_ALLOCATE = 10; // the journal's

class BufferPoolState {
  constructor(pointer, sampleRate, isDebug) {
    this.pointer = pointer;
    this.sampleRate = sampleRate;
    this.isDebug = isDebug; // a wrapper stands for one buffer only, and is not used again
    this.idle = []; // wrappers
    registry.register(this, pointer, this);
  }

  // Into the mailbox.
  point() {
    slots[0] = this.pointer;
  }
}

// What is handed out lives on as plain buffers.
function end(pointer) {
  slots[0] = pointer;
  calls.bufferPoolDestroy();
}

const registry = new FinalizationRegistry(end);

function rebind(wrapper, low, high, channels, length, sampleRate) {
  const b = audioBufferState(wrapper), { handle } = b, bytes = 4 * channels * length;
  if (bytes !== handle.bytes) external(bytes - handle.bytes);
  handle.low = low;
  handle.high = high;
  handle.bytes = bytes;
  if (channels !== b.channels) {
    b.views = new Array(channels).fill(undefined);
    b.keepers = new Array(channels).fill(0);
  }
  b.channels = channels;
  b.length = length;
  b.rate = sampleRate;
  b.isAcquired = false;
  return wrapper;
}

function acquire(s, channels, length, isUncleared) {
  s.point();
  slots[1] = channels;
  slots[2] = length;
  slots[3] = s.sampleRate;
  slots[4] = isUncleared ? 1 : 0;
  calls.bufferPoolAcquire();
  if (slots[0] !== 0) check();
  memoryMayHaveGrown();
  const { 1: low, 2: high } = slots;
  const idle = s.idle.pop();
  if (idle !== undefined) return rebind(idle, low, high, channels, length, s.sampleRate);
  const b = adopt(low, high);
  b.pool = s;
  return wrap(b);
}

function release(s, wrapper) {
  if (!isAudioBuffer(wrapper)) throw new TypeError('AudioBufferPool.release: not an AudioBuffer');
  const b = audioBufferState(wrapper);
  if (b.pool !== s) throw invalidAccess('AudioBufferPool.release: the buffer is not of this pool');
  s.point();
  slots[1] = b.handle.low;
  slots[2] = b.handle.high;
  calls.bufferPoolRelease();
  if (slots[0] !== 0) check(); // it was released before
  detachViews(b);
  b.isAcquired = false;
  if (!s.isDebug) s.idle.push(wrapper);
}

export class AudioBufferPool {
  #s;
  constructor(context, config = undefined) {
    const { sampleRate } = contextOf(context, 'AudioBufferPool');
    const { maxSize = MAX_SIZE, preAllocate = Math.min(PRE_ALLOCATE, maxSize), debug = false } =
      optionsOf(config, ['maxSize', 'preAllocate', 'debug'], 'AudioBufferPool');
    count(maxSize, 'AudioBufferPool: maxSize');
    count(preAllocate, 'AudioBufferPool: preAllocate');
    slots[0] = engine();
    slots[1] = maxSize;
    slots[2] = preAllocate;
    calls.bufferPoolCreate();
    check();
    this.#s = new BufferPoolState(slots[1], sampleRate, Boolean(debug));
  }

  // Have as many buffers of that shape ready as the configuration says. Returns how many are.
  preAllocate(channels, length) {
    this.#s.point();
    slots[1] = count(channels, 'AudioBufferPool.preAllocate: channels');
    slots[2] = count(length, 'AudioBufferPool.preAllocate: length');
    calls.bufferPoolPreAllocate();
    check();
    return slots[1];
  }

  // A buffer of zeros.
  acquire(channels, length) {
    return acquire(this.#s, count(channels, 'AudioBufferPool.acquire: channels'),
      count(length, 'AudioBufferPool.acquire: length'), false);
  }

  // The same without the clearing, for those who write every frame.
  acquireUncleared(channels, length) {
    return acquire(this.#s, count(channels, 'AudioBufferPool.acquireUncleared: channels'),
      count(length, 'AudioBufferPool.acquireUncleared: length'), true);
  }

  // Its memory is used again once no node plays it. Arrays of its channels are empty from now on.
  release(buffer) {
    release(this.#s, buffer);
  }

  // Frees idle buffers, the shapes that were used longest ago first. Returns the bytes freed.
  trim(targetBytes = 0) {
    this.#s.point();
    slots[1] = targetBytes;
    calls.bufferPoolTrim();
    return slots[1];
  }

  getStats() {
    this.#s.point();
    calls.bufferPoolStats();
    const [, pooledBuffers, memoryBytes, inUse, inUseBytes, hits, misses, drops, peakBytes, keys] = slots;
    return { pooledBuffers, memoryBytes, inUse, inUseBytes, hits, misses, drops, peakBytes, keys };
  }
}
