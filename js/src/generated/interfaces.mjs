// Generated from the Web Audio IDL by tools/generate.mjs: do not edit.
import { double, float, unsignedLong, string, sequence, floatSequence, object, arrayBuffer, typedArray,
  callbackFunction, foreignArgument, instanceArgument, needArguments, illegalInvocation, illegalConstructor,
    noOverload, finishInterface, addMembers, isObjectOrNothing } from '../webidl.mjs';
import { TOKEN, NodeRoot, nodeState, nodeStateOf } from '../impl/brands.mjs';
import { missing } from '../errors.mjs';
import * as events from '../impl/events.mjs';
import * as worklet from '../impl/worklet.mjs';
import * as base_audio_context from '../impl/base_audio_context.mjs';
import * as audio_context from '../impl/audio_context.mjs';
import * as audio_sink_info from '../impl/audio_sink_info.mjs';
import * as offline_audio_context from '../impl/offline_audio_context.mjs';
import * as audio_buffer from '../impl/audio_buffer.mjs';
import * as audio_node from '../impl/audio_node.mjs';
import * as audio_param from '../impl/audio_param.mjs';
import * as audio_scheduled_source_node from '../impl/audio_scheduled_source_node.mjs';
import * as analyser_node from '../impl/analyser_node.mjs';
import * as audio_buffer_source_node from '../impl/audio_buffer_source_node.mjs';
import * as audio_destination_node from '../impl/audio_destination_node.mjs';
import * as audio_listener from '../impl/audio_listener.mjs';
import * as biquad_filter_node from '../impl/biquad_filter_node.mjs';
import * as channel_merger_node from '../impl/channel_merger_node.mjs';
import * as channel_splitter_node from '../impl/channel_splitter_node.mjs';
import * as constant_source_node from '../impl/constant_source_node.mjs';
import * as convolver_node from '../impl/convolver_node.mjs';
import * as delay_node from '../impl/delay_node.mjs';
import * as dynamics_compressor_node from '../impl/dynamics_compressor_node.mjs';
import * as gain_node from '../impl/gain_node.mjs';
import * as iir_filter_node from '../impl/iir_filter_node.mjs';
import * as oscillator_node from '../impl/oscillator_node.mjs';
import * as panner_node from '../impl/panner_node.mjs';
import * as periodic_wave from '../impl/periodic_wave.mjs';
import * as script_processor_node from '../impl/script_processor_node.mjs';
import * as stereo_panner_node from '../impl/stereo_panner_node.mjs';
import * as wave_shaper_node from '../impl/wave_shaper_node.mjs';
import * as audio_worklet from '../impl/audio_worklet.mjs';
import * as audio_worklet_node from '../impl/audio_worklet_node.mjs';
import * as audio_playback_stats from '../impl/audio_playback_stats.mjs';
import * as audio_input_node from '../impl/audio_input_node.mjs';
import * as media_file_source_node from '../impl/media_file_source_node.mjs';
import { ChannelCountMode, ChannelInterpretation, AutomationRate, BiquadFilterType, OscillatorType,
  PanningModelType, DistanceModelType, OverSampleType, toWorkletOptions, toAudioContextOptions,
    toAudioSinkOptions, toOfflineAudioContextOptions, toOfflineAudioCompletionEventInit,
      toAudioBufferOptions, toAudioNodeOptions, toAnalyserOptions, toAudioBufferSourceOptions,
        toAudioProcessingEventInit, toBiquadFilterOptions, toChannelMergerOptions, toChannelSplitterOptions,
          toConstantSourceOptions, toConvolverOptions, toDelayOptions, toDynamicsCompressorOptions,
            toGainOptions, toIIRFilterOptions, toMediaElementAudioSourceOptions,
              toMediaStreamAudioSourceOptions, toMediaStreamTrackAudioSourceOptions, toOscillatorOptions,
                toPannerOptions, toPeriodicWaveConstraints, toPeriodicWaveOptions, toStereoPannerOptions,
                  toWaveShaperOptions, toAudioWorkletNodeOptions,
                    toMediaFileSourceOptions } from './dictionaries.mjs';

export function contextArgument(value, what) {
  if (!isBaseAudioContext(value)) throw new TypeError(`${what}: not a BaseAudioContext`);
  return contextState(value);
}

export function audioContextArgument(value, what) {
  const s = contextArgument(value, what);
  if (s.isOffline) throw new TypeError(`${what}: not an AudioContext`);
  return s;
}

let workletState, isWorklet;
export class Worklet {
  #state;
  constructor(token = undefined, state = undefined) {
    if (token !== TOKEN) throw illegalConstructor('Worklet');
    this.#state = state;
  }
  addModule(moduleURL, options = undefined) {
    try {
      const s = this.#state;
      needArguments(arguments.length, 1, 'Worklet.addModule');
      const moduleURL_ = string(moduleURL, 'Worklet.addModule: moduleURL');
      const options_ = toWorkletOptions(options, 'Worklet.addModule: options');
      return worklet.addModule(s, moduleURL_, options_);
    } catch (error) {
      return Promise.reject(error);
    }
  }
  static {
    workletState = (of) => of.#state;
    isWorklet = (of) => typeof of === 'object' && of !== null && #state in of;
  }
}
finishInterface(Worklet, 'Worklet');
export { workletState, isWorklet };

let contextState, isBaseAudioContext;
export class BaseAudioContext extends EventTarget {
  #state;
  constructor(token = undefined, state = undefined) {
    if (token !== TOKEN) throw illegalConstructor('BaseAudioContext');
    super();
    this.#state = state;
    state.wrapper = this;
  }
  get destination() {
    const s = contextState(this);
    return base_audio_context.destination(s);
  }
  get sampleRate() {
    const s = contextState(this);
    return base_audio_context.sampleRate(s);
  }
  get currentTime() {
    const s = contextState(this);
    return base_audio_context.currentTime(s);
  }
  get listener() {
    const s = contextState(this);
    return base_audio_context.listener(s);
  }
  get state() {
    const s = contextState(this);
    return base_audio_context.state(s);
  }
  get renderQuantumSize() {
    const s = contextState(this);
    return base_audio_context.renderQuantumSize(s);
  }
  get audioWorklet() {
    const s = contextState(this);
    return base_audio_context.audioWorklet(s);
  }
  get onstatechange() {
    const s = contextState(this);
    return events.handler(s, 'statechange');
  }
  set onstatechange(value) {
    const s = contextState(this);
    events.setHandler(this, s, 'statechange', value);
  }
  createAnalyser() {
    const s = contextState(this);
    return new AnalyserNode(TOKEN, analyser_node.createAnalyser(s));
  }
  createBiquadFilter() {
    const s = contextState(this);
    return new BiquadFilterNode(TOKEN, biquad_filter_node.createBiquadFilter(s));
  }
  createBuffer(numberOfChannels, length, sampleRate) {
    const s = contextState(this);
    needArguments(arguments.length, 3, 'BaseAudioContext.createBuffer');
    const numberOfChannels_ =
      unsignedLong(numberOfChannels, 'BaseAudioContext.createBuffer: numberOfChannels');
    const length_ = unsignedLong(length, 'BaseAudioContext.createBuffer: length');
    const sampleRate_ = float(sampleRate, 'BaseAudioContext.createBuffer: sampleRate');
    return base_audio_context.createBuffer(s, numberOfChannels_, length_, sampleRate_);
  }
  createBufferSource() {
    const s = contextState(this);
    return new AudioBufferSourceNode(TOKEN, audio_buffer_source_node.createBufferSource(s));
  }
  createChannelMerger(numberOfInputs = 6) {
    const s = contextState(this);
    const numberOfInputs_ = unsignedLong(numberOfInputs,
      'BaseAudioContext.createChannelMerger: numberOfInputs');
    return new ChannelMergerNode(TOKEN, channel_merger_node.createChannelMerger(s, numberOfInputs_));
  }
  createChannelSplitter(numberOfOutputs = 6) {
    const s = contextState(this);
    const numberOfOutputs_ = unsignedLong(numberOfOutputs,
      'BaseAudioContext.createChannelSplitter: numberOfOutputs');
    return new ChannelSplitterNode(TOKEN, channel_splitter_node.createChannelSplitter(s, numberOfOutputs_));
  }
  createConstantSource() {
    const s = contextState(this);
    return new ConstantSourceNode(TOKEN, constant_source_node.createConstantSource(s));
  }
  createConvolver() {
    const s = contextState(this);
    return new ConvolverNode(TOKEN, convolver_node.createConvolver(s));
  }
  createDelay(maxDelayTime = 1) {
    const s = contextState(this);
    const maxDelayTime_ = double(maxDelayTime, 'BaseAudioContext.createDelay: maxDelayTime');
    return new DelayNode(TOKEN, delay_node.createDelay(s, maxDelayTime_));
  }
  createDynamicsCompressor() {
    const s = contextState(this);
    return new DynamicsCompressorNode(TOKEN, dynamics_compressor_node.createDynamicsCompressor(s));
  }
  createGain() {
    const s = contextState(this);
    return new GainNode(TOKEN, gain_node.createGain(s));
  }
  createIIRFilter(feedforward, feedback) {
    const s = contextState(this);
    needArguments(arguments.length, 2, 'BaseAudioContext.createIIRFilter');
    const feedforward_ = sequence(feedforward, double, 'BaseAudioContext.createIIRFilter: feedforward');
    const feedback_ = sequence(feedback, double, 'BaseAudioContext.createIIRFilter: feedback');
    return new IIRFilterNode(TOKEN, iir_filter_node.createIIRFilter(s, feedforward_, feedback_));
  }
  createOscillator() {
    const s = contextState(this);
    return new OscillatorNode(TOKEN, oscillator_node.createOscillator(s));
  }
  createPanner() {
    const s = contextState(this);
    return new PannerNode(TOKEN, panner_node.createPanner(s));
  }
  createPeriodicWave(real, imag, constraints = undefined) {
    const s = contextState(this);
    needArguments(arguments.length, 2, 'BaseAudioContext.createPeriodicWave');
    const real_ = floatSequence(real, 'BaseAudioContext.createPeriodicWave: real');
    const imag_ = floatSequence(imag, 'BaseAudioContext.createPeriodicWave: imag');
    const constraints_ = toPeriodicWaveConstraints(constraints,
      'BaseAudioContext.createPeriodicWave: constraints');
    return base_audio_context.createPeriodicWave(s, real_, imag_, constraints_);
  }
  createScriptProcessor(bufferSize = 0, numberOfInputChannels = 2, numberOfOutputChannels = 2) {
    const s = contextState(this);
    const bufferSize_ = unsignedLong(bufferSize, 'BaseAudioContext.createScriptProcessor: bufferSize');
    const numberOfInputChannels_ =
      unsignedLong(numberOfInputChannels, 'BaseAudioContext.createScriptProcessor: numberOfInputChannels');
    const numberOfOutputChannels_ =
      unsignedLong(numberOfOutputChannels, 'BaseAudioContext.createScriptProcessor: numberOfOutputChannels');
    return new ScriptProcessorNode(TOKEN, script_processor_node.createScriptProcessor(s, bufferSize_,
      numberOfInputChannels_, numberOfOutputChannels_));
  }
  createStereoPanner() {
    const s = contextState(this);
    return new StereoPannerNode(TOKEN, stereo_panner_node.createStereoPanner(s));
  }
  createWaveShaper() {
    const s = contextState(this);
    return new WaveShaperNode(TOKEN, wave_shaper_node.createWaveShaper(s));
  }
  decodeAudioData(audioData, successCallback = undefined, errorCallback = undefined) {
    try {
      const s = contextState(this);
      needArguments(arguments.length, 1, 'BaseAudioContext.decodeAudioData');
      const audioData_ = arrayBuffer(audioData, 'BaseAudioContext.decodeAudioData: audioData');
      const successCallback_ = successCallback === null || successCallback === undefined
        ? null : callbackFunction(successCallback, 'BaseAudioContext.decodeAudioData: successCallback');
      const errorCallback_ = errorCallback === null || errorCallback === undefined
        ? null : callbackFunction(errorCallback, 'BaseAudioContext.decodeAudioData: errorCallback');
      return base_audio_context.decodeAudioData(s, audioData_, successCallback_, errorCallback_);
    } catch (error) {
      return Promise.reject(error);
    }
  }
  static {
    contextState = (of) => of.#state;
    isBaseAudioContext = (of) => typeof of === 'object' && of !== null && #state in of;
  }
}
finishInterface(BaseAudioContext, 'BaseAudioContext');
export { contextState, isBaseAudioContext };

