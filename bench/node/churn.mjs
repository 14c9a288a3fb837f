// One library, one way to play: churn.mjs LIBRARY MODE SECONDS PEERS. Prints one line of JSON.
//
//   ahead     all notes are placed before an offline render begins
//   suspend   an offline render that is suspended every 25 ms, which places the next notes
//   realtime  a context that plays to nobody; a timer places notes every 25 ms
//
// Time per note is CPU time of the turns that place notes, the best of eight parts of them: a machine that is
// shared adds to it, and pauses of the collector are told apart. In real time the render thread's would count
// too: there it is the median turn's time. What grows, and what the collector does, is measured
// from the end of the warm-up, half of the notes, to their end. The heap is what a collection of everything
// leaves of it. V8's memory reducer has to be off: it answers such a collection with more of them.
import { PerformanceObserver, constants } from 'node:perf_hooks';
import { libraries, pitch } from './libraries.mjs';

const [name, mode, secondsText, folder] = process.argv.slice(2);
const SECONDS = Number(secondsText), RATE = 48000, NOTES_PER_S = 200, TURN_S = 0.025;
const SETTLE_MS = 500;
const NOTES_PER_TURN = NOTES_PER_S * TURN_S, LEAD_S = 0.05;
const TURNS = Math.round(SECONDS / TURN_S), WARM_UP_TURNS = TURNS / 2 | 0;

const peer = libraries[name];
const module = await import(peer.address(folder));

// -- what is measured ---------------------------------------------------------------------------------------

const collections = { minor: 0, major: 0, pauseMs: 0, longestPauseMs: 0 };
let countedFromMs = Infinity, countedToMs = Infinity; // what is told later happened before
const observer = new PerformanceObserver((list) => list.getEntries().forEach(note));
observer.observe({ entryTypes: ['gc'] });

function note({ startTime, duration, detail }) {
  if (startTime < countedFromMs || startTime > countedToMs) return;
  if (detail.kind === constants.NODE_PERFORMANCE_GC_MINOR) collections.minor++;
  else if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) collections.major++;
  collections.pauseMs += duration;
  collections.longestPauseMs = Math.max(collections.longestPauseMs, duration);
}

const task = () => new Promise((resolve) => {
  setImmediate(resolve);
});

// When V8 has given back the pages that a collection has emptied, which it does on a thread of its own.
async function size() {
  for (let count = 0; count < 3; count++) {
    globalThis.gc();
    await task();
  }
  await new Promise((resolve) => {
    setTimeout(resolve, SETTLE_MS);
  });
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, rss };
}

const cpuUs = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

function median(list) {
  const sorted = Float64Array.from(list).sort();
  return sorted[sorted.length >> 1];
}

const PARTS = 8;

function bestPart(turns) {
  const means = [];
  for (let part = 0; part < PARTS; part++) {
    const own = turns.subarray(part * turns.length / PARTS, (part + 1) * turns.length / PARTS);
    means.push(own.reduce((sum, each) => sum + each, 0) / own.length);
  }
  return Math.min(...means);
}

const turnUs = new Float64Array(TURNS); // of each turn that places notes
let begin = null, end = null;

async function warm() {
  begin = await size();
  countedFromMs = performance.now();
}

async function finish() {
  countedToMs = performance.now();
  end = await size();
  observer.takeRecords().forEach(note);
}

// -- ways to play -------------------------------------------------------------------------------------------

function placeTurn(play, turn, when) {
  for (let index = 0; index < NOTES_PER_TURN; index++) {
    play(when + index / NOTES_PER_S, pitch(turn * NOTES_PER_TURN + index));
  }
}

async function ahead() {
  const wallMs = performance.now(), us = cpuUs();
  countedFromMs = wallMs;
  const context = new module.OfflineAudioContext(1, SECONDS * RATE, RATE);
  const play = peer.player(module, context, context.destination);
  const before = cpuUs();
  for (let turn = 0; turn < TURNS; turn++) placeTurn(play, turn, turn * TURN_S);
  const placed = cpuUs();
  await context.startRendering();
  return { usPerNote: (placed - before) / (TURNS * NOTES_PER_TURN), totalMs: performance.now() - wallMs,
    totalCpuMs: (cpuUs() - us) / 1000 };
}

async function suspended() {
  const us = cpuUs();
  const context = new module.OfflineAudioContext(1, SECONDS * RATE, RATE);
  const play = peer.player(module, context, context.destination);
  let turn = 0;
  const next = async () => {
    if (turn === WARM_UP_TURNS) await warm();
    const before = cpuUs();
    placeTurn(play, turn, turn * TURN_S + LEAD_S);
    turnUs[turn] = cpuUs() - before;
    turn++;
    if (turn === TURNS) await finish();
    else if (!peer.suspendsAhead) context.suspend(turn * TURN_S).then(next);
    context.resume();
  };
  const count = peer.suspendsAhead ? TURNS : 1; // some take none once they render
  for (let index = 0; index < count; index++) context.suspend(Math.max(index * TURN_S, 0.001)).then(next);
  await context.startRendering();
  return { usPerNote: bestPart(turnUs.subarray(WARM_UP_TURNS)) / NOTES_PER_TURN,
    totalCpuMs: (cpuUs() - us) / 1000 };
}

async function realtime() {
  const us = cpuUs();
  const context = new module.AudioContext({ sampleRate: RATE, ...peer.silent() });
  await context.resume();
  const play = peer.player(module, context, context.destination);
  let turn = 0;
  await new Promise((resolve) => {
    const timer = setInterval(() => {
      if (turn >= WARM_UP_TURNS && begin === null) {
        begin = {};
        warm();
      }
      while (turn < TURNS && turn * TURN_S <= context.currentTime) {
        const before = performance.now();
        placeTurn(play, turn, turn * TURN_S + LEAD_S);
        turnUs[turn] = 1000 * (performance.now() - before);
        turn++;
      }
      if (turn === TURNS) {
        clearInterval(timer);
        resolve();
      }
    }, 1000 * TURN_S);
  });
  const underruns = peer.underruns(module, context);
  await finish();
  await context.close();
  return { usPerNote: median(turnUs.subarray(WARM_UP_TURNS)) / NOTES_PER_TURN, underruns,
    totalCpuMs: (cpuUs() - us) / 1000 };
}

const result = await { ahead, suspend: suspended, realtime }[mode]();
if (mode === 'ahead') {
  await task();
  observer.takeRecords().forEach(note);
}
const MB = 1e6;
console.log(JSON.stringify({ name, mode, seconds: SECONDS, notes: TURNS * NOTES_PER_TURN, ...result,
  gc: collections,
  ...(begin === null ? {} : { heapGrowthMb: (end.heap - begin.heap) / MB,
    rssGrowthMb: (end.rss - begin.rss) / MB }) }));
process.exit(0);
