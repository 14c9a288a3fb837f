export { AudioBufferPool } from './audio_buffer_pool.mjs';
export { AudioMemoryManager } from './audio_memory_manager.mjs';
export { AudioNodePools, NodePool } from './node_pool.mjs';
export { AudioProfiler } from './audio_profiler.mjs';
export { Voice, VoicePool } from './voice_pool.mjs';
