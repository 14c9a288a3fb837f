// Generated from the Web Audio IDL by tools/generate.mjs: do not edit.
//
// EventTarget, Event and DOMException are the global ones, of lib.dom or of @types/node. What lib.dom alone
// has is looked for: without it MediaStream and the like are of no use, and unknown.
type Global<Name extends string> =
  typeof globalThis extends { [name in Name]: { prototype: infer Type } } ? Type : unknown;
// Typed arrays over memory that is not shared; TypeScript before 5.7 does not tell them apart.
type Floats = ReturnType<typeof Float32Array.of>;
type Bytes = ReturnType<typeof Uint8Array.of>;
type Listener = ((event: Event) => void) | { handleEvent(event: Event): void } | null;
interface ListenerOptions { capture?: boolean; once?: boolean; passive?: boolean; signal?: AbortSignal; }
type HTMLMediaElement = Global<"HTMLMediaElement">;
type MediaStream = Global<"MediaStream">;
type MediaStreamTrack = Global<"MediaStreamTrack">;
type MessagePort = Global<"MessagePort">;
type ErrorEvent = Global<"ErrorEvent">;

export type RequestCredentials = "omit" | "same-origin" | "include";
export type AudioContextState = "suspended" | "running" | "closed" | "interrupted";
export type AudioContextRenderSizeCategory = "default" | "hardware";
export type AudioContextLatencyCategory = "balanced" | "interactive" | "playback";
export type AudioSinkType = "none";
export type ChannelCountMode = "max" | "clamped-max" | "explicit";
export type ChannelInterpretation = "speakers" | "discrete";
export type AutomationRate = "a-rate" | "k-rate";
export type BiquadFilterType =
  "lowpass" | "highpass" | "bandpass" | "lowshelf" | "highshelf" | "peaking" | "notch" | "allpass";
export type OscillatorType = "sine" | "square" | "sawtooth" | "triangle" | "custom";
export type PanningModelType = "equalpower" | "HRTF";
export type DistanceModelType = "linear" | "inverse" | "exponential";
export type OverSampleType = "none" | "2x" | "4x";

export interface WorkletOptions {
  credentials?: RequestCredentials;
}

export interface EventInit {
  bubbles?: boolean;
  cancelable?: boolean;
  composed?: boolean;
}

export interface AudioContextOptions {
  latencyHint?: AudioContextLatencyCategory | number;
  sampleRate?: number;
  sinkId?: string | AudioSinkOptions;
  renderSizeHint?: AudioContextRenderSizeCategory | number;
  input?: AudioInputOptions;
}

export interface AudioSinkOptions {
  type: AudioSinkType;
}

export interface AudioTimestamp {
  contextTime?: number;
  performanceTime?: number;
}

export interface OfflineAudioContextOptions {
  numberOfChannels?: number;
  length?: number | null;
  sampleRate: number;
  renderSizeHint?: AudioContextRenderSizeCategory | number;
}

export interface OfflineAudioCompletionEventInit extends EventInit {
  renderedBuffer: AudioBuffer;
}

export interface AudioBufferOptions {
  numberOfChannels?: number;
  length: number;
  sampleRate: number;
}

export interface AudioNodeOptions {
  channelCount?: number;
  channelCountMode?: ChannelCountMode;
  channelInterpretation?: ChannelInterpretation;
}

export interface AnalyserOptions extends AudioNodeOptions {
  fftSize?: number;
  maxDecibels?: number;
  minDecibels?: number;
  smoothingTimeConstant?: number;
}

export interface AudioBufferSourceOptions {
  buffer?: AudioBuffer | null;
  detune?: number;
  loop?: boolean;
  loopEnd?: number;
  loopStart?: number;
  playbackRate?: number;
}

export interface AudioProcessingEventInit extends EventInit {
  playbackTime: number;
  inputBuffer: AudioBuffer;
  outputBuffer: AudioBuffer;
}

export interface BiquadFilterOptions extends AudioNodeOptions {
  type?: BiquadFilterType;
  Q?: number;
  detune?: number;
  frequency?: number;
  gain?: number;
}

export interface ChannelMergerOptions extends AudioNodeOptions {
  numberOfInputs?: number;
}

export interface ChannelSplitterOptions extends AudioNodeOptions {
  numberOfOutputs?: number;
}

export interface ConstantSourceOptions {
  offset?: number;
}

