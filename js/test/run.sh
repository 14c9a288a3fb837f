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
exec "$node" --test test/*.test.mjs