export class AudioContext extends BaseAudioContext {
  constructor(contextOptions = undefined, own = undefined) {
    let state = own;
    if (contextOptions !== TOKEN) {
      const contextOptions_ = toAudioContextOptions(contextOptions, 'AudioContext: contextOptions');
      state = audio_context.construct(contextOptions_);
    }
    super(TOKEN, state);
  }
  get baseLatency() {
    const s = contextState(this);
    if (s.isOffline) throw illegalInvocation('AudioContext.baseLatency');
    return audio_context.baseLatency(s);
  }
  get outputLatency() {
    const s = contextState(this);
    if (s.isOffline) throw illegalInvocation('AudioContext.outputLatency');
    return audio_context.outputLatency(s);
  }
  get sinkId() {
    const s = contextState(this);
    if (s.isOffline) throw illegalInvocation('AudioContext.sinkId');
    return audio_context.sinkId(s);
  }
  get onsinkchange() {
    const s = contextState(this);
    if (s.isOffline) throw illegalInvocation('AudioContext.onsinkchange');
    return events.handler(s, 'sinkchange');
  }
  set onsinkchange(value) {
    const s = contextState(this);
    if (s.isOffline) throw illegalInvocation('AudioContext.onsinkchange');
    events.setHandler(this, s, 'sinkchange', value);
  }
  get onerror() {
    const s = contextState(this);
    if (s.isOffline) throw illegalInvocation('AudioContext.onerror');
    return events.handler(s, 'error');
  }
  set onerror(value) {
    const s = contextState(this);
    if (s.isOffline) throw illegalInvocation('AudioContext.onerror');
    events.setHandler(this, s, 'error', value);
  }
  get playbackStats() {
    const s = contextState(this);
    if (s.isOffline) throw illegalInvocation('AudioContext.playbackStats');
    return audio_context.playbackStats(s);
  }
  getOutputTimestamp() {
    const s = contextState(this);
    if (s.isOffline) throw illegalInvocation('AudioContext.getOutputTimestamp');
    return audio_context.getOutputTimestamp(s);
  }
  resume() {
    try {
      const s = contextState(this);
      if (s.isOffline) throw illegalInvocation('AudioContext.resume');
      return audio_context.resume(s);
    } catch (error) {
      return Promise.reject(error);
    }
  }
  suspend() {
    try {
      const s = contextState(this);
      if (s.isOffline) throw illegalInvocation('AudioContext.suspend');
      return audio_context.suspend(s);
    } catch (error) {
      return Promise.reject(error);
    }
  }
  close() {
    try {
      const s = contextState(this);
      if (s.isOffline) throw illegalInvocation('AudioContext.close');
      return audio_context.close(s);
    } catch (error) {
      return Promise.reject(error);
    }
  }
  setSinkId(sinkId) {
    try {
      const s = contextState(this);
      if (s.isOffline) throw illegalInvocation('AudioContext.setSinkId');
      needArguments(arguments.length, 1, 'AudioContext.setSinkId');
      const sinkId_ = isObjectOrNothing(sinkId)
        ? toAudioSinkOptions(sinkId, 'AudioContext.setSinkId: sinkId') : string(sinkId,
          'AudioContext.setSinkId: sinkId');
      return audio_context.setSinkId(s, sinkId_);
    } catch (error) {
      return Promise.reject(error);
    }
  }
  createMediaElementSource(mediaElement) {
    const s = contextState(this);
    if (s.isOffline) throw illegalInvocation('AudioContext.createMediaElementSource');
    needArguments(arguments.length, 1, 'AudioContext.createMediaElementSource');
    const mediaElement_ = foreignArgument(mediaElement, 'HTMLMediaElement',
      'AudioContext.createMediaElementSource: mediaElement');
    throw missing('MediaElementAudioSourceNode');
  }
  createMediaStreamSource(mediaStream) {
    const s = contextState(this);
    if (s.isOffline) throw illegalInvocation('AudioContext.createMediaStreamSource');
    needArguments(arguments.length, 1, 'AudioContext.createMediaStreamSource');
    const mediaStream_ = foreignArgument(mediaStream, 'MediaStream',
      'AudioContext.createMediaStreamSource: mediaStream');
    throw missing('MediaStreamAudioSourceNode');
  }
  createMediaStreamTrackSource(mediaStreamTrack) {
    const s = contextState(this);
    if (s.isOffline) throw illegalInvocation('AudioContext.createMediaStreamTrackSource');
    needArguments(arguments.length, 1, 'AudioContext.createMediaStreamTrackSource');
    const mediaStreamTrack_ =
      foreignArgument(mediaStreamTrack, 'MediaStreamTrack',
        'AudioContext.createMediaStreamTrackSource: mediaStreamTrack');
    throw missing('MediaStreamTrackAudioSourceNode');
  }
  createMediaStreamDestination() {
    const s = contextState(this);
    if (s.isOffline) throw illegalInvocation('AudioContext.createMediaStreamDestination');
    throw missing('MediaStreamAudioDestinationNode');
  }
}
finishInterface(AudioContext, 'AudioContext');

let audioSinkInfoState, isAudioSinkInfo;
export class AudioSinkInfo {
  #state;
  constructor(token = undefined, state = undefined) {
    if (token !== TOKEN) throw illegalConstructor('AudioSinkInfo');
    this.#state = state;
  }
  get type() {
    const s = this.#state;
    return audio_sink_info.type(s);
  }
  static {
    audioSinkInfoState = (of) => of.#state;
    isAudioSinkInfo = (of) => typeof of === 'object' && of !== null && #state in of;
  }
}
finishInterface(AudioSinkInfo, 'AudioSinkInfo');
export { audioSinkInfoState, isAudioSinkInfo };

