// Goal: AudioContext on a device that nobody hears, whose clock is real: states, promises, events, times.
// Method: no test depends on how long anything takes.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { AudioContext, AudioPlaybackStats, AudioSinkInfo, ConstantSourceNode, OscillatorNode, event,
  mediaDevices, program, silent, task } from './helpers.mjs';

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
    await context.close();
    assert.equal(context.sinkId.type, 'none');
    await assert.rejects(context.setSinkId({ type: 'none' }), { name: 'InvalidStateError' });
  });

  it('a sink that cannot be had is an error event; it starts when it is told to, on the default one', async () => {
    const none = join(tmpdir(), 'wavepool-no-such-folder', 'heard.wav');
    for (const sinkId of [`file:${none}`, 'no such device', 'cubeb:no such device', 'null\0null', 'x'.repeat(5000)]) {
      const context = new AudioContext({ sinkId });
      await event(context, 'error');
      assert.deepEqual([context.sinkId, context.state], ['', 'suspended']);
      await context.resume();
      assert.equal(context.state, 'running');
      await context.close();
    }
  });

  it('the destination has as many channels as the device, and begins with two', async () => {
    const context = silent();
    const { destination } = context;
    assert.deepEqual([destination.maxChannelCount, destination.channelCount], [2, 2]);
    destination.channelCount = 1;
    assert.throws(() => {
      destination.channelCount = 3;
    }, { name: 'IndexSizeError' });
    await context.close();
  });
});

describe('setSinkId', () => {
  const inFolder = async (use) => {
    const folder = mkdtempSync(join(tmpdir(), 'wavepool-'));
    try {
      await use((name) => `file:${join(folder, name)}`, (name) => readFileSync(join(folder, name)));
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const record = async (context) => {
    const log = [];
    await task(); // what went before has been told
    context.onstatechange = () => log.push(context.state);
    context.onsinkchange = () => log.push('sinkchange');
    return log;
  };

  it('while it plays: from one file to the next and to none, without a frame lost', () => inFolder(
    async (sink, read) => {
      const context = new AudioContext({ sinkId: sink('a.wav'), sampleRate: 8000 });
      assert.equal(context.sinkId, sink('a.wav'));
      await context.resume();
      const log = await record(context);
      const source = new ConstantSourceNode(context);
      source.connect(context.destination);
      source.start();
      await until(() => context.currentTime > 0.05);
      const before = context.currentTime;
      const first = context.setSinkId(sink('b.wav'));
      assert.equal(context.sinkId, sink('a.wav'), 'until it is there');
      assert.equal(await first, undefined);
      assert.equal(context.sinkId, sink('b.wav'));
      await until(() => log.includes('running'));
      assert.deepEqual(log, ['suspended', 'sinkchange', 'running']);
      await until(() => context.currentTime > before + 0.05);
      await context.setSinkId({ type: 'none' });
      assert.equal(context.sinkId.type, 'none');
      await until(() => context.state === 'running');
      const now = context.currentTime;
      await until(() => context.currentTime > now);
      await context.close();
      for (const name of ['a.wav', 'b.wav']) {
        const bytes = read(name);
        assert.equal(bytes.toString('latin1', 0, 4), 'RIFF');
        assert.ok(bytes.length > 44 + 0.04 * 8000 * 8, name);
      }
    }));

  it('while it is suspended there is only the event', async () => {
    const context = silent();
    await context.suspend();
    const log = await record(context);
    await context.setSinkId('null');
    assert.deepEqual([log, context.sinkId], [['sinkchange'], 'null']);
    await context.setSinkId('null');
    await context.setSinkId({ type: 'none' });
    await context.setSinkId({ type: 'none' });
    assert.deepEqual(log, ['sinkchange', 'sinkchange']);
    await context.close();
  });

  it('what cannot be had rejects, and all goes on', () => inFolder(async (sink) => {
    const context = silent();
    await context.resume();
    const log = await record(context);
    await assert.rejects(context.setSinkId('other'), { name: 'NotFoundError' });
    await assert.rejects(context.setSinkId('null\0null'), { name: 'NotFoundError' });
    await assert.rejects(context.setSinkId(sink('none/a.wav')), { name: 'InvalidAccessError' });
    await assert.rejects(context.setSinkId({ type: 'some' }), TypeError);
    assert.deepEqual([log, context.sinkId.type, context.state], [[], 'none', 'running']);
    const now = context.currentTime;
    await until(() => context.currentTime > now);
    await context.close();
  }));

  it('messages wait for one another', async () => {
    const context = silent();
    const log = [];
    const note = (name) => () => log.push(`${name} ${context.state} ${typeof context.sinkId}`);
    await Promise.all([context.resume().then(note('resume')), context.setSinkId('null').then(note('string')),
      context.setSinkId({ type: 'none' }).then(note('none')), context.suspend().then(note('suspend')),
      context.setSinkId('null').then(note('string')), context.close().then(note('close'))]);
    assert.deepEqual(log, ['resume running object', 'string suspended string', 'none suspended object',
      'suspend suspended object', 'string suspended string', 'close closed string']);
  });

  it('again and again', async () => {
    const context = silent();
    await context.resume();
    const source = new OscillatorNode(context);
    source.connect(context.destination);
    source.start();
    let changes = 0;
    context.onsinkchange = () => changes++;
    for (let count = 0; count < 10; count++) {
      await context.setSinkId('null');
      await context.setSinkId({ type: 'none' });
    }
    assert.equal(changes, 20);
    await context.close();
  });
});

describe('a device that is lost', () => {
  // The system lets the process write files of 64 KiB and no more.
  const limited = (text) => program(`const context = new AudioContext({ sinkId: 'file:' + process.env.HEARD,
      sampleRate: 48000 });
    const source = new ConstantSourceNode(context);
    source.connect(context.destination);
    source.start();
    ${text}`, { limitKiB: 64 });

  it('is an error event, and suspends', async () => {
    const { out, err } = await limited(`context.onerror = (event) => {
        console.log(event.type, event.target === context, context.state);
        context.onstatechange = () => {
          context.onstatechange = null;
          console.log(context.state, context.sinkId.startsWith('file:'));
          context.close();
        };
      };`);
    assert.deepEqual([out, err], ['error true running\nsuspended true\n', '']);
  });

  it('another sink plays on; resume opens the same one', async () => {
    const { out, err } = await limited(`context.onerror = async () => {
        context.onerror = null;
        const time = context.currentTime;
        await context.resume();
        console.log(context.state);
        context.onerror = async () => {
          await context.setSinkId({ type: 'none' });
          await context.resume();
          console.log(context.state, context.sinkId.type, context.currentTime >= time);
          source.stop();
        };
      };`);
    assert.deepEqual([out, err], ['running\nrunning none true\n', '']);
  });
});

it('devices are listed', async () => {
  const list = await mediaDevices.enumerateDevices();
  assert.ok(list.length >= 3);
  for (const each of list) {
    assert.deepEqual(Object.keys(each), ['deviceId', 'groupId', 'kind', 'label', 'isDefault', 'maxChannelCount',
      'sampleRate']);
    assert.ok(['audioinput', 'audiooutput'].includes(each.kind));
  }
  for (const { deviceId } of list.filter((each) => each.kind === 'audiooutput')) {
    const context = new AudioContext({ sinkId: deviceId });
    assert.equal(context.sinkId, deviceId);
    await context.close();
  }
  assert.throws(() => new mediaDevices.constructor(), TypeError);
  assert.equal(mediaDevices.ondevicechange, null);
  mediaDevices.ondevicechange = 1;
  assert.equal(mediaDevices.ondevicechange, null);
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
