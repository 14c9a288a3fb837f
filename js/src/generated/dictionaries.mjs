// Generated from the Web Audio IDL by tools/generate.mjs: do not edit.
import { double, float, unsignedLong, string, enumeration, sequence, floatSequence, record, object,
  dictionaryObject, missingMember, isObjectOrNothing, foreignArgument,
    instanceArgument } from '../webidl.mjs';
import { isAudioBuffer, isPeriodicWave } from './interfaces.mjs';

export const RequestCredentials = new Set(['omit', 'same-origin', 'include']);
export const AudioContextState = new Set(['suspended', 'running', 'closed', 'interrupted']);
export const AudioContextRenderSizeCategory = new Set(['default', 'hardware']);
export const AudioContextLatencyCategory = new Set(['balanced', 'interactive', 'playback']);
export const AudioSinkType = new Set(['none']);
export const ChannelCountMode = new Set(['max', 'clamped-max', 'explicit']);
export const ChannelInterpretation = new Set(['speakers', 'discrete']);
export const AutomationRate = new Set(['a-rate', 'k-rate']);
export const BiquadFilterType =
  new Set(['lowpass', 'highpass', 'bandpass', 'lowshelf', 'highshelf', 'peaking', 'notch', 'allpass']);
export const OscillatorType = new Set(['sine', 'square', 'sawtooth', 'triangle', 'custom']);
export const PanningModelType = new Set(['equalpower', 'HRTF']);
export const DistanceModelType = new Set(['linear', 'inverse', 'exponential']);
export const OverSampleType = new Set(['none', '2x', '4x']);

export function toWorkletOptions(from, what) {
  const given = dictionaryObject(from, what);
  let credentials = 'same-origin';
  if (given !== undefined) {
    let value;
    value = from.credentials;
    if (value !== undefined) credentials =
      enumeration(value, RequestCredentials, 'RequestCredentials', 'WorkletOptions.credentials');
  }
  return { credentials };
}

export function toEventInit(from, what) {
  const given = dictionaryObject(from, what);
  let bubbles = false;
  let cancelable = false;
  let composed = false;
  if (given !== undefined) {
    let value;
    value = from.bubbles;
    if (value !== undefined) bubbles = Boolean(value);
    value = from.cancelable;
    if (value !== undefined) cancelable = Boolean(value);
    value = from.composed;
    if (value !== undefined) composed = Boolean(value);
  }
  return { bubbles, cancelable, composed };
}

export function toAudioContextOptions(from, what) {
  const given = dictionaryObject(from, what);
  let input;
  let latencyHint = 'interactive';
  let renderSizeHint = 'default';
  let sampleRate;
  let sinkId;
  if (given !== undefined) {
    let value;
    value = from.input;
    if (value !== undefined) input = toAudioInputOptions(value, 'AudioContextOptions.input');
    value = from.latencyHint;
    if (value !== undefined) latencyHint =
      typeof value === 'number'
        ? double(value, 'AudioContextOptions.latencyHint') : enumeration(value, AudioContextLatencyCategory,
          'AudioContextLatencyCategory', 'AudioContextOptions.latencyHint');
    value = from.renderSizeHint;
    if (value !== undefined) renderSizeHint =
      typeof value === 'number'
        ? unsignedLong(value, 'AudioContextOptions.renderSizeHint') : enumeration(value,
          AudioContextRenderSizeCategory, 'AudioContextRenderSizeCategory',
            'AudioContextOptions.renderSizeHint');
    value = from.sampleRate;
    if (value !== undefined) sampleRate = float(value, 'AudioContextOptions.sampleRate');
    value = from.sinkId;
    if (value !== undefined) sinkId =
      isObjectOrNothing(value)
        ? toAudioSinkOptions(value, 'AudioContextOptions.sinkId') : string(value,
          'AudioContextOptions.sinkId');
  }
  return { input, latencyHint, renderSizeHint, sampleRate, sinkId };
}

export function toAudioSinkOptions(from, what) {
  const given = dictionaryObject(from, what);
  let type;
  if (given !== undefined) {
    let value;
    value = from.type;
    if (value !== undefined) type =
      enumeration(value, AudioSinkType, 'AudioSinkType', 'AudioSinkOptions.type');
    else throw missingMember('AudioSinkOptions.type');
  } else {
    throw missingMember('AudioSinkOptions.type');
  }
  return { type };
}

