// Goal: the declarations are true to lib.dom's, so that code moves between its classes and ours, and they
// can be used without it. Method: TypeScript compiles programs that exist in memory only.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { parse } from 'webidl2';
import { load } from '../tools/idl.mjs';
import * as wavepool from '../src/index.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url)); // 'wavepool' resolves to the package itself here
const STRICT = { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.Node16,
  moduleResolution: ts.ModuleResolutionKind.Node16, skipDefaultLibCheck: true };

const DOM = ['es2022', 'dom', 'dom.iterable'];

const parsed = new Map(); // lib.dom is large

// The errors in a program of one module.
function compile(text, { lib = DOM, types = [] } = {}) {
  const path = `${folder}program.mts`;
  const options = { ...STRICT, types, lib: lib.map((each) => `lib.${each}.d.ts`) };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (name, version, ...rest) => {
    if (name === path) return ts.createSourceFile(name, text, version);
    if (!parsed.has(name)) parsed.set(name, getSourceFile.call(host, name, version, ...rest));
    return parsed.get(name);
  };
  host.fileExists = (name) => name === path || fileExists.call(host, name);
  host.readFile = (name) => (name === path ? text : readFile.call(host, name));
  return ts.getPreEmitDiagnostics(ts.createProgram([path], options, host)).map((each) => {
    const line = each.file?.getLineAndCharacterOfPosition(each.start).line;
    const where = each.file === undefined ? '' : `${each.file.fileName.replace(folder, '')}: ` +
      each.file.text.split('\n')[line].trim();
    return `${where}\n    ${ts.flattenDiagnosticMessageText(each.messageText, '\n')}`;
  });
}

const idl = load();
const OURS = "import * as ours from 'wavepool';";
// What lib.dom has no name for.
const UNKNOWN = ['AudioSinkInfo', 'MediaStreamTrackAudioSourceNode', 'AudioPlaybackStats', 'AudioSinkOptions',
  'MediaStreamTrackAudioSourceOptions', 'AudioContextRenderSizeCategory', 'AudioSinkType'];
// Those that may be longer, or have no length yet, in newer words of the specification.
const LONGER = ['OfflineAudioContext', 'OfflineAudioContextOptions'];
const own = parse(readFileSync(new URL('../tools/wavepool.idl', import.meta.url), 'utf8'))
  .filter((each) => !each.partial).map((each) => each.name);
const ELSEWHERE = ['AudioParamDescriptor']; // in the worklet's scope
const shared = [...idl.interfaces.keys(), ...idl.dictionaries.keys(), ...idl.enums.keys()]
  .filter((name) => ![...UNKNOWN, ...own, ...ELSEWHERE].includes(name));
const constructors = [...idl.interfaces.values()].filter((of) => shared.includes(of.name) &&
  of.members.some((member) => member.type === 'constructor')).map((of) => of.name);

// What the specification has and lib.dom does not.
const NEWER = `declare global {
  interface BaseAudioContext { readonly renderQuantumSize: number; }
  interface AudioContext {
    readonly sinkId: string | ours.AudioSinkInfo;
    readonly playbackStats: ours.AudioPlaybackStats;
    onsinkchange: ((this: AudioContext, ev: Event) => any) | null;
    onerror: ((this: AudioContext, ev: Event) => any) | null;
    setSinkId(sinkId: string | ours.AudioSinkOptions): Promise<void>;
    createMediaStreamTrackSource(track: MediaStreamTrack): ours.MediaStreamTrackAudioSourceNode;
  }
  interface OfflineAudioContext { close(): Promise<void>; }
  interface AudioWorklet { readonly port: MessagePort; }
}`;

const withoutLength = (name, of) => (LONGER.includes(name) ? `Omit<${of}${name}, 'length'>` : `${of}${name}`);

describe('lib.dom', () => {
  it('has no more of the names than we know', () => {
    const missing = compile(UNKNOWN.map((name, index) => `export type T${index} = ${name};`).join('\n'));
    assert.equal(missing.length, UNKNOWN.length, missing.join('\n'));
  });

  it('ours can be used wherever its types are asked for', () => {
    assert.deepEqual(compile([OURS, ...shared.map((name, index) =>
      `export const a${index}: ${withoutLength(name, '')} = null! as ${withoutLength(name, 'ours.')};`)]
      .join('\n')), []);
  });

  it('and the other way round, with what it lacks', () => {
    assert.deepEqual(compile([OURS, NEWER, ...shared.map((name, index) =>
      `export const a${index}: ours.${name} = null! as ${name};`)].join('\n')), []);
  });

  it('constructors take the same', () => {
    const rows = constructors.map((name, index) => `
      export const a${index}: (...given: ConstructorParameters<typeof ${name}>) =>
        ${withoutLength(name, '')} = (...given) => new ours.${name}(...given);`);
    assert.deepEqual(compile([OURS, NEWER, ...rows].join('\n')), []);
  });
});

