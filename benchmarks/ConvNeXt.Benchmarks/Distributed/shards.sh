#!/bin/bash
# shards.sh MODEL IMAGES: predicts a folder of images in one run and in seven shards that are killed at random moments and started again, three at a time, merges
# the parts, and compares. CONVNEXT names the tool.
set -euo pipefail

model=$1 images=$2
read -ra convnext <<<"${CONVNEXT:-convnext}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
predict=("${convnext[@]}" predict "$model" "$images" --recursive --verbosity quiet)
"${predict[@]}" --output "$work/whole.csv" >/dev/null

shard() {
  local part="$work/part-$1.csv" kills=0 finished
  RANDOM=$1
  while true; do
    # Each attempt has more time, so that the last one ends.
    local seconds="$((1 + kills * 2)).$((RANDOM % 10))"
    if (timeout --foreground --signal=KILL "$seconds" "${predict[@]}" --shard "$1/7" --output "$part" >/dev/null) 2>/dev/null; then break; fi
    kills=$((kills + 1))
    [ ! -e "$part" ] || { echo "shard $1: a part of a part"; exit 1; }
  done
  finished=$(stat -c %Y.%y "$part")
  "${predict[@]}" --shard "$1/7" --output "$part" >/dev/null
  [ "$finished" = "$(stat -c %Y.%y "$part")" ] || { echo "shard $1 was computed again"; exit 1; }
  echo "shard $1: $kills kills, $(($(wc -l <"$part") - 2)) images"
}
for ((i = 1; i <= 7; i++)); do
  (shard "$i") &
  if ((i % 3 == 0)); then wait; fi
done
wait
"${convnext[@]}" merge "$work"/part-*.csv --output "$work/merged.csv" --verbosity quiet >/dev/null
cmp "$work/whole.csv" "$work/merged.csv" && echo "$(($(wc -l <"$work/merged.csv") - 1)) rows, equal"