export class OfflineAudioContext extends BaseAudioContext {
  constructor(numberOfChannels, length = undefined, sampleRate = undefined) {
    let state = length;
    if (numberOfChannels !== TOKEN) {
      needArguments(arguments.length, 1, 'OfflineAudioContext');
      if (arguments.length === 2) throw noOverload('OfflineAudioContext');
      if (arguments.length === 1) {
        state = offline_audio_context.construct(toOfflineAudioContextOptions(numberOfChannels,
          'OfflineAudioContext: contextOptions'));
      } else {
        const numberOfChannels_ = unsignedLong(numberOfChannels, 'OfflineAudioContext: numberOfChannels');
        const length_ = unsignedLong(length, 'OfflineAudioContext: length');
        const sampleRate_ = float(sampleRate, 'OfflineAudioContext: sampleRate');
        state = offline_audio_context.constructFrom(numberOfChannels_, length_, sampleRate_);
      }
    }
    super(TOKEN, state);
  }
  get length() {
    const s = contextState(this);
    if (!s.isOffline) throw illegalInvocation('OfflineAudioContext.length');
    return offline_audio_context.length(s);
  }
  get oncomplete() {
    const s = contextState(this);
    if (!s.isOffline) throw illegalInvocation('OfflineAudioContext.oncomplete');
    return events.handler(s, 'complete');
  }
  set oncomplete(value) {
    const s = contextState(this);
    if (!s.isOffline) throw illegalInvocation('OfflineAudioContext.oncomplete');
    events.setHandler(this, s, 'complete', value);
  }
  startRendering(chunkSize = null) {
    try {
      const s = contextState(this);
      if (!s.isOffline) throw illegalInvocation('OfflineAudioContext.startRendering');
      const chunkSize_ = chunkSize === null || chunkSize === undefined
        ? null : unsignedLong(chunkSize, 'OfflineAudioContext.startRendering: chunkSize');
      return offline_audio_context.startRendering(s, chunkSize_);
    } catch (error) {
      return Promise.reject(error);
    }
  }
  resume() {
    try {
      const s = contextState(this);
      if (!s.isOffline) throw illegalInvocation('OfflineAudioContext.resume');
      return offline_audio_context.resume(s);
    } catch (error) {
      return Promise.reject(error);
    }
  }
  suspend(suspendTime) {
    try {
      const s = contextState(this);
      if (!s.isOffline) throw illegalInvocation('OfflineAudioContext.suspend');
      needArguments(arguments.length, 1, 'OfflineAudioContext.suspend');
      const suspendTime_ = double(suspendTime, 'OfflineAudioContext.suspend: suspendTime');
      return offline_audio_context.suspend(s, suspendTime_);
    } catch (error) {
      return Promise.reject(error);
    }
  }
  close() {
    try {
      const s = contextState(this);
      if (!s.isOffline) throw illegalInvocation('OfflineAudioContext.close');
      return offline_audio_context.close(s);
    } catch (error) {
      return Promise.reject(error);
    }
  }
}
finishInterface(OfflineAudioContext, 'OfflineAudioContext');

export class OfflineAudioCompletionEvent extends Event {
  #state;
  constructor(type, eventInitDict) {
    needArguments(arguments.length, 2, 'OfflineAudioCompletionEvent');
    const type_ = string(type, 'OfflineAudioCompletionEvent: type');
    const eventInitDict_ = toOfflineAudioCompletionEventInit(eventInitDict,
      'OfflineAudioCompletionEvent: eventInitDict');
    super(type_, eventInitDict_);
    this.#state = eventInitDict_;
  }
  get renderedBuffer() {
    const s = this.#state;
    return s.renderedBuffer;
  }
}
finishInterface(OfflineAudioCompletionEvent, 'OfflineAudioCompletionEvent');

let audioBufferState, isAudioBuffer;
export class AudioBuffer {
  #state;
  constructor(options, own = undefined) {
    let state = own;
    if (options !== TOKEN) {
      needArguments(arguments.length, 1, 'AudioBuffer');
      const options_ = toAudioBufferOptions(options, 'AudioBuffer: options');
      state = audio_buffer.construct(options_);
    }
    this.#state = state;
  }
  get sampleRate() {
    const s = this.#state;
    return audio_buffer.sampleRate(s);
  }
  get length() {
    const s = this.#state;
    return audio_buffer.length(s);
  }
  get duration() {
    const s = this.#state;
    return audio_buffer.duration(s);
  }
  get numberOfChannels() {
    const s = this.#state;
    return audio_buffer.numberOfChannels(s);
  }
  getChannelData(channel) {
    const s = this.#state;
    needArguments(arguments.length, 1, 'AudioBuffer.getChannelData');
    const channel_ = unsignedLong(channel, 'AudioBuffer.getChannelData: channel');
    return audio_buffer.getChannelData(s, channel_);
  }
  copyFromChannel(destination, channelNumber, bufferOffset = 0) {
    const s = this.#state;
    needArguments(arguments.length, 2, 'AudioBuffer.copyFromChannel');
    const destination_ = typedArray(destination, 'Float32Array', 'AudioBuffer.copyFromChannel: destination');
    const channelNumber_ = unsignedLong(channelNumber, 'AudioBuffer.copyFromChannel: channelNumber');
    const bufferOffset_ = unsignedLong(bufferOffset, 'AudioBuffer.copyFromChannel: bufferOffset');
    audio_buffer.copyFromChannel(s, destination_, channelNumber_, bufferOffset_);
  }
  copyToChannel(source, channelNumber, bufferOffset = 0) {
    const s = this.#state;
    needArguments(arguments.length, 2, 'AudioBuffer.copyToChannel');
    const source_ = typedArray(source, 'Float32Array', 'AudioBuffer.copyToChannel: source');
    const channelNumber_ = unsignedLong(channelNumber, 'AudioBuffer.copyToChannel: channelNumber');
    const bufferOffset_ = unsignedLong(bufferOffset, 'AudioBuffer.copyToChannel: bufferOffset');
    audio_buffer.copyToChannel(s, source_, channelNumber_, bufferOffset_);
  }
  static {
    audioBufferState = (of) => of.#state;
    isAudioBuffer = (of) => typeof of === 'object' && of !== null && #state in of;
  }
}
finishInterface(AudioBuffer, 'AudioBuffer');
export { audioBufferState, isAudioBuffer };

export const AudioNode = NodeRoot;
addMembers(AudioNode, 'AudioNode', {
  get context() {
    const s = nodeState(this);
    return audio_node.context(s);
  },
  get numberOfInputs() {
    const s = nodeState(this);
    return audio_node.numberOfInputs(s);
  },
  get numberOfOutputs() {
    const s = nodeState(this);
    return audio_node.numberOfOutputs(s);
  },
  get channelCount() {
    const s = nodeState(this);
    return audio_node.channelCount(s);
  },
  set channelCount(value) {
    const s = nodeState(this);
    audio_node.setChannelCount(s, unsignedLong(value, 'AudioNode.channelCount'));
  },
  get channelCountMode() {
    const s = nodeState(this);
    return audio_node.channelCountMode(s);
  },
  set channelCountMode(value) {
    const s = nodeState(this);
    const text = string(value, 'AudioNode.channelCountMode');
    if (ChannelCountMode.has(text)) audio_node.setChannelCountMode(s, text);
  },
  get channelInterpretation() {
    const s = nodeState(this);
    return audio_node.channelInterpretation(s);
  },
  set channelInterpretation(value) {
    const s = nodeState(this);
    const text = string(value, 'AudioNode.channelInterpretation');
    if (ChannelInterpretation.has(text)) audio_node.setChannelInterpretation(s, text);
  },
  connect(destinationNode, output = 0, input = 0) {
    const s = nodeState(this);
    const count = arguments.length;
    needArguments(count, 1, 'AudioNode.connect');
    const node = nodeStateOf(destinationNode);
    if (node !== undefined) {
      audio_node.connectNode(s, node, unsignedLong(output, 'AudioNode.connect: output'), unsignedLong(input,
        'AudioNode.connect: input'));
      return destinationNode;
    }
    const param = paramStateOf(destinationNode);
    if (count <= 2 && param !== undefined) {
      audio_node.connectParam(s, param, unsignedLong(output, 'AudioNode.connect: output'));
      return;
    }
    throw noOverload('AudioNode.connect');
  },
  disconnect(destinationNode = undefined, output = undefined, input = undefined) {
    const s = nodeState(this);
    const count = arguments.length;
    if (count === 0) {
      audio_node.disconnectAll(s);
      return;
    }
    const node = nodeStateOf(destinationNode);
    if (node !== undefined) {
      audio_node.disconnectNode(s, node, count < 2
        ? -1 : unsignedLong(output, 'AudioNode.disconnect: output'), count < 3
          ? -1 : unsignedLong(input, 'AudioNode.disconnect: input'));
      return;
    }
    const param = paramStateOf(destinationNode);
    if (count <= 2 && param !== undefined) {
      audio_node.disconnectParam(s, param, count < 2
        ? -1 : unsignedLong(output, 'AudioNode.disconnect: output'));
      return;
    }
    if (count === 1) {
      audio_node.disconnectOutput(s, unsignedLong(destinationNode, 'AudioNode.disconnect: output'));
      return;
    }
    throw noOverload('AudioNode.disconnect');
  },
});