export function toOfflineAudioContextOptions(from, what) {
  const given = dictionaryObject(from, what);
  let length = null;
  let numberOfChannels = 1;
  let renderSizeHint = 'default';
  let sampleRate;
  if (given !== undefined) {
    let value;
    value = from.length;
    if (value !== undefined) length =
      value === null || value === undefined ? null : unsignedLong(value, 'OfflineAudioContextOptions.length');
    value = from.numberOfChannels;
    if (value !== undefined) numberOfChannels =
      unsignedLong(value, 'OfflineAudioContextOptions.numberOfChannels');
    value = from.renderSizeHint;
    if (value !== undefined) renderSizeHint =
      typeof value === 'number'
        ? unsignedLong(value, 'OfflineAudioContextOptions.renderSizeHint') : enumeration(value,
          AudioContextRenderSizeCategory, 'AudioContextRenderSizeCategory',
            'OfflineAudioContextOptions.renderSizeHint');
    value = from.sampleRate;
    if (value !== undefined) sampleRate = float(value, 'OfflineAudioContextOptions.sampleRate');
    else throw missingMember('OfflineAudioContextOptions.sampleRate');
  } else {
    throw missingMember('OfflineAudioContextOptions.sampleRate');
  }
  return { length, numberOfChannels, renderSizeHint, sampleRate };
}

export function toOfflineAudioCompletionEventInit(from, what) {
  const given = dictionaryObject(from, what);
  let bubbles = false;
  let cancelable = false;
  let composed = false;
  let renderedBuffer;
  if (given !== undefined) {
    let value;
    value = from.bubbles;
    if (value !== undefined) bubbles = Boolean(value);
    value = from.cancelable;
    if (value !== undefined) cancelable = Boolean(value);
    value = from.composed;
    if (value !== undefined) composed = Boolean(value);
    value = from.renderedBuffer;
    if (value !== undefined) renderedBuffer =
      instanceArgument(value, isAudioBuffer, 'AudioBuffer', 'OfflineAudioCompletionEventInit.renderedBuffer');
    else throw missingMember('OfflineAudioCompletionEventInit.renderedBuffer');
  } else {
    throw missingMember('OfflineAudioCompletionEventInit.renderedBuffer');
  }
  return { bubbles, cancelable, composed, renderedBuffer };
}

export function toAudioBufferOptions(from, what) {
  const given = dictionaryObject(from, what);
  let length;
  let numberOfChannels = 1;
  let sampleRate;
  if (given !== undefined) {
    let value;
    value = from.length;
    if (value !== undefined) length = unsignedLong(value, 'AudioBufferOptions.length');
    else throw missingMember('AudioBufferOptions.length');
    value = from.numberOfChannels;
    if (value !== undefined) numberOfChannels = unsignedLong(value, 'AudioBufferOptions.numberOfChannels');
    value = from.sampleRate;
    if (value !== undefined) sampleRate = float(value, 'AudioBufferOptions.sampleRate');
    else throw missingMember('AudioBufferOptions.sampleRate');
  } else {
    throw missingMember('AudioBufferOptions.length');
  }
  return { length, numberOfChannels, sampleRate };
}

export function toAudioNodeOptions(from, what) {
  const given = dictionaryObject(from, what);
  let channelCount;
  let channelCountMode;
  let channelInterpretation;
  if (given !== undefined) {
    let value;
    value = from.channelCount;
    if (value !== undefined) channelCount = unsignedLong(value, 'AudioNodeOptions.channelCount');
    value = from.channelCountMode;
    if (value !== undefined) channelCountMode =
      enumeration(value, ChannelCountMode, 'ChannelCountMode', 'AudioNodeOptions.channelCountMode');
    value = from.channelInterpretation;
    if (value !== undefined) channelInterpretation =
      enumeration(value, ChannelInterpretation, 'ChannelInterpretation',
        'AudioNodeOptions.channelInterpretation');
  }
  return { channelCount, channelCountMode, channelInterpretation };
}

