#!/bin/sh
# One fuzz target for some seconds: tools/fuzz.sh PROGRAM SECONDS [SEED]
#
# What it finds worth keeping stays in PROGRAM.corpus, so that the next run goes on from there; an input that fails
# stays in PROGRAM.findings. With a SEED it begins afresh and always goes the same way, as far as the time allows.
set -eu
program=$1
seconds=$2
seed=${3:-0}
name=$(basename "$program")
name=${name#fuzz_}
source=$(cd "$(dirname "$0")/../tests/fuzz" && pwd)

names=external_symbolizer_path=$(command -v addr2line)
export ASAN_OPTIONS="$names:allow_user_segv_handler=0:allocator_may_return_null=1"
export UBSAN_OPTIONS="$names:halt_on_error=1:print_stacktrace=1"

if [ "$seed" != 0 ]; then
    rm -rf "$program.corpus"
fi
mkdir -p "$program.corpus" "$program.findings"
words=""
if [ -f "$source/$name.dict" ]; then
    words="-dict=$source/$name.dict"
fi
# shellcheck disable=SC2086 # no dictionary, no word
"$program" $words -seed="$seed" -max_total_time="$seconds" -timeout=100 -rss_limit_mb=2500 -print_final_stats=1 \
    -verbosity=1 -artifact_prefix="$program.findings/" "$program.corpus" "$source/corpus/$name" \
    > "$program.log" 2>&1 && status=0 || status=$?
if [ "$status" != 0 ]; then
    tail -n 60 "$program.log"
    echo "$name: FAILED; $program.log has all of it, $program.findings the input"
    exit 1
fi
echo "$name: $(grep -a 'stat::number_of_executed_units' "$program.log" | tr -dc 0-9) inputs in $seconds s, no failure"
