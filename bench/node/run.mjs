// Note churn in every library, one process each: run.mjs BUILD_FOLDER [--quick]
//
// Prints a table and writes BUILD_FOLDER/bench-node.json: { name: { value, unit } }. The peers are installed
// by npm into BUILD_FOLDER/bench-node. Where that cannot be done, what compares with them is left out, and it
// says so.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const [build, speed] = process.argv.slice(2);
const isQuick = speed === '--quick';
const folder = resolve(build, 'bench-node');
const churn = fileURLToPath(new URL('churn.mjs', import.meta.url));
const addon = resolve(build, 'js', 'wavepool.node');

// The first of its versions that loads.
const PEERS = {
  'node-web-audio-api': ['2.2.0', '1.0.9'],
  'web-audio-api': ['1.5.6'],
};
const OWN = ['voice-pool', 'node-pools', 'spec'];

// A peer that renders slower than real time gets fewer seconds: its time per note does not depend on them.
const SECONDS = {
  suspend: isQuick ? 30 : 60, // V8 has to get warm
  suspendSlow: isQuick ? 3 : 10,
  realtime: isQuick ? 5 : 20,
  probe: 4, // ahead, to find the quicker peer
  ahead: isQuick ? 10 : 30,
  aheadOwn: 60,
};
const SLOW = ['web-audio-api'];
const LIMIT_MS = 400000;

function run(program, args, options = {}) {
  return new Promise((done) => {
    execFile(program, args, { timeout: LIMIT_MS, maxBuffer: 1 << 24, ...options },
      (error, out, err) => done({ isOk: error === null, out, err }));
  });
}

async function loads(name) {
  const text = `import { createRequire } from 'node:module';
    await import(createRequire(process.argv[1]).resolve(process.argv[2])); process.exit(0);`;
  return (await run(process.execPath, ['--input-type=module', '-e', text, join(folder, 'package.json'),
    name])).isOk;
}

async function install(name) {
  for (const version of PEERS[name]) {
    const { isOk, err } = await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund',
      '--ignore-scripts',
      '--loglevel=error', `${name}@${version}`]);
    if (isOk && await loads(name)) return version;
    const [why] = err.trim().split('\n');
    console.log(`peer  ${name}@${version} ${isOk ? 'does not load here' : `cannot be installed: ${why}`}`);
  }
  return null;
}

async function measure(name, mode, seconds) {
  const { isOk, out, err } = await run(process.execPath, ['--expose-gc', '--no-memory-reducer', churn, name,
    mode, String(seconds),
    folder],
    { env: { ...process.env, WAVEPOOL_ADDON: addon } });
  if (!isOk) {
    console.log(`${name} ${mode}: failed: ${err.trim().split('\n').slice(-3).join(' ')}`);
    return null;
  }
  return JSON.parse(out.trim().split('\n').at(-1));
}

// -- table --------------------------------------------------------------------------------------------------

const COLUMNS = ['us/note', 'minor GC', 'major GC', 'pause ms', 'longest', 'heap MB', 'RSS MB', 'underruns',
  'CPU ms', 'total ms'];
const cell = (value, digits = 2) => (value === null || value === undefined
  ? '-' : Number(value.toFixed(digits)).toString());

function row(result) {
  const { name, mode, seconds, usPerNote, gc, heapGrowthMb, rssGrowthMb, underruns, totalCpuMs,
    totalMs } = result;
  const cells = [cell(usPerNote), cell(gc.minor), cell(gc.major), cell(gc.pauseMs), cell(gc.longestPauseMs),
    cell(heapGrowthMb), cell(rssGrowthMb), cell(underruns), cell(totalCpuMs, 0), cell(totalMs, 0)];
  const what = `${name.padEnd(20)}${`${mode} ${seconds} s`.padEnd(15)}`;
  console.log(`${what}${cells.map((each) => each.padStart(10)).join('')}`);
}

const results = [];
async function take(name, mode, seconds) {
  const result = await measure(name, mode, seconds);
  if (result !== null) {
    results.push(result);
    row(result);
  }
  return result;
}

const of = (name, mode, seconds = undefined) => results.find((each) => each.name === name &&
  each.mode === mode &&
  (seconds === undefined || each.seconds === seconds));

// -- what is said of it -------------------------------------------------------------------------------------

const figures = {};
function say(name, value, unit) {
  if (value !== undefined && value !== null && Number.isFinite(value)) figures[name] = { value, unit };
}

const least = (list) => (list.length === 0 ? undefined : Math.min(...list));

