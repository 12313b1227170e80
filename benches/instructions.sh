#!/usr/bin/env bash
# Instructions per request of the chain, counted by callgrind, against the number stored beside: they repeat to a tenth of a
# percent on any machine, so that a change of the engine's speed shows where clocks are noisy.
#   benches/instructions.sh BINARY [--store]
set -euo pipefail
binary=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
stored="$here/instructions.txt"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Two runs of different length; the difference is free of what a start costs. `check` draws no pictures, whose cost depends on what
# they show.
count() {
  valgrind --tool=callgrind --callgrind-out-file="$folder/callgrind" "$binary" check "$here/models/chain.toml" \
    --set "scenario.duration=$1" --quiet 2>"$folder/log" >/dev/null
  instructions=$(sed -n 's/.*Collected : //p' "$folder/log")
  "$binary" run "$here/models/chain.toml" --set "scenario.duration=$1" --quiet --format json \
    --out "$folder/out" >"$folder/result"
  requests=$(sed -n 's/.*"born": \([0-9]*\).*/\1/p' "$folder/result" | head -1)
}
count "10 s"; short_instructions=$instructions; short_requests=$requests
count "50 s"
now=$(((instructions - short_instructions) / (requests - short_requests)))
if [ "${2:-}" = --store ]; then
  echo "$now" >"$stored"
  echo "stored: $now instructions per request"
  exit 0
fi
before=$(cat "$stored")
limit=$((before * 102 / 100))
echo "instructions per request of the chain: $now, stored $before, limit $limit"
[ "$now" -le "$limit" ] || { echo "the chain has become slower by more than 2 %"; exit 1; }