export interface ConvolverOptions extends AudioNodeOptions {
  buffer?: AudioBuffer | null;
  disableNormalization?: boolean;
}

export interface DelayOptions extends AudioNodeOptions {
  maxDelayTime?: number;
  delayTime?: number;
}

export interface DynamicsCompressorOptions extends AudioNodeOptions {
  attack?: number;
  knee?: number;
  ratio?: number;
  release?: number;
  threshold?: number;
}

export interface GainOptions extends AudioNodeOptions {
  gain?: number;
}

export interface IIRFilterOptions extends AudioNodeOptions {
  feedforward: number[];
  feedback: number[];
}

export interface MediaElementAudioSourceOptions {
  mediaElement: HTMLMediaElement;
}

export interface MediaStreamAudioSourceOptions {
  mediaStream: MediaStream;
}

export interface MediaStreamTrackAudioSourceOptions {
  mediaStreamTrack: MediaStreamTrack;
}

export interface OscillatorOptions extends AudioNodeOptions {
  type?: OscillatorType;
  frequency?: number;
  detune?: number;
  periodicWave?: PeriodicWave;
}

export interface PannerOptions extends AudioNodeOptions {
  panningModel?: PanningModelType;
  distanceModel?: DistanceModelType;
  positionX?: number;
  positionY?: number;
  positionZ?: number;
  orientationX?: number;
  orientationY?: number;
  orientationZ?: number;
  refDistance?: number;
  maxDistance?: number;
  rolloffFactor?: number;
  coneInnerAngle?: number;
  coneOuterAngle?: number;
  coneOuterGain?: number;
}

export interface PeriodicWaveConstraints {
  disableNormalization?: boolean;
}

export interface PeriodicWaveOptions extends PeriodicWaveConstraints {
  real?: number[] | Float32Array;
  imag?: number[] | Float32Array;
}

export interface StereoPannerOptions extends AudioNodeOptions {
  pan?: number;
}

export interface WaveShaperOptions extends AudioNodeOptions {
  curve?: number[] | Float32Array;
  oversample?: OverSampleType;
}

export interface AudioWorkletNodeOptions extends AudioNodeOptions {
  numberOfInputs?: number;
  numberOfOutputs?: number;
  outputChannelCount?: number[];
  parameterData?: Record<string, number>;
  processorOptions?: any;
}

export interface AudioInputOptions {
  channelCount?: number;
  deviceId?: string;
}

export interface MediaFileSourceOptions extends AudioNodeOptions {
  path: string;
  loop?: boolean;
  playbackRate?: number;
}

export interface DecodeErrorCallback {
  (error: DOMException): void;
}

export interface DecodeSuccessCallback {
  (decodedData: AudioBuffer): void;
}

export class Worklet {
  protected constructor();
  addModule(moduleURL: string, options?: WorkletOptions): Promise<void>;
}

export interface BaseAudioContextEventMap {
  "statechange": Event;
}
export class BaseAudioContext extends EventTarget {
  protected constructor();
  readonly destination: AudioDestinationNode;
  readonly sampleRate: number;
  readonly currentTime: number;
  readonly listener: AudioListener;
  readonly state: AudioContextState;
  readonly renderQuantumSize: number;
  readonly audioWorklet: AudioWorklet;
  onstatechange: ((this: any, ev: Event) => any) | null;
  createAnalyser(): AnalyserNode;
  createBiquadFilter(): BiquadFilterNode;
  createBuffer(numberOfChannels: number, length: number, sampleRate: number): AudioBuffer;
  createBufferSource(): AudioBufferSourceNode;
  createChannelMerger(numberOfInputs?: number): ChannelMergerNode;
  createChannelSplitter(numberOfOutputs?: number): ChannelSplitterNode;
  createConstantSource(): ConstantSourceNode;
  createConvolver(): ConvolverNode;
  createDelay(maxDelayTime?: number): DelayNode;
  createDynamicsCompressor(): DynamicsCompressorNode;
  createGain(): GainNode;
  createIIRFilter(feedforward: Iterable<number>, feedback: Iterable<number>): IIRFilterNode;
  createOscillator(): OscillatorNode;
  createPanner(): PannerNode;
  createPeriodicWave(real: Iterable<number>, imag: Iterable<number>,
    constraints?: PeriodicWaveConstraints): PeriodicWave;
  createScriptProcessor(bufferSize?: number, numberOfInputChannels?: number,
    numberOfOutputChannels?: number): ScriptProcessorNode;
  createStereoPanner(): StereoPannerNode;
  createWaveShaper(): WaveShaperNode;
  decodeAudioData(audioData: ArrayBuffer, successCallback?: DecodeSuccessCallback | null,
    errorCallback?: DecodeErrorCallback | null): Promise<AudioBuffer>;
  addEventListener<K extends keyof BaseAudioContextEventMap>(type: K,
    listener: (this: BaseAudioContext, ev: BaseAudioContextEventMap[K]) => any,
    options?: boolean | ListenerOptions): void;
  addEventListener(type: string, listener: Listener, options?: boolean | ListenerOptions): void;
  removeEventListener<K extends keyof BaseAudioContextEventMap>(type: K,
    listener: (this: BaseAudioContext, ev: BaseAudioContextEventMap[K]) => any,
    options?: boolean | { capture?: boolean }): void;
  removeEventListener(type: string, listener: Listener, options?: boolean | { capture?: boolean }): void;
}

