#!/bin/sh
# Goal: tools/bootstrap.sh installs what is missing, nothing else, and finds clang-22 where Debian 12 has it, and
# a Node that is new enough. Method: stand-ins for dpkg-query, apt-get, npm and the like in front of PATH, which
# write down what they were asked; a tree of its own with nothing in it but what bootstrap.sh looks at.
#   test_bootstrap.sh ROOT
set -eu
root=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/tree/tools" "$work/tree/js/node_modules"
cp "$root/tools/bootstrap.sh" "$work/tree/tools"
touch "$work/tree/js/package-lock.json" "$work/tree/js/node_modules/.package-lock.json"
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
stand_in uname 'echo x86_64'
stand_in node 'exit "$NODE_IS_OLD"'
stand_in npm 'echo "npm $1" >>"$WORK/asked"'
export NODE_IS_OLD=0

# check NAME SET MISSING CANDIDATE USER_ID EXPECTED: EXPECTED is what was asked, line by line
check() {
    rm -f "$work/asked"
    touch "$work/asked"
    PATH="$work/bin:$PATH" MISSING=$3 CANDIDATE=$4 USER_ID=$5 "$work/tree/tools/bootstrap.sh" "$2" >"$work/said"
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
touch -d '+1 hour' "$work/tree/js/package-lock.json"
check "other modules are asked for now" test "" 1 0 "npm ci"
check "which a demo does not take" demo "" 1 0 ""
touch -d '+2 hours' "$work/tree/js/node_modules/.package-lock.json"
NODE_IS_OLD=1
check "Node is too old" test "nodejs npm" 1 0 "apt-get update
$install nodejs npm
npm install"
stand_in uname 'echo riscv64'
check "there is none for this machine" test "" 1 0 ""
NODE_IS_OLD=0
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
