// Goal: AudioContext on a device that nobody hears, whose clock is real: states, promises, events, times.
// Method: no test depends on how long anything takes.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { AudioContext, AudioPlaybackStats, AudioSinkInfo, event, silent, task } from './helpers.mjs';

const until = async (test) => {
  while (!test()) await new Promise((resolve) => {
    setTimeout(resolve, 1);
  });
};

describe('states', () => {
  it('it starts by itself', async () => {
    const context = silent();
    assert.equal(context.state, 'suspended');
    await event(context, 'statechange');
    assert.equal(context.state, 'running');
    await until(() => context.currentTime > 0.01);
    await context.close();
    assert.equal(context.state, 'closed');
  });

  it('messages are carried out in the order in which they were sent', async () => {
    const context = silent();
    const log = [];
    context.onstatechange = () => log.push(`event ${context.state}`);
    const note = (name) => () => log.push(`${name} ${context.state}`);
    await Promise.all([context.resume().then(note('resume')), context.suspend().then(note('suspend')),
      context.suspend().then(note('again')), context.resume().then(note('resume'))]);
    await context.suspend();
    await context.close().then(note('close'));
    await task();
    await task();
    assert.deepEqual(log.filter((each) => !each.startsWith('event')), ['resume running', 'suspend suspended',
      'again suspended', 'resume running', 'close closed']);
    assert.equal(log.filter((each) => each.startsWith('event')).length, 5);
  });

  it('time stands still while suspended, and edits wait', async () => {
    const context = silent();
    await context.resume();
    await until(() => context.currentTime > 0);
    await context.suspend();
    const now = context.currentTime;
    const source = context.createConstantSource();
    source.start();
    source.stop(now + 0.001);
    const ended = event(source, 'ended');
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
    assert.equal(context.currentTime, now);
    await context.resume();
    await ended;
    assert.ok(context.currentTime > now);
    await context.close();
  });

  it('a closed one refuses, and what is made in it is silent', async () => {
    const context = silent();
    const [before, source] = [context.createGain(), context.createOscillator()];
    before.gain.value = 0.5;
    await context.resume();
    await context.close();
    const rejects = (promise) => assert.rejects(promise, { name: 'InvalidStateError' });
    await rejects(context.close());
    await rejects(context.resume());
    await rejects(context.suspend());
    const time = context.currentTime;
    const after = context.createGain();
    assert.equal(before.connect(after), after);
    assert.equal(after.connect(context.destination), context.destination);
    after.disconnect();
    before.disconnect(after);
    before.channelCount = 3;
    after.gain.value = 0.25;
    after.gain.setValueAtTime(1, 1);
    before.gain.linearRampToValueAtTime(1, 1);
    source.start();
    source.stop();
    assert.deepEqual([before.gain.value, after.gain.value, before.channelCount], [0.5, 0.25, 3]);
    assert.throws(() => before.connect(after, 1), { name: 'IndexSizeError' });
    assert.throws(() => context.createDelay(0), { name: 'NotSupportedError' });
    assert.throws(() => source.start(), { name: 'InvalidStateError' });
    assert.equal(context.createBuffer(1, 1, 48000).length, 1);
    context.listener.setPosition(1, 2, 3);
    assert.equal(context.listener.positionY.value, 2);
    assert.equal(context.currentTime, time);
    assert.equal(context.outputLatency, 0);
    assert.ok(context.getOutputTimestamp().contextTime <= time);
  });
});

describe('options', () => {
  it('sample rate, latency, quantum', async () => {
    const context = silent({ sampleRate: 22050, renderSizeHint: 100, latencyHint: 'playback' });
    assert.deepEqual([context.sampleRate, context.renderQuantumSize], [22050, 100]);
    const quick = silent({ latencyHint: 'interactive' });
    assert.ok(context.outputLatency > quick.outputLatency);
    const hinted = silent({ latencyHint: -5, renderSizeHint: 'hardware' });
    assert.equal(hinted.renderQuantumSize, 0);
    await event(hinted, 'statechange');
    assert.equal(hinted.renderQuantumSize, 128);
    await Promise.all([context, quick, hinted].map((each) => each.close()));
  });

  it('sinks', async () => {
    const context = silent();
    assert.ok(context.sinkId instanceof AudioSinkInfo);
    assert.equal(context.sinkId.type, 'none');
    assert.equal(context.sinkId, context.sinkId);
    assert.equal(await context.setSinkId({ type: 'none' }), undefined);
    await assert.rejects(context.setSinkId('other'), { name: 'NotSupportedError' });
    await context.close();
    await assert.rejects(context.setSinkId({ type: 'none' }), { name: 'InvalidStateError' });
  });

  it('a file is a sink; one that cannot be opened is an error event, and the default plays', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wavepool-'));
    try {
      const sinkId = `file:${join(folder, 'heard.wav')}`;
      const context = new AudioContext({ sinkId });
      assert.equal(context.sinkId, sinkId);
      await context.resume();
      await until(() => context.currentTime > 0.02);
      await context.close();
      assert.equal(readFileSync(join(folder, 'heard.wav')).toString('latin1', 0, 4), 'RIFF');
      const bad = new AudioContext({ sinkId: `file:${join(folder, 'none', 'heard.wav')}` });
      await event(bad, 'error');
      assert.equal(bad.sinkId, '');
      await bad.resume();
      await bad.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('time', () => {
  it('the output timestamp is behind currentTime, on the clock of performance.now()', async () => {
    const context = silent();
    const first = context.getOutputTimestamp(); // its thread may have been quicker than we
    assert.ok(first.performanceTime > 0 || first.contextTime === 0);
    await context.resume();
    await until(() => context.currentTime > 0.05);
    const before = performance.now();
    const { contextTime, performanceTime } = context.getOutputTimestamp();
    assert.ok(contextTime < context.currentTime);
    assert.ok(Math.abs(performanceTime - before) < 5000);
    await context.close();
  });

  it('playback stats', async () => {
    const context = silent();
    await context.resume();
    await until(() => context.currentTime > 0.02);
    const stats = context.playbackStats;
    assert.ok(stats instanceof AudioPlaybackStats);
    assert.equal(context.playbackStats, stats);
    const first = stats.toJSON();
    assert.deepEqual(Object.keys(first), ['underrunDuration', 'underrunEvents', 'totalDuration',
      'averageLatency',
      'minimumLatency', 'maximumLatency']);
    assert.ok(first.totalDuration > 0 && first.minimumLatency <= first.averageLatency);
    assert.ok(first.averageLatency <= first.maximumLatency);
    assert.deepEqual(stats.toJSON(), first, 'at most once a second');
    stats.resetLatency();
    assert.equal(stats.minimumLatency, stats.maximumLatency);
    await context.close();
    assert.equal(stats.totalDuration, first.totalDuration);
  });
});

it('a hundred contexts play at once', async () => {
  const contexts = Array.from({ length: 70 }, () => silent());
  await Promise.all(contexts.map((each) => each.resume()));
  const ended = contexts.map((context) => {
    const source = context.createConstantSource();
    source.start();
    source.stop(context.currentTime + 0.01);
    return event(source, 'ended');
  });
  await Promise.all(ended);
  await Promise.all(contexts.map((each) => each.close()));
});
