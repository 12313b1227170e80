#!/usr/bin/env bash
# How many requests of the chain windtunnel and its peers simulate per second, on one machine in one run: all in turn, five
# rounds, medians, as a Markdown table. Machines differ, and so does one machine from hour to hour: only the ratios last.
#   benches/compare.sh
# happysim takes part where Python 3.13 is found (or named: PYTHON313=/path/to/python3.13).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
target=${CARGO_TARGET_DIR:-$root/target}
rounds=5
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

environment() {
  "$1" -m venv "$folder/$2" && "$folder/$2/bin/pip" install --quiet --disable-pip-version-check "${@:3}"
}

echo "building ..." >&2
cargo build --quiet --release --locked --manifest-path "$root/Cargo.toml" --target-dir "$target"
cargo build --quiet --release --locked --manifest-path "$here/peers/simcore/Cargo.toml" --target-dir "$target/peers"
environment python3 simpy simpy
engines=(windtunnel simcore simpy)
python313=${PYTHON313:-python3.13}
if "$python313" -c "" 2>"$folder/log" && environment "$python313" happysim happysim numpy 2>"$folder/log"; then
  engines+=(happysim)
else
  echo "happysim is left out: $(tail -n 1 "$folder/log")" >&2
fi

# Each prints "requests_per_s" and "mean_s", without the time of its start, after some seconds' work.
simulate() {
  case $1 in
    windtunnel) "$target/release/windtunnel" bench --model chain --rounds 1 --format json ;;
    simcore) "$target/peers/release/simcore_chain" 2000000 "$2" ;;
    simpy) "$folder/simpy/bin/python" "$here/peers/simpy_chain.py" 200000 "$2" ;;
    happysim) "$folder/happysim/bin/python" "$here/peers/happysim_chain.py" 50000 "$2" ;;
  esac
}

number() { sed -n "s/.*\"$1\": \([0-9.e-]*\).*/\1/p"; }

for ((round = 1; round <= rounds; round++)); do
  echo "round $round of $rounds ..." >&2
  for engine in "${engines[@]}"; do
    simulate "$engine" "$round" >"$folder/output"
    echo "$engine $(number requests_per_s <"$folder/output") $(number mean_s <"$folder/output")" >>"$folder/measured"
  done
done

python3 - "$folder/measured" <<'TABLE'
import statistics
import sys

rates, means = {}, {}
for line in open(sys.argv[1]):
    engine, rate, mean = line.split()
    rates.setdefault(engine, []).append(float(rate))
    means.setdefault(engine, []).append(float(mean))
own = statistics.median(rates["windtunnel"])
print("| | requests/s, median | lowest to highest | windtunnel is faster by | mean time (exact 23.53 ms) |")
print("|---|---:|---:|---:|---:|")
for engine, measured in rates.items():
    median = statistics.median(measured)
    cells = [f"{median:,.0f}", f"{min(measured):,.0f} to {max(measured):,.0f}", f"{own / median:.3g}"]
    print(f"| {engine} | {' | '.join(cells)} | {statistics.median(means[engine]) * 1000:.2f} ms |")
TABLE