describe('programs', () => {
  const TONE = `
    const context = new ours.AudioContext({ latencyHint: 'playback', sinkId: { type: 'none' } });
    const tone = new ours.OscillatorNode(context, { type: 'sawtooth', frequency: 220 });
    const gain: ours.AudioParam = context.createGain().gain;
    gain.setValueAtTime(0.5, 0).linearRampToValueAtTime(0, 1);
    tone.connect(new ours.BiquadFilterNode(context)).connect(context.destination);
    tone.onended = (event) => console.log(event.type);
    tone.addEventListener('ended', () => void context.close(), { once: true });
    tone.start();
    const offline = new ours.OfflineAudioContext({ length: 10, sampleRate: 48000 });
    export const rendered: Promise<Float32Array> =
      offline.startRendering().then((buffer) => buffer.getChannelData(0));
    export const names: string[] = [...(null! as ours.AudioParamMap).keys()];`;
  it('each export of the package has a type', () => assert.deepEqual(compile(`${OURS}
    export const all = [${Object.keys(wavepool).map((name) => `ours.${name}`).join(', ')}];`), []));
  it('one with lib.dom', () => assert.deepEqual(compile(`${OURS}\n${TONE}`), []));
  it('one with the types of Node only', () => assert.deepEqual(compile(`${OURS}\n${TONE}`,
    { lib: ['es2022'], types: ['node'] }), []));
  it('pools', () => assert.deepEqual(compile(`${OURS}
    const context = new ours.OfflineAudioContext(2, 48000, 48000);
    const manager = new ours.AudioMemoryManager(context, { budget: 1e8 });
    export const type: OscillatorType = manager.acquireNode(ours.OscillatorNode).type;
    export const gain: ours.AudioParam = manager.nodePools.gainPool.acquire().gain;
    const filters = new ours.NodePool(context, () => context.createBiquadFilter(), { maxSize: 3 });
    filters.release(filters.acquire(), 'fade', 0.01);
    const voices = new ours.VoicePool(context, { nodes: { osc: [ours.OscillatorNode, { type: 'square' }],
      level: ours.GainNode }, arguments: ['frequency'], note: { 'osc.frequency': 'frequency',
      'level.gain': [['set', 1, 0], ['target', 0, 0, 0.1]], stop: 1 } });
    voices.play(0, 440).stop(0.5);
    export const level: 'low' | 'medium' | 'high' = manager.getStats().gcPressure;
    export const load: number = new ours.AudioProfiler(context).getMetrics().load.p99;`), []));
  it('the polyfill', () => assert.deepEqual(compile(`import 'wavepool/polyfill';
    import 'wavepool/polyfill/audio';
    new AudioContext().close();`), []));

  const context = "const context = new ours.OfflineAudioContext(1, 1, 48000);";
  const refused = {
    'a node of another type': 'export const a: ours.GainNode = new ours.OscillatorNode(context);',
    'an enum without the value': "new ours.OscillatorNode(context, { type: 'noise' });",
    'an option that is none': 'new ours.GainNode(context, { volume: 1 });',
    'a param that is read only': 'context.createGain().gain = context.createGain().gain;',
    'an interface that nobody constructs': 'new ours.AudioNode();',
    'a factory of the other context': 'context.createMediaStreamDestination();',
    'a dictionary without what it requires': 'new ours.AudioBuffer({ length: 1 });',
    'a release mode that is none': "new ours.AudioNodePools(context).releaseAll('soon');",
    'a pool of another type': 'new ours.NodePool<ours.DelayNode>(context, () => context.createGain());',
    'a source without a context': 'new ours.OscillatorNode();',
  };
  const errors = compile([OURS, context, ...Object.values(refused)].join('\n'));
  for (const [name, text] of Object.entries(refused)) {
    it(`refused: ${name}`, () => assert.ok(errors.some((each) => each.startsWith(`program.mts: ${text}\n`))));
  }
  it('and nothing else', () => assert.equal(errors.length, Object.keys(refused).length));
});
