// Each class of Tone.js that is a node, made and rendered: prints the peak or the message of each.
import 'wavepool/polyfill';

globalThis.TONE_SILENCE_LOGGING = true;
const Tone = await import('tone');

const RATE = 44100;
const noise = new AudioBuffer({ length: RATE, sampleRate: RATE });
noise.getChannelData(0).forEach((_, index, samples) => {
  samples[index] = Math.sin(index * index * 0.001);
});
const buffer = new Tone.ToneAudioBuffer(noise);

// Those that want more than `new`.
const MADE = {
  GrainPlayer: () => new Tone.GrainPlayer(buffer),
  Player: () => new Tone.Player(buffer),
  Players: () => new Tone.Players({ one: buffer }),
  Sampler: () => new Tone.Sampler({ C4: buffer }),
  ToneBufferSource: () => new Tone.ToneBufferSource(buffer),
  BufferSource: () => new Tone.BufferSource(buffer),
  Envelope: () => new Tone.Envelope({ attack: 0.01 }),
  AmplitudeEnvelope: () => new Tone.AmplitudeEnvelope({ attack: 0.01 }),
  Convolver: () => new Tone.Convolver(buffer),
};
const UNPITCHED = ['NoiseSynth', 'Envelope', 'AmplitudeEnvelope', 'FrequencyEnvelope'];

function play(name, node) {
  if (node.input) new Tone.Oscillator(220, 'sawtooth').connect(node.input).start(0);
  if (node.output) (name === 'Players' ? node.player('one').start(0) : node).toDestination();
  if (UNPITCHED.includes(name)) node.triggerAttackRelease(0.1, 0.05);
  else if (node.triggerAttackRelease) node.triggerAttackRelease('C4', 0.1, 0.05);
  else if (node.start && name !== 'Players') node.start(0.05);
}

const isNode = (name) => /^[A-Z]/.test(name) && typeof Tone[name] === 'function' &&
  Tone[name].prototype instanceof Tone.ToneAudioNode;

// Tone loads worklets on the side, and throws there.
const aside = [];
process.on('unhandledRejection', (error) => aside.push(error.message));

const result = {};
for (const name of Object.keys(Tone).filter(isNode)) {
  try {
    const rendered = await Tone.Offline(async () => {
      const node = (MADE[name] ?? (() => new Tone[name]()))();
      if (node.ready) await node.ready;
      play(name, node);
    }, 0.2, 2, RATE);
    const [left, right] = [rendered.getChannelData(0), rendered.getChannelData(1)];
    result[name] = Math.max(...left.map(Math.abs), ...right.map(Math.abs));
  } catch (error) {
    result[name] = error.message;
  }
}
const isSupported = await Tone.supported();
await new Promise((resolve) => { setTimeout(resolve, 20); });
console.log(JSON.stringify({ isSupported, result, aside }));
process.exit(0);