export interface AudioContextEventMap extends BaseAudioContextEventMap {
  "sinkchange": Event;
  "error": Event;
}
export class AudioContext extends BaseAudioContext {
  constructor(contextOptions?: AudioContextOptions);
  readonly baseLatency: number;
  readonly outputLatency: number;
  readonly sinkId: string | AudioSinkInfo;
  onsinkchange: ((this: any, ev: Event) => any) | null;
  onerror: ((this: any, ev: Event) => any) | null;
  readonly playbackStats: AudioPlaybackStats;
  getOutputTimestamp(): AudioTimestamp;
  resume(): Promise<void>;
  suspend(): Promise<void>;
  close(): Promise<void>;
  setSinkId(sinkId: string | AudioSinkOptions): Promise<void>;
  createMediaElementSource(mediaElement: HTMLMediaElement): MediaElementAudioSourceNode;
  createMediaStreamSource(mediaStream: MediaStream): MediaStreamAudioSourceNode;
  createMediaStreamTrackSource(mediaStreamTrack: MediaStreamTrack): MediaStreamTrackAudioSourceNode;
  createMediaStreamDestination(): MediaStreamAudioDestinationNode;
  addEventListener<K extends keyof AudioContextEventMap>(type: K,
    listener: (this: AudioContext, ev: AudioContextEventMap[K]) => any,
    options?: boolean | ListenerOptions): void;
  addEventListener(type: string, listener: Listener, options?: boolean | ListenerOptions): void;
  removeEventListener<K extends keyof AudioContextEventMap>(type: K,
    listener: (this: AudioContext, ev: AudioContextEventMap[K]) => any,
    options?: boolean | { capture?: boolean }): void;
  removeEventListener(type: string, listener: Listener, options?: boolean | { capture?: boolean }): void;
}

export class AudioSinkInfo {
  protected constructor();
  readonly type: AudioSinkType;
}

export interface OfflineAudioContextEventMap extends BaseAudioContextEventMap {
  "complete": OfflineAudioCompletionEvent;
}
export class OfflineAudioContext extends BaseAudioContext {
  constructor(contextOptions: OfflineAudioContextOptions);
  constructor(numberOfChannels: number, length: number, sampleRate: number);
  startRendering(chunkSize?: number | null): Promise<AudioBuffer>;
  resume(): Promise<void>;
  suspend(suspendTime: number): Promise<void>;
  close(): Promise<void>;
  readonly length: number | null;
  oncomplete: ((this: any, ev: OfflineAudioCompletionEvent) => any) | null;
  addEventListener<K extends keyof OfflineAudioContextEventMap>(type: K,
    listener: (this: OfflineAudioContext, ev: OfflineAudioContextEventMap[K]) => any,
    options?: boolean | ListenerOptions): void;
  addEventListener(type: string, listener: Listener, options?: boolean | ListenerOptions): void;
  removeEventListener<K extends keyof OfflineAudioContextEventMap>(type: K,
    listener: (this: OfflineAudioContext, ev: OfflineAudioContextEventMap[K]) => any,
    options?: boolean | { capture?: boolean }): void;
  removeEventListener(type: string, listener: Listener, options?: boolean | { capture?: boolean }): void;
}

export class OfflineAudioCompletionEvent extends Event {
  constructor(type: string, eventInitDict: OfflineAudioCompletionEventInit);
  readonly renderedBuffer: AudioBuffer;
}

