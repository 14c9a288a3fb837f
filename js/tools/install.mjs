// After `npm install`: does the addon that came with the package run here? Else it is built from the sources
// that came with it too. Nothing fails: a program that never loads the addon may still want the package, and
// one that does is told.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = `${root}native`;
const addon = `${root}build/wavepool.node`;

function whyNot() {
  if (!existsSync(addon)) return 'there is none';
  const { status, stderr } = spawnSync(process.execPath, ['-e', 'require(process.argv[1])', addon],
    { encoding: 'utf8' });
  if (status === 0) return '';
  return stderr.split('\n').find((line) => /Error: /.test(line)) ?? `exit status ${status}`;
}

function run(command, ...args) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return;
  if (error?.code === 'ENOENT') throw new Error(`there is no ${command}`);
  throw new Error(`${stdout ?? ''}${stderr ?? ''}`.trim());
}

// Linked against the libraries of this machine.
function buildFromSource() {
  const folder = `${sources}/build`;
  rmSync(folder, { recursive: true, force: true });
  run('meson', 'setup', folder, sources, '-Dtests=disabled', '-Ddefault_library=static');
  run('ninja', '-C', folder, 'js/wavepool.node', 'wavepool');
  mkdirSync(`${root}build`, { recursive: true });
  for (const [from, to] of [['js/wavepool.node', 'wavepool.node'], ['wavepool', 'wavepool']]) {
    rmSync(`${root}build/${to}`, { force: true });
    copyFileSync(`${folder}/${from}`, `${root}build/${to}`);
  }
  rmSync(folder, { recursive: true, force: true });
}

// In the source tree there is nothing to do: the tests build what they need.
const why = existsSync(sources) ? whyNot() : '';
if (why !== '') {
  console.log(`wavepool: the addon in the package does not run here (${why}); building it from source`);
  try {
    buildFromSource();
    const still = whyNot();
    if (still !== '') throw new Error(still);
    console.log('wavepool: built');
  } catch (error) {
    console.error(`wavepool: building failed: ${error.message}\n\n` +
      'wavepool: it takes a C compiler, meson, ninja, pkg-config, and libcubeb, libsndfile, libsoxr,\n' +
      'jansson, libmysofa and ncurses with their headers. Debian:\n' +
      '  apt-get install build-essential meson ninja-build pkg-config libcubeb-dev libsndfile1-dev \\\n' +
      '    libsoxr-dev libjansson-dev libmysofa-dev libncurses-dev\n' +
      'Then: npm rebuild wavepool --foreground-scripts');
  }
}