let paramStateOf;
export class AudioParam {
  #state;
  constructor(token = undefined, state = undefined) {
    if (token !== TOKEN) throw illegalConstructor('AudioParam');
    this.#state = state;
  }
  get value() {
    const s = this.#state;
    return audio_param.value(s);
  }
  set value(value) {
    const s = this.#state;
    audio_param.setValue(s, float(value, 'AudioParam.value'));
  }
  get automationRate() {
    const s = this.#state;
    return audio_param.automationRate(s);
  }
  set automationRate(value) {
    const s = this.#state;
    const text = string(value, 'AudioParam.automationRate');
    if (AutomationRate.has(text)) audio_param.setAutomationRate(s, text);
  }
  get defaultValue() {
    const s = this.#state;
    return audio_param.defaultValue(s);
  }
  get minValue() {
    const s = this.#state;
    return audio_param.minValue(s);
  }
  get maxValue() {
    const s = this.#state;
    return audio_param.maxValue(s);
  }
  setValueAtTime(value, startTime) {
    const s = this.#state;
    needArguments(arguments.length, 2, 'AudioParam.setValueAtTime');
    const value_ = float(value, 'AudioParam.setValueAtTime: value');
    const startTime_ = double(startTime, 'AudioParam.setValueAtTime: startTime');
    audio_param.setValueAtTime(s, value_, startTime_); return this;
  }
  linearRampToValueAtTime(value, endTime) {
    const s = this.#state;
    needArguments(arguments.length, 2, 'AudioParam.linearRampToValueAtTime');
    const value_ = float(value, 'AudioParam.linearRampToValueAtTime: value');
    const endTime_ = double(endTime, 'AudioParam.linearRampToValueAtTime: endTime');
    audio_param.linearRampToValueAtTime(s, value_, endTime_); return this;
  }
  exponentialRampToValueAtTime(value, endTime) {
    const s = this.#state;
    needArguments(arguments.length, 2, 'AudioParam.exponentialRampToValueAtTime');
    const value_ = float(value, 'AudioParam.exponentialRampToValueAtTime: value');
    const endTime_ = double(endTime, 'AudioParam.exponentialRampToValueAtTime: endTime');
    audio_param.exponentialRampToValueAtTime(s, value_, endTime_); return this;
  }
  setTargetAtTime(target, startTime, timeConstant) {
    const s = this.#state;
    needArguments(arguments.length, 3, 'AudioParam.setTargetAtTime');
    const target_ = float(target, 'AudioParam.setTargetAtTime: target');
    const startTime_ = double(startTime, 'AudioParam.setTargetAtTime: startTime');
    const timeConstant_ = float(timeConstant, 'AudioParam.setTargetAtTime: timeConstant');
    audio_param.setTargetAtTime(s, target_, startTime_, timeConstant_); return this;
  }
  setValueCurveAtTime(values, startTime, duration) {
    const s = this.#state;
    needArguments(arguments.length, 3, 'AudioParam.setValueCurveAtTime');
    const values_ = floatSequence(values, 'AudioParam.setValueCurveAtTime: values');
    const startTime_ = double(startTime, 'AudioParam.setValueCurveAtTime: startTime');
    const duration_ = double(duration, 'AudioParam.setValueCurveAtTime: duration');
    audio_param.setValueCurveAtTime(s, values_, startTime_, duration_); return this;
  }
  cancelScheduledValues(cancelTime) {
    const s = this.#state;
    needArguments(arguments.length, 1, 'AudioParam.cancelScheduledValues');
    const cancelTime_ = double(cancelTime, 'AudioParam.cancelScheduledValues: cancelTime');
    audio_param.cancelScheduledValues(s, cancelTime_); return this;
  }
  cancelAndHoldAtTime(cancelTime) {
    const s = this.#state;
    needArguments(arguments.length, 1, 'AudioParam.cancelAndHoldAtTime');
    const cancelTime_ = double(cancelTime, 'AudioParam.cancelAndHoldAtTime: cancelTime');
    audio_param.cancelAndHoldAtTime(s, cancelTime_); return this;
  }
  static {
    paramStateOf = (of) => (typeof of === 'object' && of !== null && #state in of
      ? of.#state : undefined);
  }
}
finishInterface(AudioParam, 'AudioParam');
export { paramStateOf };

export class AudioScheduledSourceNode extends AudioNode {
  constructor(token = undefined, state = undefined) {
    if (token !== TOKEN) throw illegalConstructor('AudioScheduledSourceNode');
    super(TOKEN, state);
  }
  get onended() {
    const s = nodeState(this);
    if (!s.kind.isSource) throw illegalInvocation('AudioScheduledSourceNode.onended');
    return events.handler(s, 'ended');
  }
  set onended(value) {
    const s = nodeState(this);
    if (!s.kind.isSource) throw illegalInvocation('AudioScheduledSourceNode.onended');
    events.setHandler(this, s, 'ended', value);
  }
  start(when = 0) {
    const s = nodeState(this);
    if (!s.kind.isSource) throw illegalInvocation('AudioScheduledSourceNode.start');
    const when_ = double(when, 'AudioScheduledSourceNode.start: when');
    audio_scheduled_source_node.start(s, when_);
  }
  stop(when = 0) {
    const s = nodeState(this);
    if (!s.kind.isSource) throw illegalInvocation('AudioScheduledSourceNode.stop');
    const when_ = double(when, 'AudioScheduledSourceNode.stop: when');
    audio_scheduled_source_node.stop(s, when_);
  }
}
finishInterface(AudioScheduledSourceNode, 'AudioScheduledSourceNode');

export class AnalyserNode extends AudioNode {
  constructor(context, options = undefined) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 1, 'AnalyserNode');
      const context_ = contextArgument(context, 'AnalyserNode: context');
      const options_ = toAnalyserOptions(options, 'AnalyserNode: options');
      state = analyser_node.construct(context_, options_);
    }
    super(TOKEN, state);
  }
  get fftSize() {
    const s = nodeState(this);
    if (s.kind !== analyser_node.kind) throw illegalInvocation('AnalyserNode.fftSize');
    return analyser_node.fftSize(s);
  }
  set fftSize(value) {
    const s = nodeState(this);
    if (s.kind !== analyser_node.kind) throw illegalInvocation('AnalyserNode.fftSize');
    analyser_node.setFftSize(s, unsignedLong(value, 'AnalyserNode.fftSize'));
  }
  get frequencyBinCount() {
    const s = nodeState(this);
    if (s.kind !== analyser_node.kind) throw illegalInvocation('AnalyserNode.frequencyBinCount');
    return analyser_node.frequencyBinCount(s);
  }
  get minDecibels() {
    const s = nodeState(this);
    if (s.kind !== analyser_node.kind) throw illegalInvocation('AnalyserNode.minDecibels');
    return analyser_node.minDecibels(s);
  }
  set minDecibels(value) {
    const s = nodeState(this);
    if (s.kind !== analyser_node.kind) throw illegalInvocation('AnalyserNode.minDecibels');
    analyser_node.setMinDecibels(s, double(value, 'AnalyserNode.minDecibels'));
  }
  get maxDecibels() {
    const s = nodeState(this);
    if (s.kind !== analyser_node.kind) throw illegalInvocation('AnalyserNode.maxDecibels');
    return analyser_node.maxDecibels(s);
  }
  set maxDecibels(value) {
    const s = nodeState(this);
    if (s.kind !== analyser_node.kind) throw illegalInvocation('AnalyserNode.maxDecibels');
    analyser_node.setMaxDecibels(s, double(value, 'AnalyserNode.maxDecibels'));
  }
  get smoothingTimeConstant() {
    const s = nodeState(this);
    if (s.kind !== analyser_node.kind) throw illegalInvocation('AnalyserNode.smoothingTimeConstant');
    return analyser_node.smoothingTimeConstant(s);
  }
  set smoothingTimeConstant(value) {
    const s = nodeState(this);
    if (s.kind !== analyser_node.kind) throw illegalInvocation('AnalyserNode.smoothingTimeConstant');
    analyser_node.setSmoothingTimeConstant(s, double(value, 'AnalyserNode.smoothingTimeConstant'));
  }
  getFloatFrequencyData(array) {
    const s = nodeState(this);
    if (s.kind !== analyser_node.kind) throw illegalInvocation('AnalyserNode.getFloatFrequencyData');
    needArguments(arguments.length, 1, 'AnalyserNode.getFloatFrequencyData');
    const array_ = typedArray(array, 'Float32Array', 'AnalyserNode.getFloatFrequencyData: array');
    analyser_node.getFloatFrequencyData(s, array_);
  }
  getByteFrequencyData(array) {
    const s = nodeState(this);
    if (s.kind !== analyser_node.kind) throw illegalInvocation('AnalyserNode.getByteFrequencyData');
    needArguments(arguments.length, 1, 'AnalyserNode.getByteFrequencyData');
    const array_ = typedArray(array, 'Uint8Array', 'AnalyserNode.getByteFrequencyData: array');
    analyser_node.getByteFrequencyData(s, array_);
  }
  getFloatTimeDomainData(array) {
    const s = nodeState(this);
    if (s.kind !== analyser_node.kind) throw illegalInvocation('AnalyserNode.getFloatTimeDomainData');
    needArguments(arguments.length, 1, 'AnalyserNode.getFloatTimeDomainData');
    const array_ = typedArray(array, 'Float32Array', 'AnalyserNode.getFloatTimeDomainData: array');
    analyser_node.getFloatTimeDomainData(s, array_);
  }
  getByteTimeDomainData(array) {
    const s = nodeState(this);
    if (s.kind !== analyser_node.kind) throw illegalInvocation('AnalyserNode.getByteTimeDomainData');
    needArguments(arguments.length, 1, 'AnalyserNode.getByteTimeDomainData');
    const array_ = typedArray(array, 'Uint8Array', 'AnalyserNode.getByteTimeDomainData: array');
    analyser_node.getByteTimeDomainData(s, array_);
  }
}
finishInterface(AnalyserNode, 'AnalyserNode');