export class AudioBuffer {
  constructor(options: AudioBufferOptions);
  readonly sampleRate: number;
  readonly length: number;
  readonly duration: number;
  readonly numberOfChannels: number;
  getChannelData(channel: number): Floats;
  copyFromChannel(destination: Floats, channelNumber: number, bufferOffset?: number): void;
  copyToChannel(source: Floats, channelNumber: number, bufferOffset?: number): void;
}

export class AudioNode extends EventTarget {
  protected constructor();
  connect(destinationNode: AudioNode, output?: number, input?: number): AudioNode;
  connect(destinationParam: AudioParam, output?: number): void;
  disconnect(): void;
  disconnect(output: number): void;
  disconnect(destinationNode: AudioNode): void;
  disconnect(destinationNode: AudioNode, output: number): void;
  disconnect(destinationNode: AudioNode, output: number, input: number): void;
  disconnect(destinationParam: AudioParam): void;
  disconnect(destinationParam: AudioParam, output: number): void;
  readonly context: BaseAudioContext;
  readonly numberOfInputs: number;
  readonly numberOfOutputs: number;
  channelCount: number;
  channelCountMode: ChannelCountMode;
  channelInterpretation: ChannelInterpretation;
}

export class AudioParam {
  protected constructor();
  value: number;
  automationRate: AutomationRate;
  readonly defaultValue: number;
  readonly minValue: number;
  readonly maxValue: number;
  setValueAtTime(value: number, startTime: number): AudioParam;
  linearRampToValueAtTime(value: number, endTime: number): AudioParam;
  exponentialRampToValueAtTime(value: number, endTime: number): AudioParam;
  setTargetAtTime(target: number, startTime: number, timeConstant: number): AudioParam;
  setValueCurveAtTime(values: Iterable<number>, startTime: number, duration: number): AudioParam;
  cancelScheduledValues(cancelTime: number): AudioParam;
  cancelAndHoldAtTime(cancelTime: number): AudioParam;
}

export interface AudioScheduledSourceNodeEventMap {
  "ended": Event;
}
export class AudioScheduledSourceNode extends AudioNode {
  protected constructor();
  onended: ((this: any, ev: Event) => any) | null;
  start(when?: number): void;
  stop(when?: number): void;
  addEventListener<K extends keyof AudioScheduledSourceNodeEventMap>(type: K,
    listener: (this: AudioScheduledSourceNode, ev: AudioScheduledSourceNodeEventMap[K]) => any,
    options?: boolean | ListenerOptions): void;
  addEventListener(type: string, listener: Listener, options?: boolean | ListenerOptions): void;
  removeEventListener<K extends keyof AudioScheduledSourceNodeEventMap>(type: K,
    listener: (this: AudioScheduledSourceNode, ev: AudioScheduledSourceNodeEventMap[K]) => any,
    options?: boolean | { capture?: boolean }): void;
  removeEventListener(type: string, listener: Listener, options?: boolean | { capture?: boolean }): void;
}

export class AnalyserNode extends AudioNode {
  constructor(context: BaseAudioContext, options?: AnalyserOptions);
  getFloatFrequencyData(array: Floats): void;
  getByteFrequencyData(array: Bytes): void;
  getFloatTimeDomainData(array: Floats): void;
  getByteTimeDomainData(array: Bytes): void;
  fftSize: number;
  readonly frequencyBinCount: number;
  minDecibels: number;
  maxDecibels: number;
  smoothingTimeConstant: number;
}

export class AudioBufferSourceNode extends AudioScheduledSourceNode {
  constructor(context: BaseAudioContext, options?: AudioBufferSourceOptions);
  buffer: AudioBuffer | null;
  readonly playbackRate: AudioParam;
  readonly detune: AudioParam;
  loop: boolean;
  loopStart: number;
  loopEnd: number;
  start(when?: number, offset?: number, duration?: number): void;
}

export class AudioDestinationNode extends AudioNode {
  protected constructor();
  readonly maxChannelCount: number;
}

export class AudioListener {
  protected constructor();
  readonly positionX: AudioParam;
  readonly positionY: AudioParam;
  readonly positionZ: AudioParam;
  readonly forwardX: AudioParam;
  readonly forwardY: AudioParam;
  readonly forwardZ: AudioParam;
  readonly upX: AudioParam;
  readonly upY: AudioParam;
  readonly upZ: AudioParam;
  setPosition(x: number, y: number, z: number): void;
  setOrientation(x: number, y: number, z: number, xUp: number, yUp: number, zUp: number): void;
}

