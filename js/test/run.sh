#!/bin/sh
# The tests of the package, for Meson: 77 (skipped) without node >= 20 or what `npm ci` installs.
cd "$(dirname "$0")/.." || exit 1
node=../build-node/node # of tools/bootstrap.sh, where the machine's own is too old
[ -x "$node" ] || node=$(command -v node) || { echo "skipped: there is no node"; exit 77; }
"$node" -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' ||
  { echo "skipped: node is older than 20"; exit 77; }
for each in webidl2 tone howler typescript @types/node; do
  [ -d "node_modules/$each" ] || { echo "skipped: there is no $each; run npm ci in js/"; exit 77; }
done
[ -e "$WAVEPOOL_ADDON" ] || { echo "skipped: the addon was not built"; exit 77; }
# A file ends when its tests have: ports of worklets have been seen to hold a process with Node 22.
# Some look at the clock and at when V8 collects: on a busy machine all get a second chance, and the output says so.
"$node" --test --test-force-exit test/*.test.mjs >/tmp/wavepool-js-$$.log && { cat /tmp/wavepool-js-$$.log; rm -f /tmp/wavepool-js-$$.log; exit 0; }
grep '^ *not ok' /tmp/wavepool-js-$$.log | sed 's/^ *not ok/failed at first:/'
rm -f /tmp/wavepool-js-$$.log
exec "$node" --test --test-force-exit test/*.test.mjs