export class AudioBufferSourceNode extends AudioScheduledSourceNode {
  constructor(context, options = undefined) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 1, 'AudioBufferSourceNode');
      const context_ = contextArgument(context, 'AudioBufferSourceNode: context');
      const options_ = toAudioBufferSourceOptions(options, 'AudioBufferSourceNode: options');
      state = audio_buffer_source_node.construct(context_, options_);
    }
    super(TOKEN, state);
  }
  get buffer() {
    const s = nodeState(this);
    if (s.kind !== audio_buffer_source_node.kind) throw illegalInvocation('AudioBufferSourceNode.buffer');
    return audio_buffer_source_node.buffer(s);
  }
  set buffer(value) {
    const s = nodeState(this);
    if (s.kind !== audio_buffer_source_node.kind) throw illegalInvocation('AudioBufferSourceNode.buffer');
    audio_buffer_source_node.setBuffer(s, value === null || value === undefined
      ? null : instanceArgument(value, isAudioBuffer, 'AudioBuffer', 'AudioBufferSourceNode.buffer'));
  }
  get playbackRate() {
    const s = nodeState(this);
    if (s.kind !== audio_buffer_source_node.kind) throw illegalInvocation('AudioBufferSourceNode.playbackRate');
    return audio_param.paramOf(s, 0);
  }
  get detune() {
    const s = nodeState(this);
    if (s.kind !== audio_buffer_source_node.kind) throw illegalInvocation('AudioBufferSourceNode.detune');
    return audio_param.paramOf(s, 1);
  }
  get loop() {
    const s = nodeState(this);
    if (s.kind !== audio_buffer_source_node.kind) throw illegalInvocation('AudioBufferSourceNode.loop');
    return audio_buffer_source_node.loop(s);
  }
  set loop(value) {
    const s = nodeState(this);
    if (s.kind !== audio_buffer_source_node.kind) throw illegalInvocation('AudioBufferSourceNode.loop');
    audio_buffer_source_node.setLoop(s, Boolean(value));
  }
  get loopStart() {
    const s = nodeState(this);
    if (s.kind !== audio_buffer_source_node.kind) throw illegalInvocation('AudioBufferSourceNode.loopStart');
    return audio_buffer_source_node.loopStart(s);
  }
  set loopStart(value) {
    const s = nodeState(this);
    if (s.kind !== audio_buffer_source_node.kind) throw illegalInvocation('AudioBufferSourceNode.loopStart');
    audio_buffer_source_node.setLoopStart(s, double(value, 'AudioBufferSourceNode.loopStart'));
  }
  get loopEnd() {
    const s = nodeState(this);
    if (s.kind !== audio_buffer_source_node.kind) throw illegalInvocation('AudioBufferSourceNode.loopEnd');
    return audio_buffer_source_node.loopEnd(s);
  }
  set loopEnd(value) {
    const s = nodeState(this);
    if (s.kind !== audio_buffer_source_node.kind) throw illegalInvocation('AudioBufferSourceNode.loopEnd');
    audio_buffer_source_node.setLoopEnd(s, double(value, 'AudioBufferSourceNode.loopEnd'));
  }
  start(when = 0, offset = undefined, duration = undefined) {
    const s = nodeState(this);
    if (s.kind !== audio_buffer_source_node.kind) throw illegalInvocation('AudioBufferSourceNode.start');
    const when_ = double(when, 'AudioBufferSourceNode.start: when');
    const offset_ = offset === undefined ? undefined : double(offset, 'AudioBufferSourceNode.start: offset');
    const duration_ = duration === undefined
      ? undefined : double(duration, 'AudioBufferSourceNode.start: duration');
    audio_buffer_source_node.start(s, when_, offset_, duration_);
  }
}
finishInterface(AudioBufferSourceNode, 'AudioBufferSourceNode');

export class AudioDestinationNode extends AudioNode {
  constructor(token = undefined, state = undefined) {
    if (token !== TOKEN) throw illegalConstructor('AudioDestinationNode');
    super(TOKEN, state);
  }
  get maxChannelCount() {
    const s = nodeState(this);
    if (s.kind !== audio_destination_node.kind) throw illegalInvocation('AudioDestinationNode.maxChannelCount');
    return audio_destination_node.maxChannelCount(s);
  }
}
finishInterface(AudioDestinationNode, 'AudioDestinationNode');

let audioListenerState, isAudioListener;
export class AudioListener {
  #state;
  constructor(token = undefined, state = undefined) {
    if (token !== TOKEN) throw illegalConstructor('AudioListener');
    this.#state = state;
  }
  get positionX() {
    const s = this.#state;
    return audio_param.paramOf(s, 0);
  }
  get positionY() {
    const s = this.#state;
    return audio_param.paramOf(s, 1);
  }
  get positionZ() {
    const s = this.#state;
    return audio_param.paramOf(s, 2);
  }
  get forwardX() {
    const s = this.#state;
    return audio_param.paramOf(s, 3);
  }
  get forwardY() {
    const s = this.#state;
    return audio_param.paramOf(s, 4);
  }
  get forwardZ() {
    const s = this.#state;
    return audio_param.paramOf(s, 5);
  }
  get upX() {
    const s = this.#state;
    return audio_param.paramOf(s, 6);
  }
  get upY() {
    const s = this.#state;
    return audio_param.paramOf(s, 7);
  }
  get upZ() {
    const s = this.#state;
    return audio_param.paramOf(s, 8);
  }
  setPosition(x, y, z) {
    const s = this.#state;
    needArguments(arguments.length, 3, 'AudioListener.setPosition');
    const x_ = float(x, 'AudioListener.setPosition: x');
    const y_ = float(y, 'AudioListener.setPosition: y');
    const z_ = float(z, 'AudioListener.setPosition: z');
    audio_listener.setPosition(s, x_, y_, z_);
  }
  setOrientation(x, y, z, xUp, yUp, zUp) {
    const s = this.#state;
    needArguments(arguments.length, 6, 'AudioListener.setOrientation');
    const x_ = float(x, 'AudioListener.setOrientation: x');
    const y_ = float(y, 'AudioListener.setOrientation: y');
    const z_ = float(z, 'AudioListener.setOrientation: z');
    const xUp_ = float(xUp, 'AudioListener.setOrientation: xUp');
    const yUp_ = float(yUp, 'AudioListener.setOrientation: yUp');
    const zUp_ = float(zUp, 'AudioListener.setOrientation: zUp');
    audio_listener.setOrientation(s, x_, y_, z_, xUp_, yUp_, zUp_);
  }
  static {
    audioListenerState = (of) => of.#state;
    isAudioListener = (of) => typeof of === 'object' && of !== null && #state in of;
  }
}
finishInterface(AudioListener, 'AudioListener');
export { audioListenerState, isAudioListener };

export class AudioProcessingEvent extends Event {
  #state;
  constructor(type, eventInitDict) {
    needArguments(arguments.length, 2, 'AudioProcessingEvent');
    const type_ = string(type, 'AudioProcessingEvent: type');
    const eventInitDict_ = toAudioProcessingEventInit(eventInitDict, 'AudioProcessingEvent: eventInitDict');
    super(type_, eventInitDict_);
    this.#state = eventInitDict_;
  }
  get playbackTime() {
    const s = this.#state;
    return s.playbackTime;
  }
  get inputBuffer() {
    const s = this.#state;
    return s.inputBuffer;
  }
  get outputBuffer() {
    const s = this.#state;
    return s.outputBuffer;
  }
}
finishInterface(AudioProcessingEvent, 'AudioProcessingEvent');

export class BiquadFilterNode extends AudioNode {
  constructor(context, options = undefined) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 1, 'BiquadFilterNode');
      const context_ = contextArgument(context, 'BiquadFilterNode: context');
      const options_ = toBiquadFilterOptions(options, 'BiquadFilterNode: options');
      state = biquad_filter_node.construct(context_, options_);
    }
    super(TOKEN, state);
  }
  get type() {
    const s = nodeState(this);
    if (s.kind !== biquad_filter_node.kind) throw illegalInvocation('BiquadFilterNode.type');
    return biquad_filter_node.type(s);
  }
  set type(value) {
    const s = nodeState(this);
    if (s.kind !== biquad_filter_node.kind) throw illegalInvocation('BiquadFilterNode.type');
    const text = string(value, 'BiquadFilterNode.type');
    if (BiquadFilterType.has(text)) biquad_filter_node.setType(s, text);
  }
  get frequency() {
    const s = nodeState(this);
    if (s.kind !== biquad_filter_node.kind) throw illegalInvocation('BiquadFilterNode.frequency');
    return audio_param.paramOf(s, 0);
  }
  get detune() {
    const s = nodeState(this);
    if (s.kind !== biquad_filter_node.kind) throw illegalInvocation('BiquadFilterNode.detune');
    return audio_param.paramOf(s, 1);
  }
  get Q() {
    const s = nodeState(this);
    if (s.kind !== biquad_filter_node.kind) throw illegalInvocation('BiquadFilterNode.Q');
    return audio_param.paramOf(s, 2);
  }
  get gain() {
    const s = nodeState(this);
    if (s.kind !== biquad_filter_node.kind) throw illegalInvocation('BiquadFilterNode.gain');
    return audio_param.paramOf(s, 3);
  }
  getFrequencyResponse(frequencyHz, magResponse, phaseResponse) {
    const s = nodeState(this);
    if (s.kind !== biquad_filter_node.kind) throw illegalInvocation('BiquadFilterNode.getFrequencyResponse');
    needArguments(arguments.length, 3, 'BiquadFilterNode.getFrequencyResponse');
    const frequencyHz_ = typedArray(frequencyHz, 'Float32Array',
      'BiquadFilterNode.getFrequencyResponse: frequencyHz');
    const magResponse_ = typedArray(magResponse, 'Float32Array',
      'BiquadFilterNode.getFrequencyResponse: magResponse');
    const phaseResponse_ = typedArray(phaseResponse, 'Float32Array',
      'BiquadFilterNode.getFrequencyResponse: phaseResponse');
    biquad_filter_node.getFrequencyResponse(s, frequencyHz_, magResponse_, phaseResponse_);
  }
}
finishInterface(BiquadFilterNode, 'BiquadFilterNode');

