#!/bin/sh
# Install what a Debian 12 machine lacks. Asks nothing, and does nothing when all is there.
#   tools/bootstrap.sh demo    what building the library and the program takes
#   tools/bootstrap.sh test    that, and what the tests take
# POSIX sh and dpkg are all that may be assumed here.
set -eu

# sound-theme-freedesktop: the recordings of one of the example scenes.
demo_packages="build-essential meson ninja-build pkg-config libcubeb-dev libsndfile1-dev libsoxr-dev
    libjansson-dev libmysofa-dev libncurses-dev sound-theme-freedesktop"
# clang-22: RealtimeSanitizer came with clang 20. pulseaudio: a sound server without hardware.
# fftw: the oracle of our transforms. g++ (in build-essential): the headers as C++. jsonschema: the scenes.
test_packages="python3 python3-jsonschema libcmocka-dev libfftw3-dev pulseaudio pulseaudio-utils clang-22 lld-22
    libclang-rt-22-dev valgrind clang-format"

case "${1:-}" in
demo) wanted="$demo_packages" ;;
test) wanted="$demo_packages $test_packages" ;;
*)
    echo "usage: $0 demo|test" >&2
    exit 2
    ;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "$0: no dpkg here; these Debian packages are taken as present:" $wanted >&2
    exit 0
fi

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=""
for package in $wanted; do
    is_installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

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

echo "$0: installing$missing"
as_root apt-get update
case " $missing " in
*" clang-22 "*) has_candidate clang-22 || add_security_suite ;;
esac
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
