#!/bin/sh
# The module's tests in Node, then those of the package with the module in the addon's place: 77 (skipped) without
# node >= 20, what `npm ci` installs, or the module (make wasm).
cd "$(dirname "$0")/../.." || exit 1
command -v node > /dev/null || { echo "skipped: there is no node"; exit 77; }
node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' ||
  { echo "skipped: node is older than 20"; exit 77; }
[ -d node_modules/webidl2 ] || { echo "skipped: run npm ci in js/"; exit 77; }
[ -e "${WAVEPOOL_WASM:-../build-wasm/js/web/wavepool.wasm}" ] || { echo "skipped: run make wasm"; exit 77; }
node --test test/wasm/*.test.mjs || exit 1

exec node --import ./test/wasm/register.mjs --test test/buffer.test.mjs test/effects.test.mjs test/errors.test.mjs \
  test/events.test.mjs test/graph.test.mjs test/lifetime.test.mjs test/offline.test.mjs test/pools_buffers.test.mjs \
  test/pools_manager.test.mjs test/pools_nodes.test.mjs test/pools_types.test.mjs test/pools_voices.test.mjs test/rules.test.mjs
