// BaseAudioContext: what both kinds of contexts have.
import { decode, queueTask } from '#host';
import { exception } from '../errors.mjs';
import { destinationOf } from './audio_destination_node.mjs';
import { listenerOf } from './audio_listener.mjs';
import { make as makeWorklet } from './audio_worklet.mjs';
import * as buffers from './audio_buffer.mjs';
import * as shared from './context_state.mjs';

export const destination = (c) => (c.destination ??= destinationOf(c));
export const listener = (c) => (c.listener ??= listenerOf(c));
export const sampleRate = (c) => c.sampleRate;
export const state = (c) => c.state;
export const renderQuantumSize = (c) => (c.own.isQuantumHidden ? 0 : c.quantum);

export function currentTime(c) {
  shared.flush(c);
  return shared.currentTime(c);
}

export const audioWorklet = (c) => (c.worklet ?? makeWorklet(c)).wrapper;

export const createBuffer = (c, channels, length, rate) => buffers.wrap(buffers.make(channels, length, rate));
export { createPeriodicWave } from './periodic_wave.mjs';

// -- decoding -----------------------------------------------------------------------------------------------

function call(callback, argument) {
  if (callback !== null) queueTask(() => callback(argument));
}

// The bytes as ours alone: whoever has the ArrayBuffer sees it detached.
function takeAway(audioData) {
  try {
    return new Uint8Array(structuredClone(audioData, { transfer: [audioData] }));
  } catch (cause) {
    throw new DOMException('decodeAudioData: the ArrayBuffer cannot be detached',
      { name: 'DataCloneError', cause });
  }
}

function isDetached(audioData) {
  try {
    return new Uint8Array(audioData).buffer !== audioData;
  } catch {
    return true;
  }
}

export function decodeAudioData(c, audioData, onSuccess, onError) {
  return new Promise((resolve, reject) => {
    const fail = (error) => {
      reject(error);
      call(onError, error);
    };
    let bytes;
    try {
      if (isDetached(audioData)) {
        throw new DOMException('decodeAudioData: the ArrayBuffer is detached', 'DataCloneError');
      }
      bytes = takeAway(audioData);
    } catch (error) {
      fail(error);
      return;
    }
    decode(bytes, c.sampleRate, (status, message, low, high) => {
      if (status !== 0) {
        const isBad = [2, 6, 17].includes(status); // a format that is none, nothing at all, not to be read
        fail(exception(isBad ? 7 : status, message));
        return;
      }
      const buffer = buffers.wrap(buffers.adopt(low, high));
      resolve(buffer);
      call(onSuccess, buffer);
    });
  });
}
