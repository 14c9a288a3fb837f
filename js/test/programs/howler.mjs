// howler as it is: node howler.mjs FILE; prints the events of one sound in their order.
import { createRequire } from 'node:module';
import 'wavepool/polyfill';

AudioContext = class extends AudioContext { // heard by nobody
  constructor(options) {
    super({ ...options, sinkId: { type: 'none' } });
  }
};
const { Howl, Howler } = createRequire(import.meta.url)('howler');

const seen = [];
const sound = new Howl({ src: [process.argv[2]], sprite: { short: [20, 100] }, volume: 0.5, rate: 1.25,
  html5: process.argv[3] === 'html5' });
const once = (type) => new Promise((resolve) => {
  sound.once(type, (id, error) => {
    seen.push(type);
    resolve(error);
  });
});
const failed = once('loaderror').then((error) => ({ error }));
const loaded = once('load').then(async () => {
  const started = once('play');
  const ended = once('end');
  const id = sound.play('short');
  await started;
  sound.stereo(-0.5, id);
  sound.fade(0.5, 0.1, 50, id);
  const faded = once('fade');
  await Promise.all([ended, faded]);
  return { duration: sound.duration(), state: Howler.ctx.state, rate: Howler.ctx.sampleRate };
});
const result = await Promise.race([failed, loaded]);
Howler.unload();
console.log(JSON.stringify({ seen, codecs: ['mp3', 'ogg', 'opus', 'wav', 'flac', 'aac', 'webm'].filter(
  (name) => Howler.codecs(name)), usesWebAudio: Howler.usingWebAudio, ...result }));
process.exit(0);
