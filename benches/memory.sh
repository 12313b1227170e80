#!/usr/bin/env bash
# Peak memory of the chain at ten and at a hundred million requests: it must not grow with the length of a run.
# `check` draws no pictures, whose memory would hide that of the run. Needs GNU time, and takes about a minute.
#   benches/memory.sh BINARY
set -euo pipefail
binary=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The chain has 2560 requests a second, and a warm-up of 20 s.
peak() {
  /usr/bin/time --format %M --output "$folder/peak" \
    "$binary" check "$here/models/chain.toml" --set "scenario.duration=$1" --quiet --format json >"$folder/result"
  kilobytes=$(cat "$folder/peak")
  requests=$(sed -n 's/.*"born": \([0-9]*\).*/\1/p' "$folder/result" | head -1)
  echo "$requests requests: $kilobytes KB"
}
peak "3886 s"; short=$kilobytes
peak "39042 s"; long=$kilobytes
difference=$((long > short ? long - short : short - long))
[ $((difference * 10)) -lt "$short" ] || { echo "peak memory differs by 10 % or more"; exit 1; }
echo "peak memory differs by less than 10 %"