function conclude(peers, bestAhead) {
  const pools = OWN.filter((name) => name !== 'spec').map((name) => of(name, 'suspend')).filter(Boolean);
  const [voice, nodes] = pools;
  say('pool_us_per_note', voice?.usPerNote, 'us');
  say('node_pool_us_per_note', nodes?.usPerNote, 'us');
  say('spec_us_per_note', of('spec', 'suspend')?.usPerNote, 'us');
  const best = least(peers.map((name) => of(name,
    'suspend')?.usPerNote).filter((each) => each !== undefined));
  say('best_peer_us_per_note', best, 'us');
  say('spec_us_per_note_vs_best_peer', of('spec', 'suspend')?.usPerNote / best, 'x, less is better');
  say('pool_us_per_note_vs_best_peer', voice?.usPerNote / best, 'x, less is better');
  say('pool_gc_major', Math.max(...pools.map(({ gc }) => gc.major)), 'collections after warm-up');
  say('pool_gc_minor', Math.max(...pools.map(({ gc }) => gc.minor)), 'collections after warm-up');
  say('pool_heap_growth_mb', Math.max(...pools.map(({ heapGrowthMb }) => heapGrowthMb)), 'MB after warm-up');
  say('rss_growth_mb', Math.max(...pools.map(({ rssGrowthMb }) => rssGrowthMb)), 'MB after warm-up');
  say('spec_rss_growth_mb', of('spec', 'suspend')?.rssGrowthMb, 'MB after warm-up');
  // On a busy machine the peer may not come to the end of the longer one.
  const seconds = [SECONDS.ahead, SECONDS.probe].find((each) => of(bestAhead, 'ahead', each) !== undefined);
  say('ahead_vs_best_peer',
    of(bestAhead, 'ahead', seconds)?.totalCpuMs / of('spec', 'ahead', seconds)?.totalCpuMs,
    `x, CPU time of ${seconds} s of notes`);
  say('ahead_ms', of('spec', 'ahead', SECONDS.aheadOwn)?.totalMs, `ms, ${SECONDS.aheadOwn} s of notes`);
  say('ahead_pool_ms', of('voice-pool', 'ahead', SECONDS.aheadOwn)?.totalMs,
    `ms, ${SECONDS.aheadOwn} s of notes`);
  for (const name of [...OWN, ...peers]) {
    const key = name.replaceAll('-', '_');
    const live = of(name, 'realtime');
    say(`realtime_${key}_us_per_note`, live?.usPerNote, 'us, median');
    say(`realtime_${key}_underruns`, live?.underruns, 'events');
    say(`realtime_${key}_longest_gc_ms`, live?.gc.longestPauseMs, 'ms');
  }
}

async function main() {
  if (build === undefined || !existsSync(addon)) {
    console.error(`usage: run.mjs BUILD_FOLDER [--quick]; without ${addon}: npm ci in js/, then build`);
    process.exit(2);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const peers = [];
  console.log(`cpu   ${cpus()[0].model}, ${cpus().length} logical\nnode  ${process.version}`);
  for (const name of Object.keys(PEERS)) {
    const version = await install(name);
    if (version === null) continue;
    peers.push(name);
    console.log(`peer  ${name} ${version}`);
  }
  console.log(`\n${''.padEnd(35)}${COLUMNS.map((each) => each.padStart(10)).join('')}`);
  for (const name of [...OWN, ...peers]) {
    await take(name, 'suspend', SLOW.includes(name) ? SECONDS.suspendSlow : SECONDS.suspend);
  }
  for (const name of [...OWN, ...peers]) await take(name, 'realtime', SECONDS.realtime);
  for (const name of OWN) await take(name, 'ahead', SECONDS.aheadOwn);
  for (const name of ['spec', ...peers]) await take(name, 'ahead', SECONDS.probe);
  const bestAhead = peers.filter((name) => of(name, 'ahead') !== undefined)
    .sort((a, b) => of(a, 'ahead').totalCpuMs - of(b, 'ahead').totalCpuMs)[0];
  for (const name of ['spec', ...bestAhead === undefined ? [] : [bestAhead]]) {
    await take(name, 'ahead', SECONDS.ahead);
  }
  conclude(peers, bestAhead);
  console.log();
  for (const [name, { value, unit }] of Object.entries(figures)) {
    console.log(`${name.padEnd(40)}${value.toPrecision(4).padStart(12)}  ${unit}`);
  }
  const file = join(build, 'bench-node.json');
  writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
  console.log(`\nalso in ${file}`);
  const missing = OWN.filter((name) => of(name, 'suspend') === undefined ||
    of(name, 'realtime') === undefined);
  if (missing.length > 0) {
    console.error(`failed: ${missing.join(', ')}`);
    process.exit(1);
  }
}

await main();