export class AudioProcessingEvent extends Event {
  constructor(type: string, eventInitDict: AudioProcessingEventInit);
  readonly playbackTime: number;
  readonly inputBuffer: AudioBuffer;
  readonly outputBuffer: AudioBuffer;
}

export class BiquadFilterNode extends AudioNode {
  constructor(context: BaseAudioContext, options?: BiquadFilterOptions);
  type: BiquadFilterType;
  readonly frequency: AudioParam;
  readonly detune: AudioParam;
  readonly Q: AudioParam;
  readonly gain: AudioParam;
  getFrequencyResponse(frequencyHz: Floats, magResponse: Floats, phaseResponse: Floats): void;
}

export class ChannelMergerNode extends AudioNode {
  constructor(context: BaseAudioContext, options?: ChannelMergerOptions);
}

export class ChannelSplitterNode extends AudioNode {
  constructor(context: BaseAudioContext, options?: ChannelSplitterOptions);
}

export class ConstantSourceNode extends AudioScheduledSourceNode {
  constructor(context: BaseAudioContext, options?: ConstantSourceOptions);
  readonly offset: AudioParam;
}

export class ConvolverNode extends AudioNode {
  constructor(context: BaseAudioContext, options?: ConvolverOptions);
  buffer: AudioBuffer | null;
  normalize: boolean;
}

export class DelayNode extends AudioNode {
  constructor(context: BaseAudioContext, options?: DelayOptions);
  readonly delayTime: AudioParam;
}

export class DynamicsCompressorNode extends AudioNode {
  constructor(context: BaseAudioContext, options?: DynamicsCompressorOptions);
  readonly threshold: AudioParam;
  readonly knee: AudioParam;
  readonly ratio: AudioParam;
  readonly reduction: number;
  readonly attack: AudioParam;
  readonly release: AudioParam;
}

export class GainNode extends AudioNode {
  constructor(context: BaseAudioContext, options?: GainOptions);
  readonly gain: AudioParam;
}

export class IIRFilterNode extends AudioNode {
  constructor(context: BaseAudioContext, options: IIRFilterOptions);
  getFrequencyResponse(frequencyHz: Floats, magResponse: Floats, phaseResponse: Floats): void;
}

export class MediaElementAudioSourceNode extends AudioNode {
  constructor(context: AudioContext, options: MediaElementAudioSourceOptions);
  readonly mediaElement: HTMLMediaElement;
}

export class MediaStreamAudioDestinationNode extends AudioNode {
  constructor(context: AudioContext, options?: AudioNodeOptions);
  readonly stream: MediaStream;
}

export class MediaStreamAudioSourceNode extends AudioNode {
  constructor(context: AudioContext, options: MediaStreamAudioSourceOptions);
  readonly mediaStream: MediaStream;
}

export class MediaStreamTrackAudioSourceNode extends AudioNode {
  constructor(context: AudioContext, options: MediaStreamTrackAudioSourceOptions);
}

export class OscillatorNode extends AudioScheduledSourceNode {
  constructor(context: BaseAudioContext, options?: OscillatorOptions);
  type: OscillatorType;
  readonly frequency: AudioParam;
  readonly detune: AudioParam;
  setPeriodicWave(periodicWave: PeriodicWave): void;
}

export class PannerNode extends AudioNode {
  constructor(context: BaseAudioContext, options?: PannerOptions);
  panningModel: PanningModelType;
  readonly positionX: AudioParam;
  readonly positionY: AudioParam;
  readonly positionZ: AudioParam;
  readonly orientationX: AudioParam;
  readonly orientationY: AudioParam;
  readonly orientationZ: AudioParam;
  distanceModel: DistanceModelType;
  refDistance: number;
  maxDistance: number;
  rolloffFactor: number;
  coneInnerAngle: number;
  coneOuterAngle: number;
  coneOuterGain: number;
  setPosition(x: number, y: number, z: number): void;
  setOrientation(x: number, y: number, z: number): void;
}

export class PeriodicWave {
  constructor(context: BaseAudioContext, options?: PeriodicWaveOptions);
}

