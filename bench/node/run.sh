#!/bin/sh
# The benchmarks of the package, in Node: run.sh BUILD_FOLDER [if-there]. Builds the addon first if that takes
# npm's headers. if-there: without node and npm it is skipped; else that is a failure.
set -eu
build=$1
skip() {
    echo "bench/node: $1" >&2
    [ "${2:-}" = if-there ] && exit 0
    exit 1
}
PATH=$PWD/build-node:$PATH # of our own, where the machine's is too old
command -v node >/dev/null 2>&1 || skip "skipped: there is no node" "${2:-}"
command -v npm >/dev/null 2>&1 || skip "skipped: there is no npm" "${2:-}"
node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' ||
    skip "skipped: node is older than 20" "${2:-}"
if [ ! -d js/node_modules/node-api-headers ]; then
    (cd js && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
        skip "skipped: npm cannot install what the addon is built with" "${2:-}"
    meson setup --reconfigure "$build"
fi
ninja -C "$build" js/wavepool.node
exec node bench/node/run.mjs "$build"