export class ChannelMergerNode extends AudioNode {
  constructor(context, options = undefined) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 1, 'ChannelMergerNode');
      const context_ = contextArgument(context, 'ChannelMergerNode: context');
      const options_ = toChannelMergerOptions(options, 'ChannelMergerNode: options');
      state = channel_merger_node.construct(context_, options_);
    }
    super(TOKEN, state);
  }
}
finishInterface(ChannelMergerNode, 'ChannelMergerNode');

export class ChannelSplitterNode extends AudioNode {
  constructor(context, options = undefined) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 1, 'ChannelSplitterNode');
      const context_ = contextArgument(context, 'ChannelSplitterNode: context');
      const options_ = toChannelSplitterOptions(options, 'ChannelSplitterNode: options');
      state = channel_splitter_node.construct(context_, options_);
    }
    super(TOKEN, state);
  }
}
finishInterface(ChannelSplitterNode, 'ChannelSplitterNode');

export class ConstantSourceNode extends AudioScheduledSourceNode {
  constructor(context, options = undefined) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 1, 'ConstantSourceNode');
      const context_ = contextArgument(context, 'ConstantSourceNode: context');
      const options_ = toConstantSourceOptions(options, 'ConstantSourceNode: options');
      state = constant_source_node.construct(context_, options_);
    }
    super(TOKEN, state);
  }
  get offset() {
    const s = nodeState(this);
    if (s.kind !== constant_source_node.kind) throw illegalInvocation('ConstantSourceNode.offset');
    return audio_param.paramOf(s, 0);
  }
}
finishInterface(ConstantSourceNode, 'ConstantSourceNode');

export class ConvolverNode extends AudioNode {
  constructor(context, options = undefined) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 1, 'ConvolverNode');
      const context_ = contextArgument(context, 'ConvolverNode: context');
      const options_ = toConvolverOptions(options, 'ConvolverNode: options');
      state = convolver_node.construct(context_, options_);
    }
    super(TOKEN, state);
  }
  get buffer() {
    const s = nodeState(this);
    if (s.kind !== convolver_node.kind) throw illegalInvocation('ConvolverNode.buffer');
    return convolver_node.buffer(s);
  }
  set buffer(value) {
    const s = nodeState(this);
    if (s.kind !== convolver_node.kind) throw illegalInvocation('ConvolverNode.buffer');
    convolver_node.setBuffer(s, value === null || value === undefined
      ? null : instanceArgument(value, isAudioBuffer, 'AudioBuffer', 'ConvolverNode.buffer'));
  }
  get normalize() {
    const s = nodeState(this);
    if (s.kind !== convolver_node.kind) throw illegalInvocation('ConvolverNode.normalize');
    return convolver_node.normalize(s);
  }
  set normalize(value) {
    const s = nodeState(this);
    if (s.kind !== convolver_node.kind) throw illegalInvocation('ConvolverNode.normalize');
    convolver_node.setNormalize(s, Boolean(value));
  }
}
finishInterface(ConvolverNode, 'ConvolverNode');

export class DelayNode extends AudioNode {
  constructor(context, options = undefined) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 1, 'DelayNode');
      const context_ = contextArgument(context, 'DelayNode: context');
      const options_ = toDelayOptions(options, 'DelayNode: options');
      state = delay_node.construct(context_, options_);
    }
    super(TOKEN, state);
  }
  get delayTime() {
    const s = nodeState(this);
    if (s.kind !== delay_node.kind) throw illegalInvocation('DelayNode.delayTime');
    return audio_param.paramOf(s, 0);
  }
}
finishInterface(DelayNode, 'DelayNode');

export class DynamicsCompressorNode extends AudioNode {
  constructor(context, options = undefined) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 1, 'DynamicsCompressorNode');
      const context_ = contextArgument(context, 'DynamicsCompressorNode: context');
      const options_ = toDynamicsCompressorOptions(options, 'DynamicsCompressorNode: options');
      state = dynamics_compressor_node.construct(context_, options_);
    }
    super(TOKEN, state);
  }
  get threshold() {
    const s = nodeState(this);
    if (s.kind !== dynamics_compressor_node.kind) throw illegalInvocation('DynamicsCompressorNode.threshold');
    return audio_param.paramOf(s, 0);
  }
  get knee() {
    const s = nodeState(this);
    if (s.kind !== dynamics_compressor_node.kind) throw illegalInvocation('DynamicsCompressorNode.knee');
    return audio_param.paramOf(s, 1);
  }
  get ratio() {
    const s = nodeState(this);
    if (s.kind !== dynamics_compressor_node.kind) throw illegalInvocation('DynamicsCompressorNode.ratio');
    return audio_param.paramOf(s, 2);
  }
  get reduction() {
    const s = nodeState(this);
    if (s.kind !== dynamics_compressor_node.kind) throw illegalInvocation('DynamicsCompressorNode.reduction');
    return dynamics_compressor_node.reduction(s);
  }
  get attack() {
    const s = nodeState(this);
    if (s.kind !== dynamics_compressor_node.kind) throw illegalInvocation('DynamicsCompressorNode.attack');
    return audio_param.paramOf(s, 3);
  }
  get release() {
    const s = nodeState(this);
    if (s.kind !== dynamics_compressor_node.kind) throw illegalInvocation('DynamicsCompressorNode.release');
    return audio_param.paramOf(s, 4);
  }
}
finishInterface(DynamicsCompressorNode, 'DynamicsCompressorNode');

export class GainNode extends AudioNode {
  constructor(context, options = undefined) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 1, 'GainNode');
      const context_ = contextArgument(context, 'GainNode: context');
      const options_ = toGainOptions(options, 'GainNode: options');
      state = gain_node.construct(context_, options_);
    }
    super(TOKEN, state);
  }
  get gain() {
    const s = nodeState(this);
    if (s.kind !== gain_node.kind) throw illegalInvocation('GainNode.gain');
    return audio_param.paramOf(s, 0);
  }
}
finishInterface(GainNode, 'GainNode');

export class IIRFilterNode extends AudioNode {
  constructor(context, options) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 2, 'IIRFilterNode');
      const context_ = contextArgument(context, 'IIRFilterNode: context');
      const options_ = toIIRFilterOptions(options, 'IIRFilterNode: options');
      state = iir_filter_node.construct(context_, options_);
    }
    super(TOKEN, state);
  }
  getFrequencyResponse(frequencyHz, magResponse, phaseResponse) {
    const s = nodeState(this);
    if (s.kind !== iir_filter_node.kind) throw illegalInvocation('IIRFilterNode.getFrequencyResponse');
    needArguments(arguments.length, 3, 'IIRFilterNode.getFrequencyResponse');
    const frequencyHz_ = typedArray(frequencyHz, 'Float32Array',
      'IIRFilterNode.getFrequencyResponse: frequencyHz');
    const magResponse_ = typedArray(magResponse, 'Float32Array',
      'IIRFilterNode.getFrequencyResponse: magResponse');
    const phaseResponse_ = typedArray(phaseResponse, 'Float32Array',
      'IIRFilterNode.getFrequencyResponse: phaseResponse');
    iir_filter_node.getFrequencyResponse(s, frequencyHz_, magResponse_, phaseResponse_);
  }
}
finishInterface(IIRFilterNode, 'IIRFilterNode');

export class MediaElementAudioSourceNode extends AudioNode {
  constructor(context, options) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 2, 'MediaElementAudioSourceNode');
      const context_ = audioContextArgument(context, 'MediaElementAudioSourceNode: context');
      const options_ = toMediaElementAudioSourceOptions(options, 'MediaElementAudioSourceNode: options');
      throw missing('MediaElementAudioSourceNode');
    }
    super(TOKEN, state);
  }
  get mediaElement() {
    throw illegalInvocation('MediaElementAudioSourceNode.mediaElement');
  }
}
finishInterface(MediaElementAudioSourceNode, 'MediaElementAudioSourceNode');

export class MediaStreamAudioDestinationNode extends AudioNode {
  constructor(context, options = undefined) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 1, 'MediaStreamAudioDestinationNode');
      const context_ = audioContextArgument(context, 'MediaStreamAudioDestinationNode: context');
      const options_ = toAudioNodeOptions(options, 'MediaStreamAudioDestinationNode: options');
      throw missing('MediaStreamAudioDestinationNode');
    }
    super(TOKEN, state);
  }
  get stream() {
    throw illegalInvocation('MediaStreamAudioDestinationNode.stream');
  }
}
finishInterface(MediaStreamAudioDestinationNode, 'MediaStreamAudioDestinationNode');

export class MediaStreamAudioSourceNode extends AudioNode {
  constructor(context, options) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 2, 'MediaStreamAudioSourceNode');
      const context_ = audioContextArgument(context, 'MediaStreamAudioSourceNode: context');
      const options_ = toMediaStreamAudioSourceOptions(options, 'MediaStreamAudioSourceNode: options');
      throw missing('MediaStreamAudioSourceNode');
    }
    super(TOKEN, state);
  }
  get mediaStream() {
    throw illegalInvocation('MediaStreamAudioSourceNode.mediaStream');
  }
}
finishInterface(MediaStreamAudioSourceNode, 'MediaStreamAudioSourceNode');