export interface ScriptProcessorNodeEventMap {
  "audioprocess": AudioProcessingEvent;
}
export class ScriptProcessorNode extends AudioNode {
  protected constructor();
  onaudioprocess: ((this: any, ev: AudioProcessingEvent) => any) | null;
  readonly bufferSize: number;
  addEventListener<K extends keyof ScriptProcessorNodeEventMap>(type: K,
    listener: (this: ScriptProcessorNode, ev: ScriptProcessorNodeEventMap[K]) => any,
    options?: boolean | ListenerOptions): void;
  addEventListener(type: string, listener: Listener, options?: boolean | ListenerOptions): void;
  removeEventListener<K extends keyof ScriptProcessorNodeEventMap>(type: K,
    listener: (this: ScriptProcessorNode, ev: ScriptProcessorNodeEventMap[K]) => any,
    options?: boolean | { capture?: boolean }): void;
  removeEventListener(type: string, listener: Listener, options?: boolean | { capture?: boolean }): void;
}

export class StereoPannerNode extends AudioNode {
  constructor(context: BaseAudioContext, options?: StereoPannerOptions);
  readonly pan: AudioParam;
}

export class WaveShaperNode extends AudioNode {
  constructor(context: BaseAudioContext, options?: WaveShaperOptions);
  curve: Floats | null;
  oversample: OverSampleType;
}

export class AudioWorklet extends Worklet {
  protected constructor();
  readonly port: MessagePort;
}

export interface AudioParamMap extends ReadonlyMap<string, AudioParam> {}
export class AudioParamMap {
  protected constructor();
}

export interface AudioWorkletNodeEventMap {
  "processorerror": ErrorEvent;
}
export class AudioWorkletNode extends AudioNode {
  constructor(context: BaseAudioContext, name: string, options?: AudioWorkletNodeOptions);
  readonly parameters: AudioParamMap;
  readonly port: MessagePort;
  onprocessorerror: ((this: any, ev: ErrorEvent) => any) | null;
  addEventListener<K extends keyof AudioWorkletNodeEventMap>(type: K,
    listener: (this: AudioWorkletNode, ev: AudioWorkletNodeEventMap[K]) => any,
    options?: boolean | ListenerOptions): void;
  addEventListener(type: string, listener: Listener, options?: boolean | ListenerOptions): void;
  removeEventListener<K extends keyof AudioWorkletNodeEventMap>(type: K,
    listener: (this: AudioWorkletNode, ev: AudioWorkletNodeEventMap[K]) => any,
    options?: boolean | { capture?: boolean }): void;
  removeEventListener(type: string, listener: Listener, options?: boolean | { capture?: boolean }): void;
}

export class AudioPlaybackStats {
  protected constructor();
  readonly underrunDuration: number;
  readonly underrunEvents: number;
  readonly totalDuration: number;
  readonly averageLatency: number;
  readonly minimumLatency: number;
  readonly maximumLatency: number;
  resetLatency(): void;
  toJSON(): any;
}

export class AudioInputNode extends AudioNode {
  constructor(context: AudioContext, options?: AudioNodeOptions);
}

export interface MediaFileSourceNodeEventMap {
  "ended": Event;
  "error": Event;
}
export class MediaFileSourceNode extends AudioNode {
  constructor(context: AudioContext, options: MediaFileSourceOptions);
  readonly playbackRate: AudioParam;
  readonly path: string;
  readonly duration: number;
  currentTime: number;
  loop: boolean;
  readonly paused: boolean;
  readonly ended: boolean;
  readonly seeking: boolean;
  readonly buffered: number;
  readonly error: DOMException | null;
  onended: ((this: any, ev: Event) => any) | null;
  onerror: ((this: any, ev: Event) => any) | null;
  play(when?: number): void;
  pause(when?: number): void;
  close(): void;
  addEventListener<K extends keyof MediaFileSourceNodeEventMap>(type: K,
    listener: (this: MediaFileSourceNode, ev: MediaFileSourceNodeEventMap[K]) => any,
    options?: boolean | ListenerOptions): void;
  addEventListener(type: string, listener: Listener, options?: boolean | ListenerOptions): void;
  removeEventListener<K extends keyof MediaFileSourceNodeEventMap>(type: K,
    listener: (this: MediaFileSourceNode, ev: MediaFileSourceNodeEventMap[K]) => any,
    options?: boolean | { capture?: boolean }): void;
  removeEventListener(type: string, listener: Listener, options?: boolean | { capture?: boolean }): void;
}
