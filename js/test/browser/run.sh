#!/bin/sh
# The package in Chromium, for Meson: 77 (skipped) without node >= 20, npm ci, make wasm or Debian's chromium.
cd "$(dirname "$0")/../.." || exit 1
command -v node > /dev/null || { echo "skipped: there is no node"; exit 77; }
node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' ||
  { echo "skipped: node is older than 20"; exit 77; }
[ -d node_modules/playwright-core ] || { echo "skipped: run npm ci in js/"; exit 77; }
[ -e ../build-wasm/js/web/wavepool.wasm ] || { echo "skipped: run make wasm"; exit 77; }
[ -e "${CHROMIUM:-/usr/bin/chromium}" ] || { echo "skipped: there is no chromium"; exit 77; }
exec node --test test/browser/browser.test.mjs
