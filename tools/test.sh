#!/bin/sh
# Everything that proves this tree, in five builds; the last line is the sum of all of them.
#
#   build        gcc, release              all tests
#   build-clang  clang, asserts on         all but what does not depend on the compiler
#   build-asan   AddressSanitizer, UBSan   the same, and some seconds of each fuzz target
#   build-tsan   ThreadSanitizer           suite threads: tests that start threads
#   build-rtsan  RealtimeSanitizer         suite rt: the render side calls nothing that can block
#
# A build that fails is counted as one failure and does not stop the others.
set -u
cd "$(dirname "$0")/.." || exit 1
clang=clang-22
jobs=$(getconf _NPROCESSORS_ONLN)
logs=""

# run DIR SETUP_OPTIONS TEST_OPTIONS: options are split at blanks
run() {
    dir=$1
    log=$dir/meson-logs/testlog.json
    echo "== $dir =="
    rm -f "$log"
    logs="$logs $log"
    if [ -f "$dir/build.ninja" ]; then
        # Looks again for what has been installed since.
        meson setup --reconfigure "$dir" -Dtests=enabled $2
    else
        meson setup "$dir" -Dtests=enabled $2
    fi || return
    meson test -C "$dir" --print-errorlogs --num-processes "$jobs" $3
}

sanitizer="--buildtype=debugoptimized -Ddefault_library=static -Db_lundef=false"
everywhere="--no-suite tidy --no-suite install"

# Names in reports; Debian's default symbolizer is too old for this clang's debug information.
names=external_symbolizer_path=$(command -v addr2line)
export ASAN_OPTIONS="$names:strict_string_checks=1:detect_stack_use_after_return=1:allow_user_segv_handler=0"
export UBSAN_OPTIONS="$names:halt_on_error=1:print_stacktrace=1"
export TSAN_OPTIONS="$names:halt_on_error=1:second_deadlock_stack=1"
export RTSAN_OPTIONS="$names:halt_on_error=true"

run build "" ""
export CC=$clang CXX=clang++-22
run build-clang "--buildtype=debugoptimized -Ddefault_library=static" "$everywhere"
run build-asan "$sanitizer -Db_sanitize=address,undefined -Dfuzz=true" "$everywhere"
run build-tsan "$sanitizer -Db_sanitize=thread" "--suite threads"
run build-rtsan "$sanitizer -Dc_args=-fsanitize=realtime -Dc_link_args=-fsanitize=realtime" "--suite rt"

python3 tools/totals.py $logs
