// The classes as globals, as a page in a secure context has them: `wavepool/polyfill/audio`.
import * as wavepool from '../index.mjs';
import { interfaces } from '../generated/interfaces.mjs';
import { define, defineMissing } from './define.mjs';

for (const name of Object.keys(interfaces)) define(globalThis, name, wavepool[name]);

// Under these names libraries look for the classes; and for worklets they ask whether the context is secure.
defineMissing(globalThis, 'self', globalThis);
defineMissing(globalThis, 'window', globalThis);
defineMissing(globalThis, 'isSecureContext', true);
