// Before `npm pack`: build/ gets the addon and the program of -Dpackage=true and the libraries that they
// open, native/ the sources, for machines on which those do not run. After it, `package.mjs clean`: both would
// only grow old in the tree. Debian's libraries are taken as they are, each with its licence.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync,
  writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const js = fileURLToPath(new URL('..', import.meta.url));
const tree = join(js, '..');
const meson = join(tree, 'build-package');
const build = join(js, 'build');
const native = join(js, 'native');

// What js/package/*.c open, and what those need in turn.
const BUNDLED = ['libcubeb.so.0', 'libspeexdsp.so.1', 'libsndio.so.7', 'libbsd.so.0', 'libmd.so.0',
  'libsndfile.so.1', 'libFLAC.so.12', 'libvorbis.so.0', 'libvorbisenc.so.2', 'libogg.so.0', 'libopus.so.0',
  'libmpg123.so.0', 'libmp3lame.so.0', 'libsoxr.so.0', 'libgomp.so.1', 'libmysofa.so.1', 'libz.so.1'];
// Taken from the machine: libc, what Node itself needs, and the sound systems that are there.
const OF_THE_MACHINE = ['libc.so.6', 'libm.so.6', 'ld-linux-x86-64.so.2', 'ld-linux-aarch64.so.1',
  'libgcc_s.so.1', 'libstdc++.so.6', 'libasound.so.2', 'libpulse.so.0', 'libjack.so.0'];
// Those for which there is a stand-in, and what its functions begin with.
const STAND_INS = { 'libpulse.so.0': 'pa_', 'libjack.so.0': 'jack_' };
// Of which libcubeb takes it for granted that they return a text.
const TEXTS = { pa_get_library_version: '"0"' };
const SOURCES = ['LICENSE', 'meson.build', 'meson_options.txt', 'include', 'src', 'cli', 'examples', 'man',
  'js/meson.build', 'js/abi', 'js/node', 'js/package', 'js/test/run.sh', 'tools/hrtf_table.c'];

function output(command, ...args) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8',
    maxBuffer: 1 << 26 });
  if (status === 0) return stdout;
  throw new Error(`package: ${command} ${args.join(' ')}: ${error?.message ?? `${stdout}${stderr}`}`);
}

function compile() {
  const options = ['-Dpackage=true', '-Dtests=disabled', '-Ddefault_library=static', '--buildtype=release'];
  rmSync(meson, { recursive: true, force: true });
  output('meson', 'setup', meson, tree, ...options);
  output('ninja', '-C', meson, 'js/wavepool.node', 'wavepool');
  mkdirSync(join(build, 'lib/without'), { recursive: true });
  for (const path of ['js/wavepool.node', 'wavepool']) {
    const target = join(build, basename(path));
    copyFileSync(join(meson, path), target);
    output('strip', '--strip-unneeded', target);
    chmodSync(target, 0o755);
  }
}

// -- libraries ----------------------------------------------------------------------------------------------

const needed = (path) => [...output('readelf', '-d', path).matchAll(/\(NEEDED\).*\[(.*)\]/g)]
  .map(([, name]) => name);

function pathOf(name) {
  const line = new RegExp(`^\\s*${name.replace(/[.+]/g, '\\$&')} .*=> (.*)$`, 'm');
  const found = line.exec(output('/sbin/ldconfig', '-p'));
  if (found === null) throw new Error(`package: there is no ${name} on this machine`);
  return realpathSync(found[1]);
}

function bundle(name) {
  const path = pathOf(name);
  const strangers = needed(path).filter((each) => !BUNDLED.includes(each) && !OF_THE_MACHINE.includes(each));
  if (strangers.length > 0) {
    throw new Error(`package: ${name} needs ${strangers.join(', ')}, which nobody brings`);
  }
  copyFileSync(path, join(build, 'lib', name));
  chmodSync(join(build, 'lib', name), 0o644);
  return path;
}

// A library of that name with all functions that libcubeb links, each of which returns 0: no server is there.
function standIn([name, prefix]) {
  const symbols = [...output('objdump', '-T', pathOf('libcubeb.so.0'))
    .matchAll(new RegExp(`\\*UND\\*\\s+\\S+\\s+(?:\\((\\S+)\\)|\\S+)?\\s*(${prefix}\\w+)$`, 'gm'))];
  if (symbols.length === 0) throw new Error(`package: libcubeb links nothing of ${name}`);
  const work = mkdtempSync(join(tmpdir(), 'wavepool-'));
  const source = join(work, 'stand_in.c');
  const map = join(work, 'stand_in.map');
  const lines = symbols.map(([, , symbol]) => `void *${symbol}(void) { return ${TEXTS[symbol] ?? 0}; }\n`);
  writeFileSync(source, lines.join(''));
  const versions = new Set(symbols.map(([, version]) => version ?? ''));
  writeFileSync(map, [...versions].map((version) => `${version} { global: *; };\n`).join(''));
  output('cc', '-shared', '-fPIC', '-nostdlib', '-w', '-s', `-Wl,-soname,${name}`,
    `-Wl,--version-script=${map}`, '-o', join(build, 'lib/without', name), source);
  rmSync(work, { recursive: true });
}

