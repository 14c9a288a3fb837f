// Pools, the memory manager and the profiler. What each does stands beside its code.
import type { AudioBuffer, AudioNode, BaseAudioContext, BiquadFilterNode, DelayNode, GainNode }
  from '../generated/interfaces.mjs';

export type ReleaseMode = 'now' | 'after-tail' | 'fade' | 'when-done';

export interface AudioBufferPoolConfig {
  maxSize?: number;
  preAllocate?: number;
  debug?: boolean;
}

export interface AudioBufferPoolStats {
  pooledBuffers: number;
  memoryBytes: number;
  inUse: number;
  inUseBytes: number;
  hits: number;
  misses: number;
  drops: number;
  peakBytes: number;
  keys: number;
}

export class AudioBufferPool {
  constructor(context: BaseAudioContext, config?: AudioBufferPoolConfig);
  preAllocate(channels: number, length: number): number;
  acquire(channels: number, length: number): AudioBuffer;
  acquireUncleared(channels: number, length: number): AudioBuffer;
  release(buffer: AudioBuffer): void;
  trim(targetBytes?: number): number;
  getStats(): AudioBufferPoolStats;
}

export interface NodePoolOptions {
  maxSize?: number;
  maxLive?: number;
  debug?: boolean;
}

export interface NodePoolStats {
  available: number;
  inUse: number;
  returning: number;
  created: number;
  reused: number;
  dropped: number;
  peak: number;
}

export class NodePool<Node extends AudioNode = AudioNode> {
  constructor(context: BaseAudioContext, factory: () => Node, maxSize?: number | NodePoolOptions);
  acquire(): Node;
  release(node: Node, mode?: ReleaseMode, fadeTime?: number): void;
  releaseAll(mode?: ReleaseMode, fadeTime?: number): void;
  preAllocate(wanted: number): number;
  trim(target?: number): number;
  getStats(): NodePoolStats;
  destroy(): void;
}

// A class of nodes that needs nothing but its context.
export type NodeClass<Node extends AudioNode = AudioNode> = new (context: any, options?: any) => Node;

export interface AudioNodePoolsOptions {
  maxSize?: number;
  debug?: boolean;
  maxDelayTime?: number;
}

export class AudioNodePools implements Iterable<NodePool<any>> {
  constructor(context: BaseAudioContext, options?: AudioNodePoolsOptions);
  readonly gainPool: NodePool<GainNode>;
  readonly filterPool: NodePool<BiquadFilterNode>;
  readonly delayPool: NodePool<DelayNode>;
  pool<Node extends AudioNode>(type: NodeClass<Node>, factory?: () => Node): NodePool<Node>;
  [Symbol.iterator](): Iterator<NodePool<any>>;
  releaseAll(mode?: ReleaseMode, fadeTime?: number): void;
  destroy(): void;
}

// A number, an argument's name, or a sum of these.
export type VoiceQuantity = number | string | (number | string)[];
export type VoiceStep = ['set' | 'linear' | 'exponential', VoiceQuantity, VoiceQuantity]
  | ['target', VoiceQuantity, VoiceQuantity, VoiceQuantity]
  | ['curve', Iterable<number>, VoiceQuantity, VoiceQuantity]
  | ['cancel' | 'hold', VoiceQuantity];
// 'osc.frequency': a value or steps; 'osc.start', 'osc.buffer' and so on; stop: of all sources.
export type VoiceScore = Record<string, VoiceQuantity | VoiceStep[]>;

export interface VoicePoolOptions {
  nodes: Record<string, NodeClass | [NodeClass, object]>;
  connections?: [from: string, to: string][];
  output?: string;
  destination?: AudioNode | null;
  arguments?: string[];
  note?: VoiceScore;
  release?: VoiceScore;
  releaseTime?: number;
  maxSize?: number;
  maxLive?: number;
  steal?: boolean;
  debug?: boolean;
}

export interface VoicePoolStats {
  available: number;
  inUse: number;
  created: number;
  reused: number;
  dropped: number;
  peak: number;
}

export type VoiceArgument = number | AudioBuffer | null;

export class Voice {
  protected constructor();
  readonly nodes: Readonly<Record<string, any>>;
  stop(when?: number, ...given: VoiceArgument[]): void;
  release(mode?: ReleaseMode, fadeTime?: number): void;
  releaseWhenDone(): void;
}

export class VoicePool {
  constructor(context: BaseAudioContext, options: VoicePoolOptions);
  acquire(): Voice;
  play(when?: number, ...given: VoiceArgument[]): Voice;
  stop(voice: Voice, when?: number, ...given: VoiceArgument[]): void;
  release(voice: Voice, mode?: ReleaseMode, fadeTime?: number): void;
  releaseWhenDone(voice: Voice): void;
  releaseAll(mode?: ReleaseMode, fadeTime?: number): void;
  preAllocate(wanted: number): number;
  trim(target?: number): number;
  getStats(): VoicePoolStats;
  destroy(): void;
}

export interface AudioMemoryManagerOptions {
  bufferPool?: AudioBufferPoolConfig;
  nodePools?: AudioNodePoolsOptions;
  preAllocate?: Iterable<[channels: number, length: number]>;
  pressure?: { medium?: number; high?: number };
  budget?: number;
  softLimit?: number;
  onsoftlimit?: ((event: SoftLimitEvent) => void) | null;
}

export interface SoftLimitEvent {
  used: number;
  softLimit: number;
}

export interface AudioMemoryStats {
  audioBuffers: number;
  audioNodes: number;
  estimatedBytes: number;
  gcPressure: 'low' | 'medium' | 'high';
  budget: number;
  peakBytes: number;
  allocations: number;
  allocatedBytes: number;
  refused: number;
  allocationsPerSecond: number;
  objectsPerSecond: number;
  categories: Record<string, number>;
  // null where the platform does not tell
  gc: { minor: number; major: number; incremental: number; pauseMs: number; longestPauseMs: number } | null;
}

export class AudioMemoryManager {
  constructor(context: BaseAudioContext, options?: AudioMemoryManagerOptions);
  readonly bufferPool: AudioBufferPool;
  readonly nodePools: AudioNodePools;
  acquireBuffer(channels: number, length: number): AudioBuffer;
  releaseBuffer(buffer: AudioBuffer): void;
  acquireNode<Node extends AudioNode>(type: NodeClass<Node>): Node;
  releaseNode(node: AudioNode, mode?: ReleaseMode, fadeTime?: number): void;
  budget: number;
  softLimit: number;
  onsoftlimit: ((event: SoftLimitEvent) => void) | null;
  trim(targetBytes?: number): number;
  getStats(): AudioMemoryStats;
  destroy(): void;
}

export interface AudioProfilerMetrics {
  contextTime: number;
  renderQuantum: number;
  processingLoad: number;
  bufferUnderruns: number | null; // null: the device does not count them
  latency: number;
  load: { average: number; p50: number; p99: number; p999: number; max: number };
  underrunDuration: number | null;
  totalDuration: number;
  deadlineMisses: number;
  callbacks: number;
  quanta: number;
  averageLatency: number;
  minimumLatency: number;
  maximumLatency: number;
}

export class AudioProfiler {
  constructor(context: BaseAudioContext);
  getMetrics(): AudioProfilerMetrics;
  reset(): void;
  log(): void;
  setNodeTiming(interval: number): void;
  snapshot(): any;
  traceBegin(events?: number): void;
  traceEnd(path: string): void;
}
