#!/bin/sh
# Goal: tools/bootstrap.sh installs what is missing, nothing else, and finds clang-22 where Debian 12 has it.
# Method: stand-ins for dpkg-query, apt-get and the like in front of PATH, which write down what they
# were asked.
#   test_bootstrap.sh ROOT
set -eu
root=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
export WORK="$work"

stand_in() {
    printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}
# Everything is installed but what MISSING names.
stand_in dpkg-query 'eval "package=\${$#}"
case " $MISSING " in *" $package "*) exit 1 ;; esac
echo installed'
stand_in apt-get 'echo "apt-get $*" >>"$WORK/asked"'
stand_in apt-cache 'echo "  Candidate: $CANDIDATE"'
stand_in sudo 'echo "sudo" >>"$WORK/asked"; "$@"'
stand_in tee 'cat >"$WORK/suite"; echo "tee $*" >>"$WORK/asked"'
stand_in id 'echo "$USER_ID"'

# check NAME SET MISSING CANDIDATE USER_ID EXPECTED: EXPECTED is what was asked, line by line
check() {
    rm -f "$work/asked"
    touch "$work/asked"
    PATH="$work/bin:$PATH" MISSING=$3 CANDIDATE=$4 USER_ID=$5 "$root/tools/bootstrap.sh" "$2" >"$work/said"
    if [ "$(cat "$work/asked")" != "$6" ]; then
        echo "$1: expected"
        echo "$6"
        echo "got"
        cat "$work/asked"
        exit 1
    fi
}

install="apt-get install -y --no-install-recommends"
check "nothing is missing" test "" 1 0 ""
check "one is missing" demo "libsoxr-dev" 1 0 "apt-get update
$install libsoxr-dev"
check "HRTF panning" demo "libmysofa-dev" 1 0 "apt-get update
$install libmysofa-dev"
check "two, not root" demo "meson libsoxr-dev" 1 1000 "sudo
apt-get update
sudo
$install meson libsoxr-dev"
check "what only tests take" demo "valgrind" 1 0 ""
check "what tests take" test "valgrind" 1 0 "apt-get update
$install valgrind"
check "clang-22 in reach" test "clang-22" 1:22.1 0 "apt-get update
$install clang-22"

if cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -q 'debian/* \|debian/*$'; then
    check "clang-22 out of reach" test "clang-22" "(none)" 0 "apt-get update
tee /etc/apt/sources.list.d/bookworm-security.sources
apt-get update
$install clang-22"
    grep -q '^Suites: bookworm-security$' "$work/suite"
    grep -q '^URIs: [a-z+]*://.*/debian-security$' "$work/suite"
fi

if "$root/tools/bootstrap.sh" nonsense 2>/dev/null; then
    echo "a set that is none must be refused"
    exit 1
fi
