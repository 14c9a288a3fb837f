// Before `npm test`: addon and program as the tree makes them, in ../build. Says what is missing when that
// fails.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const build = `${root}build`;
const TARGETS = ['js/wavepool.node', 'wavepool'];

function fail(words) {
  console.error(`wavepool: ${words}`);
  process.exit(1);
}

function run(command, ...args) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  if (error?.code === 'ENOENT') {
    fail(`there is no ${command}; ${root}tools/bootstrap.sh demo installs what a build takes (Debian), ` +
      'or name a built addon in WAVEPOOL_ADDON');
  }
  if (error) fail(`${command}: ${error.message}`);
  if (status !== 0) fail(`${command} ${args.join(' ')} has failed:\n${stdout}${stderr}`);
}

function hasTargets() {
  const ninja = `${build}/build.ninja`;
  if (!existsSync(ninja)) return false;
  const text = readFileSync(ninja, 'utf8');
  return TARGETS.every((target) => text.includes(`build ${target}:`));
}

if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(`Node 20 or later is needed, this is ${process.version}`);
}
if (!process.env.WAVEPOOL_ADDON) {
  if (!existsSync(`${root}meson.build`)) fail('the tests run in the source tree only');
  if (!existsSync(`${root}js/node_modules/node-api-headers`)) fail('run npm ci in js/ first');
  if (!existsSync(`${build}/build.ninja`)) run('meson', 'setup', build);
  else if (!hasTargets()) run('meson', 'setup', '--reconfigure', build);
  run('ninja', '-C', build, ...TARGETS);
}