export function toAnalyserOptions(from, what) {
  const given = dictionaryObject(from, what);
  let channelCount;
  let channelCountMode;
  let channelInterpretation;
  let fftSize = 2048;
  let maxDecibels = -30;
  let minDecibels = -100;
  let smoothingTimeConstant = 0.8;
  if (given !== undefined) {
    let value;
    value = from.channelCount;
    if (value !== undefined) channelCount = unsignedLong(value, 'AudioNodeOptions.channelCount');
    value = from.channelCountMode;
    if (value !== undefined) channelCountMode =
      enumeration(value, ChannelCountMode, 'ChannelCountMode', 'AudioNodeOptions.channelCountMode');
    value = from.channelInterpretation;
    if (value !== undefined) channelInterpretation =
      enumeration(value, ChannelInterpretation, 'ChannelInterpretation',
        'AudioNodeOptions.channelInterpretation');
    value = from.fftSize;
    if (value !== undefined) fftSize = unsignedLong(value, 'AnalyserOptions.fftSize');
    value = from.maxDecibels;
    if (value !== undefined) maxDecibels = double(value, 'AnalyserOptions.maxDecibels');
    value = from.minDecibels;
    if (value !== undefined) minDecibels = double(value, 'AnalyserOptions.minDecibels');
    value = from.smoothingTimeConstant;
    if (value !== undefined) smoothingTimeConstant = double(value, 'AnalyserOptions.smoothingTimeConstant');
  }
  return { channelCount, channelCountMode, channelInterpretation, fftSize, maxDecibels, minDecibels,
    smoothingTimeConstant };
}

export function toAudioBufferSourceOptions(from, what) {
  const given = dictionaryObject(from, what);
  let buffer;
  let detune = 0;
  let loop = false;
  let loopEnd = 0;
  let loopStart = 0;
  let playbackRate = 1;
  if (given !== undefined) {
    let value;
    value = from.buffer;
    if (value !== undefined) buffer =
      value === null || value === undefined
        ? null : instanceArgument(value, isAudioBuffer, 'AudioBuffer', 'AudioBufferSourceOptions.buffer');
    value = from.detune;
    if (value !== undefined) detune = float(value, 'AudioBufferSourceOptions.detune');
    value = from.loop;
    if (value !== undefined) loop = Boolean(value);
    value = from.loopEnd;
    if (value !== undefined) loopEnd = double(value, 'AudioBufferSourceOptions.loopEnd');
    value = from.loopStart;
    if (value !== undefined) loopStart = double(value, 'AudioBufferSourceOptions.loopStart');
    value = from.playbackRate;
    if (value !== undefined) playbackRate = float(value, 'AudioBufferSourceOptions.playbackRate');
  }
  return { buffer, detune, loop, loopEnd, loopStart, playbackRate };
}

export function toAudioProcessingEventInit(from, what) {
  const given = dictionaryObject(from, what);
  let bubbles = false;
  let cancelable = false;
  let composed = false;
  let inputBuffer;
  let outputBuffer;
  let playbackTime;
  if (given !== undefined) {
    let value;
    value = from.bubbles;
    if (value !== undefined) bubbles = Boolean(value);
    value = from.cancelable;
    if (value !== undefined) cancelable = Boolean(value);
    value = from.composed;
    if (value !== undefined) composed = Boolean(value);
    value = from.inputBuffer;
    if (value !== undefined) inputBuffer =
      instanceArgument(value, isAudioBuffer, 'AudioBuffer', 'AudioProcessingEventInit.inputBuffer');
    else throw missingMember('AudioProcessingEventInit.inputBuffer');
    value = from.outputBuffer;
    if (value !== undefined) outputBuffer =
      instanceArgument(value, isAudioBuffer, 'AudioBuffer', 'AudioProcessingEventInit.outputBuffer');
    else throw missingMember('AudioProcessingEventInit.outputBuffer');
    value = from.playbackTime;
    if (value !== undefined) playbackTime = double(value, 'AudioProcessingEventInit.playbackTime');
    else throw missingMember('AudioProcessingEventInit.playbackTime');
  } else {
    throw missingMember('AudioProcessingEventInit.inputBuffer');
  }
  return { bubbles, cancelable, composed, inputBuffer, outputBuffer, playbackTime };
}

export function toBiquadFilterOptions(from, what) {
  const given = dictionaryObject(from, what);
  let channelCount;
  let channelCountMode;
  let channelInterpretation;
  let Q = 1;
  let detune = 0;
  let frequency = 350;
  let gain = 0;
  let type = 'lowpass';
  if (given !== undefined) {
    let value;
    value = from.channelCount;
    if (value !== undefined) channelCount = unsignedLong(value, 'AudioNodeOptions.channelCount');
    value = from.channelCountMode;
    if (value !== undefined) channelCountMode =
      enumeration(value, ChannelCountMode, 'ChannelCountMode', 'AudioNodeOptions.channelCountMode');
    value = from.channelInterpretation;
    if (value !== undefined) channelInterpretation =
      enumeration(value, ChannelInterpretation, 'ChannelInterpretation',
        'AudioNodeOptions.channelInterpretation');
    value = from.Q;
    if (value !== undefined) Q = float(value, 'BiquadFilterOptions.Q');
    value = from.detune;
    if (value !== undefined) detune = float(value, 'BiquadFilterOptions.detune');
    value = from.frequency;
    if (value !== undefined) frequency = float(value, 'BiquadFilterOptions.frequency');
    value = from.gain;
    if (value !== undefined) gain = float(value, 'BiquadFilterOptions.gain');
    value = from.type;
    if (value !== undefined) type =
      enumeration(value, BiquadFilterType, 'BiquadFilterType', 'BiquadFilterOptions.type');
  }
  return { channelCount, channelCountMode, channelInterpretation, Q, detune, frequency, gain, type };
}