export class MediaStreamTrackAudioSourceNode extends AudioNode {
  constructor(context, options) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 2, 'MediaStreamTrackAudioSourceNode');
      const context_ = audioContextArgument(context, 'MediaStreamTrackAudioSourceNode: context');
      const options_ = toMediaStreamTrackAudioSourceOptions(options,
        'MediaStreamTrackAudioSourceNode: options');
      throw missing('MediaStreamTrackAudioSourceNode');
    }
    super(TOKEN, state);
  }
}
finishInterface(MediaStreamTrackAudioSourceNode, 'MediaStreamTrackAudioSourceNode');

export class OscillatorNode extends AudioScheduledSourceNode {
  constructor(context, options = undefined) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 1, 'OscillatorNode');
      const context_ = contextArgument(context, 'OscillatorNode: context');
      const options_ = toOscillatorOptions(options, 'OscillatorNode: options');
      state = oscillator_node.construct(context_, options_);
    }
    super(TOKEN, state);
  }
  get type() {
    const s = nodeState(this);
    if (s.kind !== oscillator_node.kind) throw illegalInvocation('OscillatorNode.type');
    return oscillator_node.type(s);
  }
  set type(value) {
    const s = nodeState(this);
    if (s.kind !== oscillator_node.kind) throw illegalInvocation('OscillatorNode.type');
    const text = string(value, 'OscillatorNode.type');
    if (OscillatorType.has(text)) oscillator_node.setType(s, text);
  }
  get frequency() {
    const s = nodeState(this);
    if (s.kind !== oscillator_node.kind) throw illegalInvocation('OscillatorNode.frequency');
    return audio_param.paramOf(s, 0);
  }
  get detune() {
    const s = nodeState(this);
    if (s.kind !== oscillator_node.kind) throw illegalInvocation('OscillatorNode.detune');
    return audio_param.paramOf(s, 1);
  }
  setPeriodicWave(periodicWave) {
    const s = nodeState(this);
    if (s.kind !== oscillator_node.kind) throw illegalInvocation('OscillatorNode.setPeriodicWave');
    needArguments(arguments.length, 1, 'OscillatorNode.setPeriodicWave');
    const periodicWave_ = instanceArgument(periodicWave, isPeriodicWave, 'PeriodicWave',
      'OscillatorNode.setPeriodicWave: periodicWave');
    oscillator_node.setPeriodicWave(s, periodicWave_);
  }
}
finishInterface(OscillatorNode, 'OscillatorNode');

export class PannerNode extends AudioNode {
  constructor(context, options = undefined) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 1, 'PannerNode');
      const context_ = contextArgument(context, 'PannerNode: context');
      const options_ = toPannerOptions(options, 'PannerNode: options');
      state = panner_node.construct(context_, options_);
    }
    super(TOKEN, state);
  }
  get panningModel() {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.panningModel');
    return panner_node.panningModel(s);
  }
  set panningModel(value) {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.panningModel');
    const text = string(value, 'PannerNode.panningModel');
    if (PanningModelType.has(text)) panner_node.setPanningModel(s, text);
  }
  get positionX() {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.positionX');
    return audio_param.paramOf(s, 0);
  }
  get positionY() {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.positionY');
    return audio_param.paramOf(s, 1);
  }
  get positionZ() {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.positionZ');
    return audio_param.paramOf(s, 2);
  }
  get orientationX() {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.orientationX');
    return audio_param.paramOf(s, 3);
  }
  get orientationY() {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.orientationY');
    return audio_param.paramOf(s, 4);
  }
  get orientationZ() {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.orientationZ');
    return audio_param.paramOf(s, 5);
  }
  get distanceModel() {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.distanceModel');
    return panner_node.distanceModel(s);
  }
  set distanceModel(value) {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.distanceModel');
    const text = string(value, 'PannerNode.distanceModel');
    if (DistanceModelType.has(text)) panner_node.setDistanceModel(s, text);
  }
  get refDistance() {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.refDistance');
    return panner_node.refDistance(s);
  }
  set refDistance(value) {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.refDistance');
    panner_node.setRefDistance(s, double(value, 'PannerNode.refDistance'));
  }
  get maxDistance() {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.maxDistance');
    return panner_node.maxDistance(s);
  }
  set maxDistance(value) {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.maxDistance');
    panner_node.setMaxDistance(s, double(value, 'PannerNode.maxDistance'));
  }
  get rolloffFactor() {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.rolloffFactor');
    return panner_node.rolloffFactor(s);
  }
  set rolloffFactor(value) {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.rolloffFactor');
    panner_node.setRolloffFactor(s, double(value, 'PannerNode.rolloffFactor'));
  }
  get coneInnerAngle() {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.coneInnerAngle');
    return panner_node.coneInnerAngle(s);
  }
  set coneInnerAngle(value) {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.coneInnerAngle');
    panner_node.setConeInnerAngle(s, double(value, 'PannerNode.coneInnerAngle'));
  }
  get coneOuterAngle() {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.coneOuterAngle');
    return panner_node.coneOuterAngle(s);
  }
  set coneOuterAngle(value) {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.coneOuterAngle');
    panner_node.setConeOuterAngle(s, double(value, 'PannerNode.coneOuterAngle'));
  }
  get coneOuterGain() {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.coneOuterGain');
    return panner_node.coneOuterGain(s);
  }
  set coneOuterGain(value) {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.coneOuterGain');
    panner_node.setConeOuterGain(s, double(value, 'PannerNode.coneOuterGain'));
  }
  setPosition(x, y, z) {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.setPosition');
    needArguments(arguments.length, 3, 'PannerNode.setPosition');
    const x_ = float(x, 'PannerNode.setPosition: x');
    const y_ = float(y, 'PannerNode.setPosition: y');
    const z_ = float(z, 'PannerNode.setPosition: z');
    panner_node.setPosition(s, x_, y_, z_);
  }
  setOrientation(x, y, z) {
    const s = nodeState(this);
    if (s.kind !== panner_node.kind) throw illegalInvocation('PannerNode.setOrientation');
    needArguments(arguments.length, 3, 'PannerNode.setOrientation');
    const x_ = float(x, 'PannerNode.setOrientation: x');
    const y_ = float(y, 'PannerNode.setOrientation: y');
    const z_ = float(z, 'PannerNode.setOrientation: z');
    panner_node.setOrientation(s, x_, y_, z_);
  }
}
finishInterface(PannerNode, 'PannerNode');

let periodicWaveState, isPeriodicWave;
export class PeriodicWave {
  #state;
  constructor(context, options = undefined) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 1, 'PeriodicWave');
      const context_ = contextArgument(context, 'PeriodicWave: context');
      const options_ = toPeriodicWaveOptions(options, 'PeriodicWave: options');
      state = periodic_wave.construct(context_, options_);
    }
    this.#state = state;
  }
  static {
    periodicWaveState = (of) => of.#state;
    isPeriodicWave = (of) => typeof of === 'object' && of !== null && #state in of;
  }
}
finishInterface(PeriodicWave, 'PeriodicWave');
export { periodicWaveState, isPeriodicWave };

export class ScriptProcessorNode extends AudioNode {
  constructor(token = undefined, state = undefined) {
    if (token !== TOKEN) throw illegalConstructor('ScriptProcessorNode');
    super(TOKEN, state);
  }
  get onaudioprocess() {
    const s = nodeState(this);
    if (s.kind !== script_processor_node.kind) throw illegalInvocation('ScriptProcessorNode.onaudioprocess');
    return events.handler(s, 'audioprocess');
  }
  set onaudioprocess(value) {
    const s = nodeState(this);
    if (s.kind !== script_processor_node.kind) throw illegalInvocation('ScriptProcessorNode.onaudioprocess');
    events.setHandler(this, s, 'audioprocess', value);
  }
  get bufferSize() {
    const s = nodeState(this);
    if (s.kind !== script_processor_node.kind) throw illegalInvocation('ScriptProcessorNode.bufferSize');
    return script_processor_node.bufferSize(s);
  }
}
finishInterface(ScriptProcessorNode, 'ScriptProcessorNode');

export class StereoPannerNode extends AudioNode {
  constructor(context, options = undefined) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 1, 'StereoPannerNode');
      const context_ = contextArgument(context, 'StereoPannerNode: context');
      const options_ = toStereoPannerOptions(options, 'StereoPannerNode: options');
      state = stereo_panner_node.construct(context_, options_);
    }
    super(TOKEN, state);
  }
  get pan() {
    const s = nodeState(this);
    if (s.kind !== stereo_panner_node.kind) throw illegalInvocation('StereoPannerNode.pan');
    return audio_param.paramOf(s, 0);
  }
}
finishInterface(StereoPannerNode, 'StereoPannerNode');

export class WaveShaperNode extends AudioNode {
  constructor(context, options = undefined) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 1, 'WaveShaperNode');
      const context_ = contextArgument(context, 'WaveShaperNode: context');
      const options_ = toWaveShaperOptions(options, 'WaveShaperNode: options');
      state = wave_shaper_node.construct(context_, options_);
    }
    super(TOKEN, state);
  }
  get curve() {
    const s = nodeState(this);
    if (s.kind !== wave_shaper_node.kind) throw illegalInvocation('WaveShaperNode.curve');
    return wave_shaper_node.curve(s);
  }
  set curve(value) {
    const s = nodeState(this);
    if (s.kind !== wave_shaper_node.kind) throw illegalInvocation('WaveShaperNode.curve');
    wave_shaper_node.setCurve(s, value === null || value === undefined
      ? null : typedArray(value, 'Float32Array', 'WaveShaperNode.curve'));
  }
  get oversample() {
    const s = nodeState(this);
    if (s.kind !== wave_shaper_node.kind) throw illegalInvocation('WaveShaperNode.oversample');
    return wave_shaper_node.oversample(s);
  }
  set oversample(value) {
    const s = nodeState(this);
    if (s.kind !== wave_shaper_node.kind) throw illegalInvocation('WaveShaperNode.oversample');
    const text = string(value, 'WaveShaperNode.oversample');
    if (OverSampleType.has(text)) wave_shaper_node.setOversample(s, text);
  }
}
finishInterface(WaveShaperNode, 'WaveShaperNode');

