// A context in real time: the render half of the module, pulled by the browser's audio thread. A callback makes no
// object and sends no message; the frames are copied out of the shared memory, which outputs cannot be views of.
import { renderHalf } from './half.mjs';

// The finest clock that this scope has: 1 ms, which is right on average.
const nowMs = () => Date.now();

class WavepoolProcessor extends AudioWorkletProcessor {
  constructor({ processorOptions: { module, memory, thread, pull, outputs, channels, frames } }) {
    super();
    this.half = renderHalf(module, memory, thread, nowMs);
    this.pull = pull;
    this.frames = frames;
    this.planes = Array.from({ length: channels }, (_, channel) =>
      new Float32Array(memory.buffer, outputs + 4 * frames * channel, frames));
  }

  process(inputs, outputs) {
    if (this.half.webPull(this.pull, this.frames, currentTime) !== 0) return false; // it is shut: silence, the end
    const { 0: output } = outputs;
    for (let channel = 0; channel < this.planes.length; channel++) output[channel].set(this.planes[channel]);
    return true;
  }
}

registerProcessor('wavepool', WavepoolProcessor);