export function toChannelMergerOptions(from, what) {
  const given = dictionaryObject(from, what);
  let channelCount;
  let channelCountMode;
  let channelInterpretation;
  let numberOfInputs = 6;
  if (given !== undefined) {
    let value;
    value = from.channelCount;
    if (value !== undefined) channelCount = unsignedLong(value, 'AudioNodeOptions.channelCount');
    value = from.channelCountMode;
    if (value !== undefined) channelCountMode =
      enumeration(value, ChannelCountMode, 'ChannelCountMode', 'AudioNodeOptions.channelCountMode');
    value = from.channelInterpretation;
    if (value !== undefined) channelInterpretation =
      enumeration(value, ChannelInterpretation, 'ChannelInterpretation',
        'AudioNodeOptions.channelInterpretation');
    value = from.numberOfInputs;
    if (value !== undefined) numberOfInputs = unsignedLong(value, 'ChannelMergerOptions.numberOfInputs');
  }
  return { channelCount, channelCountMode, channelInterpretation, numberOfInputs };
}

export function toChannelSplitterOptions(from, what) {
  const given = dictionaryObject(from, what);
  let channelCount;
  let channelCountMode;
  let channelInterpretation;
  let numberOfOutputs = 6;
  if (given !== undefined) {
    let value;
    value = from.channelCount;
    if (value !== undefined) channelCount = unsignedLong(value, 'AudioNodeOptions.channelCount');
    value = from.channelCountMode;
    if (value !== undefined) channelCountMode =
      enumeration(value, ChannelCountMode, 'ChannelCountMode', 'AudioNodeOptions.channelCountMode');
    value = from.channelInterpretation;
    if (value !== undefined) channelInterpretation =
      enumeration(value, ChannelInterpretation, 'ChannelInterpretation',
        'AudioNodeOptions.channelInterpretation');
    value = from.numberOfOutputs;
    if (value !== undefined) numberOfOutputs = unsignedLong(value, 'ChannelSplitterOptions.numberOfOutputs');
  }
  return { channelCount, channelCountMode, channelInterpretation, numberOfOutputs };
}

export function toConstantSourceOptions(from, what) {
  const given = dictionaryObject(from, what);
  let offset = 1;
  if (given !== undefined) {
    let value;
    value = from.offset;
    if (value !== undefined) offset = float(value, 'ConstantSourceOptions.offset');
  }
  return { offset };
}

export function toConvolverOptions(from, what) {
  const given = dictionaryObject(from, what);
  let channelCount;
  let channelCountMode;
  let channelInterpretation;
  let buffer;
  let disableNormalization = false;
  if (given !== undefined) {
    let value;
    value = from.channelCount;
    if (value !== undefined) channelCount = unsignedLong(value, 'AudioNodeOptions.channelCount');
    value = from.channelCountMode;
    if (value !== undefined) channelCountMode =
      enumeration(value, ChannelCountMode, 'ChannelCountMode', 'AudioNodeOptions.channelCountMode');
    value = from.channelInterpretation;
    if (value !== undefined) channelInterpretation =
      enumeration(value, ChannelInterpretation, 'ChannelInterpretation',
        'AudioNodeOptions.channelInterpretation');
    value = from.buffer;
    if (value !== undefined) buffer =
      value === null || value === undefined
        ? null : instanceArgument(value, isAudioBuffer, 'AudioBuffer', 'ConvolverOptions.buffer');
    value = from.disableNormalization;
    if (value !== undefined) disableNormalization = Boolean(value);
  }
  return { channelCount, channelCountMode, channelInterpretation, buffer, disableNormalization };
}