export class AudioWorklet extends Worklet {
  constructor(token = undefined, state = undefined) {
    if (token !== TOKEN) throw illegalConstructor('AudioWorklet');
    super(TOKEN, state);
  }
  get port() {
    const s = workletState(this);
    return audio_worklet.port(s);
  }
}
finishInterface(AudioWorklet, 'AudioWorklet');

let audioParamMapState, isAudioParamMap;
export class AudioParamMap {
  #state;
  constructor(token = undefined, state = undefined) {
    if (token !== TOKEN) throw illegalConstructor('AudioParamMap');
    this.#state = state;
  }
  get size() {
    return this.#state.size;
  }
  get(key) {
    const map = this.#state;
    needArguments(arguments.length, 1, 'AudioParamMap.get');
    return map.get(string(key, 'AudioParamMap.get: key'));
  }
  has(key) {
    const map = this.#state;
    needArguments(arguments.length, 1, 'AudioParamMap.has');
    return map.has(string(key, 'AudioParamMap.has: key'));
  }
  entries() {
    return this.#state.entries();
  }
  keys() {
    return this.#state.keys();
  }
  values() {
    return this.#state.values();
  }
  forEach(callback, thisArg = undefined) {
    const map = this.#state;
    needArguments(arguments.length, 1, 'AudioParamMap.forEach');
    const call = callbackFunction(callback, 'AudioParamMap.forEach: callback');
    for (const [key, value] of map) call.call(thisArg, value, key, this);
  }
  static {
    audioParamMapState = (of) => of.#state;
    isAudioParamMap = (of) => typeof of === 'object' && of !== null && #state in of;
  }
}
finishInterface(AudioParamMap, 'AudioParamMap', 'entries');
export { audioParamMapState, isAudioParamMap };

export class AudioWorkletNode extends AudioNode {
  constructor(context, name, options = undefined) {
    let state = name;
    if (context !== TOKEN) {
      needArguments(arguments.length, 2, 'AudioWorkletNode');
      const context_ = contextArgument(context, 'AudioWorkletNode: context');
      const name_ = string(name, 'AudioWorkletNode: name');
      const options_ = toAudioWorkletNodeOptions(options, 'AudioWorkletNode: options');
      state = audio_worklet_node.construct(context_, name_, options_);
    }
    super(TOKEN, state);
  }
  get parameters() {
    const s = nodeState(this);
    if (s.kind !== audio_worklet_node.kind) throw illegalInvocation('AudioWorkletNode.parameters');
    return audio_worklet_node.parameters(s);
  }
  get port() {
    const s = nodeState(this);
    if (s.kind !== audio_worklet_node.kind) throw illegalInvocation('AudioWorkletNode.port');
    return audio_worklet_node.port(s);
  }
  get onprocessorerror() {
    const s = nodeState(this);
    if (s.kind !== audio_worklet_node.kind) throw illegalInvocation('AudioWorkletNode.onprocessorerror');
    return events.handler(s, 'processorerror');
  }
  set onprocessorerror(value) {
    const s = nodeState(this);
    if (s.kind !== audio_worklet_node.kind) throw illegalInvocation('AudioWorkletNode.onprocessorerror');
    events.setHandler(this, s, 'processorerror', value);
  }
}
finishInterface(AudioWorkletNode, 'AudioWorkletNode');

let audioPlaybackStatsState, isAudioPlaybackStats;
export class AudioPlaybackStats {
  #state;
  constructor(token = undefined, state = undefined) {
    if (token !== TOKEN) throw illegalConstructor('AudioPlaybackStats');
    this.#state = state;
  }
  get underrunDuration() {
    const s = this.#state;
    return audio_playback_stats.underrunDuration(s);
  }
  get underrunEvents() {
    const s = this.#state;
    return audio_playback_stats.underrunEvents(s);
  }
  get totalDuration() {
    const s = this.#state;
    return audio_playback_stats.totalDuration(s);
  }
  get averageLatency() {
    const s = this.#state;
    return audio_playback_stats.averageLatency(s);
  }
  get minimumLatency() {
    const s = this.#state;
    return audio_playback_stats.minimumLatency(s);
  }
  get maximumLatency() {
    const s = this.#state;
    return audio_playback_stats.maximumLatency(s);
  }
  resetLatency() {
    const s = this.#state;
    audio_playback_stats.resetLatency(s);
  }
  toJSON() {
    const s = this.#state;
    return audio_playback_stats.toJSON(s);
  }
  static {
    audioPlaybackStatsState = (of) => of.#state;
    isAudioPlaybackStats = (of) => typeof of === 'object' && of !== null && #state in of;
  }
}
finishInterface(AudioPlaybackStats, 'AudioPlaybackStats');
export { audioPlaybackStatsState, isAudioPlaybackStats };

export class AudioInputNode extends AudioNode {
  constructor(context, options = undefined) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 1, 'AudioInputNode');
      const context_ = audioContextArgument(context, 'AudioInputNode: context');
      const options_ = toAudioNodeOptions(options, 'AudioInputNode: options');
      state = audio_input_node.construct(context_, options_);
    }
    super(TOKEN, state);
  }
}
finishInterface(AudioInputNode, 'AudioInputNode');

export class MediaFileSourceNode extends AudioNode {
  constructor(context, options) {
    let state = options;
    if (context !== TOKEN) {
      needArguments(arguments.length, 2, 'MediaFileSourceNode');
      const context_ = audioContextArgument(context, 'MediaFileSourceNode: context');
      const options_ = toMediaFileSourceOptions(options, 'MediaFileSourceNode: options');
      state = media_file_source_node.construct(context_, options_);
    }
    super(TOKEN, state);
  }
  get playbackRate() {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.playbackRate');
    return audio_param.paramOf(s, 0);
  }
  get path() {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.path');
    return media_file_source_node.path(s);
  }
  get duration() {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.duration');
    return media_file_source_node.duration(s);
  }
  get currentTime() {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.currentTime');
    return media_file_source_node.currentTime(s);
  }
  set currentTime(value) {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.currentTime');
    media_file_source_node.setCurrentTime(s, double(value, 'MediaFileSourceNode.currentTime'));
  }
  get loop() {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.loop');
    return media_file_source_node.loop(s);
  }
  set loop(value) {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.loop');
    media_file_source_node.setLoop(s, Boolean(value));
  }
  get paused() {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.paused');
    return media_file_source_node.paused(s);
  }
  get ended() {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.ended');
    return media_file_source_node.ended(s);
  }
  get seeking() {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.seeking');
    return media_file_source_node.seeking(s);
  }
  get buffered() {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.buffered');
    return media_file_source_node.buffered(s);
  }
  get error() {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.error');
    return media_file_source_node.error(s);
  }
  get onended() {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.onended');
    return events.handler(s, 'ended');
  }
  set onended(value) {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.onended');
    events.setHandler(this, s, 'ended', value);
  }
  get onerror() {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.onerror');
    return events.handler(s, 'error');
  }
  set onerror(value) {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.onerror');
    events.setHandler(this, s, 'error', value);
  }
  play(when = 0) {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.play');
    const when_ = double(when, 'MediaFileSourceNode.play: when');
    media_file_source_node.play(s, when_);
  }
  pause(when = 0) {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.pause');
    const when_ = double(when, 'MediaFileSourceNode.pause: when');
    media_file_source_node.pause(s, when_);
  }
  close() {
    const s = nodeState(this);
    if (s.kind !== media_file_source_node.kind) throw illegalInvocation('MediaFileSourceNode.close');
    media_file_source_node.close(s);
  }
}
finishInterface(MediaFileSourceNode, 'MediaFileSourceNode');

export const interfaces = {
  BaseAudioContext,
  AudioContext,
  AudioSinkInfo,
  OfflineAudioContext,
  OfflineAudioCompletionEvent,
  AudioBuffer,
  AudioNode,
  AudioParam,
  AudioScheduledSourceNode,
  AnalyserNode,
  AudioBufferSourceNode,
  AudioDestinationNode,
  AudioListener,
  AudioProcessingEvent,
  BiquadFilterNode,
  ChannelMergerNode,
  ChannelSplitterNode,
  ConstantSourceNode,
  ConvolverNode,
  DelayNode,
  DynamicsCompressorNode,
  GainNode,
  IIRFilterNode,
  MediaElementAudioSourceNode,
  MediaStreamAudioDestinationNode,
  MediaStreamAudioSourceNode,
  MediaStreamTrackAudioSourceNode,
  OscillatorNode,
  PannerNode,
  PeriodicWave,
  ScriptProcessorNode,
  StereoPannerNode,
  WaveShaperNode,
  AudioWorklet,
  AudioParamMap,
  AudioWorkletNode,
  AudioPlaybackStats,
  AudioInputNode,
  MediaFileSourceNode
};
