export { addModule } from './audio_worklet.mjs';