export function toDelayOptions(from, what) {
  const given = dictionaryObject(from, what);
  let channelCount;
  let channelCountMode;
  let channelInterpretation;
  let delayTime = 0;
  let maxDelayTime = 1;
  if (given !== undefined) {
    let value;
    value = from.channelCount;
    if (value !== undefined) channelCount = unsignedLong(value, 'AudioNodeOptions.channelCount');
    value = from.channelCountMode;
    if (value !== undefined) channelCountMode =
      enumeration(value, ChannelCountMode, 'ChannelCountMode', 'AudioNodeOptions.channelCountMode');
    value = from.channelInterpretation;
    if (value !== undefined) channelInterpretation =
      enumeration(value, ChannelInterpretation, 'ChannelInterpretation',
        'AudioNodeOptions.channelInterpretation');
    value = from.delayTime;
    if (value !== undefined) delayTime = double(value, 'DelayOptions.delayTime');
    value = from.maxDelayTime;
    if (value !== undefined) maxDelayTime = double(value, 'DelayOptions.maxDelayTime');
  }
  return { channelCount, channelCountMode, channelInterpretation, delayTime, maxDelayTime };
}

export function toDynamicsCompressorOptions(from, what) {
  const given = dictionaryObject(from, what);
  let channelCount;
  let channelCountMode;
  let channelInterpretation;
  let attack = 0.003000000026077032;
  let knee = 30;
  let ratio = 12;
  let release = 0.25;
  let threshold = -24;
  if (given !== undefined) {
    let value;
    value = from.channelCount;
    if (value !== undefined) channelCount = unsignedLong(value, 'AudioNodeOptions.channelCount');
    value = from.channelCountMode;
    if (value !== undefined) channelCountMode =
      enumeration(value, ChannelCountMode, 'ChannelCountMode', 'AudioNodeOptions.channelCountMode');
    value = from.channelInterpretation;
    if (value !== undefined) channelInterpretation =
      enumeration(value, ChannelInterpretation, 'ChannelInterpretation',
        'AudioNodeOptions.channelInterpretation');
    value = from.attack;
    if (value !== undefined) attack = float(value, 'DynamicsCompressorOptions.attack');
    value = from.knee;
    if (value !== undefined) knee = float(value, 'DynamicsCompressorOptions.knee');
    value = from.ratio;
    if (value !== undefined) ratio = float(value, 'DynamicsCompressorOptions.ratio');
    value = from.release;
    if (value !== undefined) release = float(value, 'DynamicsCompressorOptions.release');
    value = from.threshold;
    if (value !== undefined) threshold = float(value, 'DynamicsCompressorOptions.threshold');
  }
  return { channelCount, channelCountMode, channelInterpretation, attack, knee, ratio, release, threshold };
}

export function toGainOptions(from, what) {
  const given = dictionaryObject(from, what);
  let channelCount;
  let channelCountMode;
  let channelInterpretation;
  let gain = 1;
  if (given !== undefined) {
    let value;
    value = from.channelCount;
    if (value !== undefined) channelCount = unsignedLong(value, 'AudioNodeOptions.channelCount');
    value = from.channelCountMode;
    if (value !== undefined) channelCountMode =
      enumeration(value, ChannelCountMode, 'ChannelCountMode', 'AudioNodeOptions.channelCountMode');
    value = from.channelInterpretation;
    if (value !== undefined) channelInterpretation =
      enumeration(value, ChannelInterpretation, 'ChannelInterpretation',
        'AudioNodeOptions.channelInterpretation');
    value = from.gain;
    if (value !== undefined) gain = float(value, 'GainOptions.gain');
  }
  return { channelCount, channelCountMode, channelInterpretation, gain };
}

export function toIIRFilterOptions(from, what) {
  const given = dictionaryObject(from, what);
  let channelCount;
  let channelCountMode;
  let channelInterpretation;
  let feedback;
  let feedforward;
  if (given !== undefined) {
    let value;
    value = from.channelCount;
    if (value !== undefined) channelCount = unsignedLong(value, 'AudioNodeOptions.channelCount');
    value = from.channelCountMode;
    if (value !== undefined) channelCountMode =
      enumeration(value, ChannelCountMode, 'ChannelCountMode', 'AudioNodeOptions.channelCountMode');
    value = from.channelInterpretation;
    if (value !== undefined) channelInterpretation =
      enumeration(value, ChannelInterpretation, 'ChannelInterpretation',
        'AudioNodeOptions.channelInterpretation');
    value = from.feedback;
    if (value !== undefined) feedback = sequence(value, double, 'IIRFilterOptions.feedback');
    else throw missingMember('IIRFilterOptions.feedback');
    value = from.feedforward;
    if (value !== undefined) feedforward = sequence(value, double, 'IIRFilterOptions.feedforward');
    else throw missingMember('IIRFilterOptions.feedforward');
  } else {
    throw missingMember('IIRFilterOptions.feedback');
  }
  return { channelCount, channelCountMode, channelInterpretation, feedback, feedforward };
}

