#!/usr/bin/env bash
# How many requests per second windtunnel's caches and libCacheSim's native replay take from one trace file, on one machine in
# one run: in turn, five rounds, medians and ratios, as a Markdown table. The misses must be the same where both simulate the
# same. Machines differ, and so does one machine from hour to hour: only the ratios last.
#   benches/eviction.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
target=${CARGO_TARGET_DIR:-$root/target}
rounds=5
capacity=100000
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

echo "building ..." >&2
own=$(cargo build --quiet --release --locked --bench eviction --manifest-path "$root/Cargo.toml" --target-dir "$target" \
  --message-format json | sed -n 's/.*"executable":"\([^"]*eviction[^"]*\)".*/\1/p')
python3 -m venv "$folder/libcachesim"
"$folder/libcachesim/bin/pip" install --quiet --disable-pip-version-check libcachesim==0.3.5
"$own" write "$folder/trace"

cat >"$folder/replay.py" <<'REPLAY'
import sys
import time

import libcachesim

trace, capacity = sys.argv[1], int(sys.argv[2])
for name, policy in [("lru", "LRU"), ("fifo", "FIFO"), ("lfu", "LFU"), ("clock", "Clock"), ("sieve", "Sieve"),
                     ("s3_fifo", "S3FIFO"), ("2q", "TwoQ"), ("arc", "ARC")]:
    reader = libcachesim.TraceReader(trace=trace, trace_type=libcachesim.TraceType.ORACLE_GENERAL_TRACE)
    requests = reader.get_num_of_req()
    reader.reset()
    cache = getattr(libcachesim, policy)(cache_size=capacity)
    started = time.perf_counter()
    missed, _ = cache.process_trace(reader)
    seconds = time.perf_counter() - started
    print(name, round(requests / seconds), round(missed * requests))
REPLAY

for ((round = 1; round <= rounds; round++)); do
  echo "round $round of $rounds ..." >&2
  "$own" "$folder/trace" "$capacity" | sed 's/^/windtunnel /' >>"$folder/measured"
  "$folder/libcachesim/bin/python" "$folder/replay.py" "$folder/trace" "$capacity" | sed 's/^/libCacheSim /' >>"$folder/measured"
done

python3 - "$folder/measured" <<'TABLE'
import statistics
import sys

rates, misses = {}, {}
for line in open(sys.argv[1]):
    engine, policy, rate, missed = line.split()
    rates.setdefault(policy, {}).setdefault(engine, []).append(float(rate))
    misses.setdefault(policy, {})[engine] = int(missed)
print("| | windtunnel, requests/s | libCacheSim, requests/s | faster by | misses | of libCacheSim |")
print("|---|---:|---:|---:|---:|---:|")
for policy, engines in rates.items():
    own = statistics.median(engines["windtunnel"])
    missed = misses[policy]["windtunnel"]
    if "libCacheSim" in engines:
        other = statistics.median(engines["libCacheSim"])
        print(f"| {policy} | {own:,.0f} | {other:,.0f} | {own / other:.1f} | {missed:,} | {misses[policy]['libCacheSim']:,} |")
    else:
        print(f"| {policy} | {own:,.0f} | | | {missed:,} | |")
TABLE
