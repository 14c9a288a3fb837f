// AudioBuffer: the engine's memory. getChannelData is a view of it, not a copy. Once a node has acquired the
// contents the views are detached and the memory is the node's too; what is asked for next is a copy.
import { calls, detach, engine, external, point, slots, store, view, viewGiveUp } from '#host';
import { AudioBuffer } from '../generated/interfaces.mjs';
import { check, exception, indexSize } from '../errors.mjs';
import { isEmptied, memoryOf } from '../webidl.mjs';
import { TOKEN } from './brands.mjs';
import { FACTOR } from './weight.mjs';
import { memoryMayHaveGrown } from './soft_limit.mjs';
import { tally } from './tally.mjs';

// The engine's buffer; what it stands for may be replaced by a copy. The collector is told of its size:
// nothing else tells it that there is something to collect.
class Handle {
  constructor(low, high, bytes) {
    this.low = low;
    this.high = high;
    this.bytes = bytes;
    external(FACTOR * bytes);
  }
}

function release({ low, high, bytes }) {
  slots[0] = engine();
  slots[1] = low;
  slots[2] = high;
  calls.bufferRelease();
  external(-FACTOR * bytes);
}

const registry = new FinalizationRegistry(release);

class BufferState {
  constructor(handle, channels, length, rate) {
    this.handle = handle;
    this.channels = channels;
    this.length = length;
    this.rate = rate;
    this.views = new Array(channels).fill(undefined);
    this.keepers = new Array(channels).fill(0); // addresses of what keeps the memory for them
    this.isAcquired = false; // the memory may be playing
    this.pool = null; // whose it is
    tally.objects++;
    memoryMayHaveGrown();
    registry.register(this, handle, this);
  }
}

function take(channels, length, rate) {
  slots[0] = engine();
  slots[1] = channels;
  slots[2] = length;
  slots[3] = rate;
  calls.bufferCreate();
  check();
  return new Handle(slots[1], slots[2], 4 * channels * length);
}

export function make(channels, frames, rate) {
  return new BufferState(take(channels, frames, rate), channels, frames, rate);
}

export const wrap = (b) => new AudioBuffer(TOKEN, b);

// One that no user has seen.
export function discard(b) {
  registry.unregister(b);
  release(b.handle);
}

// A buffer that the engine has made.
export function adopt(low, high) {
  slots[0] = engine();
  slots[1] = low;
  slots[2] = high;
  calls.bufferInfo();
  check();
  const [, channels, frames, rate] = slots;
  return new BufferState(new Handle(low, high, 4 * channels * frames), channels, frames, rate);
}

export const construct = (options) => make(options.numberOfChannels, options.length, options.sampleRate);
export const sampleRate = (b) => b.rate;
export const length = (b) => b.length;
export const duration = (b) => b.length / b.rate;
export const numberOfChannels = (b) => b.channels;

// -- contents -----------------------------------------------------------------------------------------------

const isDetached = (b) => b.views.some((each) => each !== undefined && isEmptied(each));

// "Acquire the contents": the handle to play, or null when a view's memory was taken away by somebody.
export function acquire(b) {
  if (isDetached(b)) return null;
  detachViews(b);
  b.isAcquired = true;
  return b.handle;
}

// The same for a node that takes a copy: first what it is to copy, then, when it has, the end of the views.
export function contents(b) {
  if (isDetached(b)) return null;
  for (const seen of b.views) {
    if (seen !== undefined) store(memoryOf(seen));
  }
  return b.handle;
}

export function surrender(b) {
  if (!isDetached(b)) detachViews(b);
}

// The memory is not seen from here any more.
export function detachViews(b) {
  for (let channel = 0; channel < b.channels; channel++) {
    const seen = b.views[channel];
    if (seen !== undefined && !isEmptied(seen)) { // else somebody has taken it away
      detach(memoryOf(seen));
      slots[0] = b.keepers[channel];
      viewGiveUp();
    }
    b.views[channel] = undefined;
  }
}

function address(handle, channel) {
  slots[0] = engine();
  slots[1] = handle.low;
  slots[2] = handle.high;
  slots[3] = channel;
  calls.bufferPlane();
  check();
  return slots[1];
}

// Copy on write.
function own(b) {
  if (!b.isAcquired) return;
  const copy = take(b.channels, b.length, b.rate);
  for (let channel = 0; channel < b.channels; channel++) {
    const from = address(b.handle, channel);
    copyTo(copy, from, b.length, channel, 0);
  }
  release(b.handle);
  b.handle.low = copy.low;
  b.handle.high = copy.high;
  b.isAcquired = false;
}

function copyTo(handle, from, frames, channel, offset) {
  slots[0] = engine();
  slots[1] = handle.low;
  slots[2] = handle.high;
  slots[3] = from;
  slots[4] = frames;
  slots[5] = channel;
  slots[6] = offset;
  calls.bufferCopyToChannel();
  check();
}

// A channel from and to memory of the addon's.
export const copyIn = (b, from, frames, channel) => copyTo(b.handle, from, frames, channel, 0);

export function copyOut(b, to, frames, channel) {
  slots[0] = engine();
  slots[1] = b.handle.low;
  slots[2] = b.handle.high;
  slots[3] = to;
  slots[4] = frames;
  slots[5] = channel;
  slots[6] = 0;
  calls.bufferCopyFromChannel();
  check();
}

function mustHave(b, channel) {
  if (channel >= b.channels) throw indexSize(`channel is ${channel}, the buffer has ${b.channels}`);
}

// It is not if it was released to its pool.
function mustBeThere(b) {
  slots[0] = engine();
  slots[1] = b.handle.low;
  slots[2] = b.handle.high;
  calls.bufferInfo();
  check();
}

export function getChannelData(b, channel) {
  mustHave(b, channel);
  if (b.views[channel] === undefined) {
    own(b);
    const made = view(b.handle.low, b.handle.high, channel);
    if (made === undefined) {
      mustBeThere(b);
      throw exception(15, 'AudioBuffer.getChannelData: there is no memory for a view');
    }
    b.views[channel] = made;
    b.keepers[channel] = slots[1];
  }
  return b.views[channel];
}

export function copyFromChannel(b, destination, channel, offset) {
  mustHave(b, channel);
  point(destination, 3);
  if (slots[4] === 0 || offset >= b.length) return;
  slots[0] = engine();
  slots[1] = b.handle.low;
  slots[2] = b.handle.high;
  slots[5] = channel;
  slots[6] = offset;
  calls.bufferCopyFromChannel();
  check();
}

export function copyToChannel(b, source, channel, offset) {
  mustHave(b, channel);
  point(source, 3);
  if (slots[4] === 0 || offset >= b.length) return;
  own(b);
  point(source, 3);
  copyTo(b.handle, slots[3], slots[4], channel, offset);
}