export function toMediaElementAudioSourceOptions(from, what) {
  const given = dictionaryObject(from, what);
  let mediaElement;
  if (given !== undefined) {
    let value;
    value = from.mediaElement;
    if (value !== undefined) mediaElement =
      foreignArgument(value, 'HTMLMediaElement', 'MediaElementAudioSourceOptions.mediaElement');
    else throw missingMember('MediaElementAudioSourceOptions.mediaElement');
  } else {
    throw missingMember('MediaElementAudioSourceOptions.mediaElement');
  }
  return { mediaElement };
}

export function toMediaStreamAudioSourceOptions(from, what) {
  const given = dictionaryObject(from, what);
  let mediaStream;
  if (given !== undefined) {
    let value;
    value = from.mediaStream;
    if (value !== undefined) mediaStream =
      foreignArgument(value, 'MediaStream', 'MediaStreamAudioSourceOptions.mediaStream');
    else throw missingMember('MediaStreamAudioSourceOptions.mediaStream');
  } else {
    throw missingMember('MediaStreamAudioSourceOptions.mediaStream');
  }
  return { mediaStream };
}

export function toMediaStreamTrackAudioSourceOptions(from, what) {
  const given = dictionaryObject(from, what);
  let mediaStreamTrack;
  if (given !== undefined) {
    let value;
    value = from.mediaStreamTrack;
    if (value !== undefined) mediaStreamTrack =
      foreignArgument(value, 'MediaStreamTrack', 'MediaStreamTrackAudioSourceOptions.mediaStreamTrack');
    else throw missingMember('MediaStreamTrackAudioSourceOptions.mediaStreamTrack');
  } else {
    throw missingMember('MediaStreamTrackAudioSourceOptions.mediaStreamTrack');
  }
  return { mediaStreamTrack };
}

export function toOscillatorOptions(from, what) {
  const given = dictionaryObject(from, what);
  let channelCount;
  let channelCountMode;
  let channelInterpretation;
  let detune = 0;
  let frequency = 440;
  let periodicWave;
  let type = 'sine';
  if (given !== undefined) {
    let value;
    value = from.channelCount;
    if (value !== undefined) channelCount = unsignedLong(value, 'AudioNodeOptions.channelCount');
    value = from.channelCountMode;
    if (value !== undefined) channelCountMode =
      enumeration(value, ChannelCountMode, 'ChannelCountMode', 'AudioNodeOptions.channelCountMode');
    value = from.channelInterpretation;
    if (value !== undefined) channelInterpretation =
      enumeration(value, ChannelInterpretation, 'ChannelInterpretation',
        'AudioNodeOptions.channelInterpretation');
    value = from.detune;
    if (value !== undefined) detune = float(value, 'OscillatorOptions.detune');
    value = from.frequency;
    if (value !== undefined) frequency = float(value, 'OscillatorOptions.frequency');
    value = from.periodicWave;
    if (value !== undefined) periodicWave =
      instanceArgument(value, isPeriodicWave, 'PeriodicWave', 'OscillatorOptions.periodicWave');
    value = from.type;
    if (value !== undefined) type =
      enumeration(value, OscillatorType, 'OscillatorType', 'OscillatorOptions.type');
  }
  return { channelCount, channelCountMode, channelInterpretation, detune, frequency, periodicWave, type };
}

