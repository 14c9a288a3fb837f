// `import 'wavepool/polyfill'`: the Web Audio API as globals, and the little of a browser that Tone.js and
// howler look for. What is there already stays, but for the audio classes themselves.
import './polyfill/audio.mjs';
import './polyfill/browser.mjs';
