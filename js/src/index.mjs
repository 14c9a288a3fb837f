// The Web Audio API. Interfaces that are not there yet are exported too: their constructors say so.
export {
  AnalyserNode, AudioBuffer, AudioBufferSourceNode, AudioContext, AudioDestinationNode, AudioListener,
  AudioNode, AudioParam, AudioParamMap, AudioPlaybackStats, AudioProcessingEvent, AudioScheduledSourceNode,
  AudioSinkInfo, AudioWorklet, AudioWorkletNode, BaseAudioContext, BiquadFilterNode, ChannelMergerNode,
  ChannelSplitterNode, ConstantSourceNode, ConvolverNode, DelayNode, DynamicsCompressorNode, GainNode,
  IIRFilterNode, MediaElementAudioSourceNode, MediaStreamAudioDestinationNode, MediaStreamAudioSourceNode,
  MediaStreamTrackAudioSourceNode, OfflineAudioCompletionEvent, OfflineAudioContext, OscillatorNode,
  PannerNode, PeriodicWave, ScriptProcessorNode, StereoPannerNode, WaveShaperNode,
} from './generated/interfaces.mjs';
export { mediaDevices } from './impl/media_devices.mjs';
export { AudioInputNode, MediaFileSourceNode } from './generated/interfaces.mjs';
export {
  AudioBufferPool, AudioMemoryManager, AudioNodePools, AudioProfiler, NodePool, Voice, VoicePool,
} from './pools/index.mjs';