export function toPannerOptions(from, what) {
  const given = dictionaryObject(from, what);
  let channelCount;
  let channelCountMode;
  let channelInterpretation;
  let coneInnerAngle = 360;
  let coneOuterAngle = 360;
  let coneOuterGain = 0;
  let distanceModel = 'inverse';
  let maxDistance = 10000;
  let orientationX = 1;
  let orientationY = 0;
  let orientationZ = 0;
  let panningModel = 'equalpower';
  let positionX = 0;
  let positionY = 0;
  let positionZ = 0;
  let refDistance = 1;
  let rolloffFactor = 1;
  if (given !== undefined) {
    let value;
    value = from.channelCount;
    if (value !== undefined) channelCount = unsignedLong(value, 'AudioNodeOptions.channelCount');
    value = from.channelCountMode;
    if (value !== undefined) channelCountMode =
      enumeration(value, ChannelCountMode, 'ChannelCountMode', 'AudioNodeOptions.channelCountMode');
    value = from.channelInterpretation;
    if (value !== undefined) channelInterpretation =
      enumeration(value, ChannelInterpretation, 'ChannelInterpretation',
        'AudioNodeOptions.channelInterpretation');
    value = from.coneInnerAngle;
    if (value !== undefined) coneInnerAngle = double(value, 'PannerOptions.coneInnerAngle');
    value = from.coneOuterAngle;
    if (value !== undefined) coneOuterAngle = double(value, 'PannerOptions.coneOuterAngle');
    value = from.coneOuterGain;
    if (value !== undefined) coneOuterGain = double(value, 'PannerOptions.coneOuterGain');
    value = from.distanceModel;
    if (value !== undefined) distanceModel =
      enumeration(value, DistanceModelType, 'DistanceModelType', 'PannerOptions.distanceModel');
    value = from.maxDistance;
    if (value !== undefined) maxDistance = double(value, 'PannerOptions.maxDistance');
    value = from.orientationX;
    if (value !== undefined) orientationX = float(value, 'PannerOptions.orientationX');
    value = from.orientationY;
    if (value !== undefined) orientationY = float(value, 'PannerOptions.orientationY');
    value = from.orientationZ;
    if (value !== undefined) orientationZ = float(value, 'PannerOptions.orientationZ');
    value = from.panningModel;
    if (value !== undefined) panningModel =
      enumeration(value, PanningModelType, 'PanningModelType', 'PannerOptions.panningModel');
    value = from.positionX;
    if (value !== undefined) positionX = float(value, 'PannerOptions.positionX');
    value = from.positionY;
    if (value !== undefined) positionY = float(value, 'PannerOptions.positionY');
    value = from.positionZ;
    if (value !== undefined) positionZ = float(value, 'PannerOptions.positionZ');
    value = from.refDistance;
    if (value !== undefined) refDistance = double(value, 'PannerOptions.refDistance');
    value = from.rolloffFactor;
    if (value !== undefined) rolloffFactor = double(value, 'PannerOptions.rolloffFactor');
  }
  return { channelCount, channelCountMode, channelInterpretation, coneInnerAngle, coneOuterAngle,
    coneOuterGain, distanceModel, maxDistance, orientationX, orientationY, orientationZ, panningModel,
      positionX, positionY, positionZ, refDistance, rolloffFactor };
}

export function toPeriodicWaveConstraints(from, what) {
  const given = dictionaryObject(from, what);
  let disableNormalization = false;
  if (given !== undefined) {
    let value;
    value = from.disableNormalization;
    if (value !== undefined) disableNormalization = Boolean(value);
  }
  return { disableNormalization };
}

export function toPeriodicWaveOptions(from, what) {
  const given = dictionaryObject(from, what);
  let disableNormalization = false;
  let imag;
  let real;
  if (given !== undefined) {
    let value;
    value = from.disableNormalization;
    if (value !== undefined) disableNormalization = Boolean(value);
    value = from.imag;
    if (value !== undefined) imag = floatSequence(value, 'PeriodicWaveOptions.imag');
    value = from.real;
    if (value !== undefined) real = floatSequence(value, 'PeriodicWaveOptions.real');
  }
  return { disableNormalization, imag, real };
}

export function toStereoPannerOptions(from, what) {
  const given = dictionaryObject(from, what);
  let channelCount;
  let channelCountMode;
  let channelInterpretation;
  let pan = 0;
  if (given !== undefined) {
    let value;
    value = from.channelCount;
    if (value !== undefined) channelCount = unsignedLong(value, 'AudioNodeOptions.channelCount');
    value = from.channelCountMode;
    if (value !== undefined) channelCountMode =
      enumeration(value, ChannelCountMode, 'ChannelCountMode', 'AudioNodeOptions.channelCountMode');
    value = from.channelInterpretation;
    if (value !== undefined) channelInterpretation =
      enumeration(value, ChannelInterpretation, 'ChannelInterpretation',
        'AudioNodeOptions.channelInterpretation');
    value = from.pan;
    if (value !== undefined) pan = float(value, 'StereoPannerOptions.pan');
  }
  return { channelCount, channelCountMode, channelInterpretation, pan };
}