// -- licences -----------------------------------------------------------------------------------------------

const README = `Libraries that wavepool opens when it needs them. They are Debian 12's, unmodified; their
licences are in licences/. Each can be replaced: put another build of it here under its name, or remove it
to take the system's.

without/ has stand-ins of our own for the libraries of sound systems that are not installed: their functions
do nothing. jansson is linked into the addon and the program, ncurses into the program.

The complete sources are at https://deb.debian.org/debian and https://snapshot.debian.org/, in packages

`;

// The Debian package that a file is of, its version, and the source package.
function packageOf(path) {
  const owner = [path, path.replace(/^\/usr/, '')].map((each) => {
    try {
      return output('dpkg-query', '-S', each).split(':')[0];
    } catch {
      return undefined;
    }
  }).find((each) => each !== undefined);
  if (owner === undefined) throw new Error(`package: no Debian package has ${path}`);
  const [version, source, sourceVersion] = output('dpkg-query', '-W', '-f',
    '${Version}\n${source:Package}\n${source:Version}\n', owner).split('\n');
  return { owner, version, source, sourceVersion };
}

function licences(paths) {
  const folder = join(build, 'lib/licences');
  mkdirSync(folder, { recursive: true });
  const rows = new Map();
  for (const path of paths) {
    const of = packageOf(path);
    copyFileSync(`/usr/share/doc/${of.owner}/copyright`, join(folder, `${of.owner}.txt`));
    rows.set(of.owner, { ...of, files: [...rows.get(of.owner)?.files ?? [], basename(path)] });
  }
  for (const name of ['LGPL-2', 'LGPL-2.1', 'GPL-2', 'GPL-3']) {
    copyFileSync(`/usr/share/common-licenses/${name}`, join(folder, name));
  }
  const list = [...rows.values()].map((of) => `  ${of.source} ${of.sourceVersion}: ${of.files.join(', ')}`);
  writeFileSync(join(build, 'lib/README.txt'), `${README}${list.join('\n')}\n`);
}

// -- everything ---------------------------------------------------------------------------------------------

function clean() {
  for (const folder of [build, native, meson]) rmSync(folder, { recursive: true, force: true });
}

function make() {
  clean();
  compile();
  const paths = BUNDLED.map(bundle);
  Object.entries(STAND_INS).forEach(standIn);
  const sofa = '/usr/share/libmysofa/default.sofa';
  const archives = ['jansson', 'ncurses', 'tinfo'].map((name) =>
    realpathSync(output('cc', `-print-file-name=lib${name}.a`).trim()));
  licences([...paths, sofa, ...archives]);
  mkdirSync(join(build, 'share'));
  copyFileSync(realpathSync(sofa), join(build, 'share/default.sofa'));
  cpSync(join(tree, 'examples'), join(build, 'share/examples'), { recursive: true,
    filter: (path) => path === join(tree, 'examples') || path.endsWith('.json') });
  for (const path of SOURCES) cpSync(join(tree, path), join(native, path), { recursive: true });
  cpSync(join(js, 'node_modules/node-api-headers'), join(native, 'js/headers'), { recursive: true,
    filter: (path) => !/\/(test|lib|def)$/.test(path) });
  for (const path of [join(build, 'wavepool.node'), join(build, 'wavepool')]) {
    const strangers = needed(path).filter((name) => !/^(libc|libm|ld-linux[^.]*)\.so/.test(name));
    if (strangers.length > 0) throw new Error(`package: ${path} links ${strangers.join(', ')}`);
  }
  const { version } = JSON.parse(readFileSync(join(js, 'package.json'), 'utf8'));
  const glibc = [...output('objdump', '-T', join(build, 'wavepool.node')).matchAll(/GLIBC_([0-9.]+)/g)]
    .map(([, each]) => each).sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  console.error(`wavepool ${version} for ${process.platform}-${process.arch}, glibc ${glibc} or later`);
}

try {
  if (process.argv[2] === 'clean') clean();
  else make();
} catch (error) {
  clean();
  console.error(error.message);
  process.exit(1);
}
