// Goal: a page plays through its AudioWorklet, and renders offline in a Worker, with the package's own classes.
// Method: Debian's Chromium, without a window, on a server that isolates the page; what is played is recorded from
// the engine's own output and by an AnalyserNode of the browser's.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { serve } from './serve.mjs';

const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
const playwright = await import('playwright-core').catch(() => null);
const module = new URL('../../../build-wasm/js/web/wavepool.wasm', import.meta.url);
const hrtf = new URL('../../../build/js/hrtf.bin', import.meta.url);
const missing = playwright === null ? 'run npm ci in js/' : !existsSync(chromium) ? `there is no ${chromium}`
  : !existsSync(module) ? 'run make wasm' : false;

describe('Chromium', { skip: missing }, () => {
  let server, browser, page;
  const errors = [];

  before(async () => {
    server = await serve();
    browser = await playwright.chromium.launch({ executablePath: chromium,
      args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'] });
    page = await browser.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('response', (each) => each.status() >= 400 && errors.push(each.url()));
    await page.goto(`${server.url}/js/test/browser/page.html`);
    await page.waitForFunction(() => document.title !== 'wavepool', null, { timeout: 60000 });
    assert.equal(await page.title(), 'loaded', errors.join('; '));
  });

  after(async () => {
    await browser?.close();
    server?.close();
  });

  it('renders offline in a Worker', async () => {
    const peak = await page.evaluate(async () => {
      const { OfflineAudioContext } = globalThis.wavepool;
      const context = new OfflineAudioContext(2, 48000, 48000);
      const tone = context.createOscillator(), gain = context.createGain();
      gain.gain.value = 0.25;
      tone.connect(gain).connect(context.destination);
      tone.start();
      const rendered = await context.startRendering();
      return Math.max(...rendered.getChannelData(1));
    });
    assert.ok(Math.abs(peak - 0.25) < 1e-6, `${peak}`);
  });

  it('plays through its AudioWorklet: clock, events, automation', async () => {
    const seen = await page.evaluate(async () => {
      const { AudioContext } = globalThis.wavepool;
      const context = new AudioContext();
      const states = [];
      context.onstatechange = () => states.push(context.state);
      const tone = context.createOscillator(), gain = context.createGain();
      gain.gain.setValueAtTime(0.5, 0);
      gain.gain.linearRampToValueAtTime(0.1, 0.3);
      tone.connect(gain).connect(context.destination);
      const ended = new Promise((resolve) => {
        tone.onended = resolve;
      });
      tone.start(0.05);
      tone.stop(0.4);
      await ended;
      const endedAt = context.currentTime, value = gain.gain.value;
      const stamp = context.getOutputTimestamp();
      const late = performance.now() - stamp.performanceTime;
      await context.suspend();
      const still = [context.state, context.currentTime];
      await new Promise((resolve) => {
        setTimeout(resolve, 60);
      });
      still.push(context.currentTime);
      await context.resume();
      const from = context.currentTime;
      while (context.currentTime < from + 0.1) {
        await new Promise((resolve) => {
          setTimeout(resolve, 5);
        });
      }
      const { baseLatency, sampleRate } = context;
      await context.close();
      return { states, endedAt, value, stamp, late, still, baseLatency, sampleRate, state: context.state };
    });
    assert.ok(seen.endedAt >= 0.4 && seen.endedAt < 5, `${seen.endedAt}`);
    assert.ok(Math.abs(seen.value - 0.1) < 1e-6, `${seen.value}`);
    assert.equal(seen.still[0], 'suspended');
    assert.equal(seen.still[1], seen.still[2]);
    assert.deepEqual(seen.states.slice(0, 3), ['running', 'suspended', 'running']);
    assert.equal(seen.state, 'closed');
    assert.ok(seen.baseLatency > 0 && seen.stamp.contextTime > 0);
    assert.ok(Math.abs(seen.late) < 2000, `the stamp is ${seen.late} ms old`);
  });

  it('takes no memory while it plays, and gives all of it back', async () => {
    const { before, playing, after } = await page.evaluate(async () => {
      const { AudioContext } = globalThis.wavepool;
      const { slots, calls, engine } = globalThis.host;
      const ledger = () => {
        slots[0] = engine();
        calls.engineMemory();
        return [slots[2], slots[4]]; // used, allocations
      };
      const sleep = (ms) => new Promise((resolve) => {
        setTimeout(resolve, ms);
      });
      const before = ledger()[0];
      const context = new AudioContext();
      const tone = context.createOscillator();
      tone.connect(context.destination);
      tone.start();
      while (context.currentTime < 0.1) await sleep(5);
      const playing = [ledger()];
      const from = context.currentTime;
      while (context.currentTime < from + 0.5) await sleep(5);
      playing.push(ledger());
      await context.close();
      let after = ledger()[0];
      for (let tries = 0; tries < 500 && after > before + 100000; tries++) {
        await sleep(10);
        [after] = ledger();
      }
      return { before, playing, after };
    });
    assert.deepEqual(playing[0], playing[1]);
    assert.ok(after <= before + 100000, `${before} before, ${after} after`); // what is kept for reuse
  });

  it('decodes with the browser', async () => {
    const decoded = await page.evaluate(async () => {
      const bytes = new Uint8Array(44 + 2 * 4800), view = new DataView(bytes.buffer);
      const put = (at, string) => bytes.set(new TextEncoder().encode(string), at);
      put(0, 'RIFF');
      view.setUint32(4, 36 + 2 * 4800, true);
      put(8, 'WAVEfmt ');
      [[16, 16], [24, 48000], [28, 96000]].forEach(([at, value]) => view.setUint32(at, value, true));
      [[20, 1], [22, 1], [32, 2], [34, 16]].forEach(([at, value]) => view.setUint16(at, value, true));
      put(36, 'data');
      view.setUint32(40, 2 * 4800, true);
      for (let frame = 0; frame < 4800; frame++) view.setInt16(44 + 2 * frame, 16384, true);
      const context = new globalThis.wavepool.OfflineAudioContext(1, 128, 48000);
      const buffer = await context.decodeAudioData(bytes.buffer);
      return [buffer.length, buffer.getChannelData(0)[2400]];
    });
    assert.equal(decoded[0], 4800);
    assert.ok(Math.abs(decoded[1] - 0.5) < 1e-3, `${decoded[1]}`);
  });

  it('has HRTF once its table is loaded', { skip: !existsSync(hrtf) && 'the native build makes hrtf.bin' }, async () => {
    const { before, sides } = await page.evaluate(async () => {
      const { OfflineAudioContext } = globalThis.wavepool;
      const context = new OfflineAudioContext(2, 4800, 44100);
      const panner = context.createPanner();
      let before = null;
      try {
        panner.panningModel = 'HRTF';
      } catch (error) {
        before = [error.name, error.message];
      }
      await globalThis.host.loadHrtf(44100, '/build/js/hrtf.bin');
      panner.panningModel = 'HRTF';
      panner.positionX.value = -2;
      const tone = context.createOscillator();
      tone.connect(panner).connect(context.destination);
      tone.start();
      const rendered = await context.startRendering();
      const power = (channel) => rendered.getChannelData(channel).reduce((sum, each) => sum + each * each, 0);
      return { before, sides: [power(0), power(1)] };
    });
    assert.equal(before[0], 'NotSupportedError');
    assert.match(before[1], /loadHrtf/);
    assert.ok(sides[0] > 2 * sides[1] && sides[1] > 0, `${sides}`);
  });

  // Nobody has touched that page, so its browser plays nothing; what is asked of a context is answered all the same.
  it('suspends and closes where the browser waits for a gesture', async () => {
    const strict = await playwright.chromium.launch({ executablePath: chromium,
      args: ['--no-sandbox', '--autoplay-policy=document-user-activation-required'] });
    const other = await strict.newPage();
    // Evaluating counts as a gesture, so the page does it by itself and tells by its console.
    await other.addInitScript(() => {
      globalThis.whenLoaded = async ({ AudioContext }) => {
        const context = new AudioContext();
        const tone = context.createOscillator();
        tone.connect(context.destination);
        tone.start();
        await new Promise((resolve) => {
          setTimeout(resolve, 100);
        });
        const time = context.currentTime;
        await context.suspend();
        const { state } = context;
        await context.close();
        console.log(JSON.stringify([time, state, context.state]));
      };
    });
    const [told] = await Promise.all([
      other.waitForEvent('console', (message) => message.text().startsWith('[')),
      other.goto(`${server.url}/js/test/browser/page.html`)]);
    const seen = JSON.parse(told.text());
    await strict.close();
    assert.deepEqual(seen, [0, 'suspended', 'closed']);
  });

  it('says what is wrong where pages are not isolated', async () => {
    const careless = await serve({ isIsolated: false });
    const other = await browser.newPage();
    await other.goto(`${careless.url}/js/test/browser/page.html`);
    await other.waitForFunction(() => document.title !== 'wavepool', null, { timeout: 60000 });
    assert.match(await other.title(), /failed: wavepool: this page cannot share memory .* Cross-Origin-Opener-Policy/);
    careless.close();
  });

  it('nothing went wrong on the way', () => assert.deepEqual(errors, []));
});