export function toWaveShaperOptions(from, what) {
  const given = dictionaryObject(from, what);
  let channelCount;
  let channelCountMode;
  let channelInterpretation;
  let curve;
  let oversample = 'none';
  if (given !== undefined) {
    let value;
    value = from.channelCount;
    if (value !== undefined) channelCount = unsignedLong(value, 'AudioNodeOptions.channelCount');
    value = from.channelCountMode;
    if (value !== undefined) channelCountMode =
      enumeration(value, ChannelCountMode, 'ChannelCountMode', 'AudioNodeOptions.channelCountMode');
    value = from.channelInterpretation;
    if (value !== undefined) channelInterpretation =
      enumeration(value, ChannelInterpretation, 'ChannelInterpretation',
        'AudioNodeOptions.channelInterpretation');
    value = from.curve;
    if (value !== undefined) curve = floatSequence(value, 'WaveShaperOptions.curve');
    value = from.oversample;
    if (value !== undefined) oversample =
      enumeration(value, OverSampleType, 'OverSampleType', 'WaveShaperOptions.oversample');
  }
  return { channelCount, channelCountMode, channelInterpretation, curve, oversample };
}

export function toAudioWorkletNodeOptions(from, what) {
  const given = dictionaryObject(from, what);
  let channelCount;
  let channelCountMode;
  let channelInterpretation;
  let numberOfInputs = 1;
  let numberOfOutputs = 1;
  let outputChannelCount;
  let parameterData;
  let processorOptions;
  if (given !== undefined) {
    let value;
    value = from.channelCount;
    if (value !== undefined) channelCount = unsignedLong(value, 'AudioNodeOptions.channelCount');
    value = from.channelCountMode;
    if (value !== undefined) channelCountMode =
      enumeration(value, ChannelCountMode, 'ChannelCountMode', 'AudioNodeOptions.channelCountMode');
    value = from.channelInterpretation;
    if (value !== undefined) channelInterpretation =
      enumeration(value, ChannelInterpretation, 'ChannelInterpretation',
        'AudioNodeOptions.channelInterpretation');
    value = from.numberOfInputs;
    if (value !== undefined) numberOfInputs = unsignedLong(value, 'AudioWorkletNodeOptions.numberOfInputs');
    value = from.numberOfOutputs;
    if (value !== undefined) numberOfOutputs = unsignedLong(value, 'AudioWorkletNodeOptions.numberOfOutputs');
    value = from.outputChannelCount;
    if (value !== undefined) outputChannelCount =
      sequence(value, unsignedLong, 'AudioWorkletNodeOptions.outputChannelCount');
    value = from.parameterData;
    if (value !== undefined) parameterData = record(value, double, 'AudioWorkletNodeOptions.parameterData');
    value = from.processorOptions;
    if (value !== undefined) processorOptions = object(value, 'AudioWorkletNodeOptions.processorOptions');
  }
  return { channelCount, channelCountMode, channelInterpretation, numberOfInputs, numberOfOutputs,
    outputChannelCount, parameterData, processorOptions };
}

export function toAudioInputOptions(from, what) {
  const given = dictionaryObject(from, what);
  let channelCount = 1;
  let deviceId = '';
  if (given !== undefined) {
    let value;
    value = from.channelCount;
    if (value !== undefined) channelCount = unsignedLong(value, 'AudioInputOptions.channelCount');
    value = from.deviceId;
    if (value !== undefined) deviceId = string(value, 'AudioInputOptions.deviceId');
  }
  return { channelCount, deviceId };
}

export function toMediaFileSourceOptions(from, what) {
  const given = dictionaryObject(from, what);
  let channelCount;
  let channelCountMode;
  let channelInterpretation;
  let loop = false;
  let path;
  let playbackRate = 1;
  if (given !== undefined) {
    let value;
    value = from.channelCount;
    if (value !== undefined) channelCount = unsignedLong(value, 'AudioNodeOptions.channelCount');
    value = from.channelCountMode;
    if (value !== undefined) channelCountMode =
      enumeration(value, ChannelCountMode, 'ChannelCountMode', 'AudioNodeOptions.channelCountMode');
    value = from.channelInterpretation;
    if (value !== undefined) channelInterpretation =
      enumeration(value, ChannelInterpretation, 'ChannelInterpretation',
        'AudioNodeOptions.channelInterpretation');
    value = from.loop;
    if (value !== undefined) loop = Boolean(value);
    value = from.path;
    if (value !== undefined) path = string(value, 'MediaFileSourceOptions.path');
    else throw missingMember('MediaFileSourceOptions.path');
    value = from.playbackRate;
    if (value !== undefined) playbackRate = float(value, 'MediaFileSourceOptions.playbackRate');
  } else {
    throw missingMember('MediaFileSourceOptions.path');
  }
  return { channelCount, channelCountMode, channelInterpretation, loop, path, playbackRate };
}
