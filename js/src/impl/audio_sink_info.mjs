import { AudioSinkInfo } from '../generated/interfaces.mjs';
import { TOKEN } from './brands.mjs';

export const make = (text) => new AudioSinkInfo(TOKEN, { type: text });
export const type = (s) => s.type;
