// node --import ./test/wasm/register.mjs: the package runs on wavepool.wasm instead of the addon.
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
