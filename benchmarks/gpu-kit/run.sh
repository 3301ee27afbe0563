#!/usr/bin/env bash
# Compares the TorchSharp engine with PyTorch on this machine's GPU: run.sh OUTPUT_FOLDER [SECONDS] [DEVICE]
# Combinations that do not begin within SECONDS (450) are left out. DEVICE is the number of a GPU (0), or cpu to try the kit without one.
# PYTHON names the interpreter (python3); LIBTORCH the folder of libtorch, where it is not that of Python's PyTorch.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
output=${1:?run.sh OUTPUT_FOLDER [SECONDS] [DEVICE]} limit=${2:-450} device=${3:-0}
python=${PYTHON:-python3} failed=0
mkdir -p "$output"
libtorch=${LIBTORCH:-$("$python" -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))')} || { echo "$python has no PyTorch."; exit 1; }
# PyTorch's CUDA libraries are packages beside it.
nvidia=$(find "$(dirname "$(dirname "$libtorch")")/nvidia" -maxdepth 3 -name lib -type d 2>/dev/null | paste -sd:)

# PyTorch finds its own libraries and must not meet others.
peer=$output/python.sh
printf '#!/bin/sh\nLD_LIBRARY_PATH=%q exec %q "$@"\n' "${LD_LIBRARY_PATH:-}" "$(command -v "$python")" >"$peer"
chmod +x "$peer"
export LD_LIBRARY_PATH=$libtorch:$here/app${nvidia:+:$nvidia}${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}

# TorchSharp was built for libtorch 2.10; whether another one has all that it calls is seen before anything runs.
native=$(find "$here/app" -name libLibTorchSharp.so | head -n 1)
ldd -r "$native" >"$output/ldd.txt" 2>&1
if grep -v 'weak version' "$output/ldd.txt" | grep -E 'undefined symbol|not found'; then
    echo "libLibTorchSharp.so does not fit this libtorch ($libtorch); the whole list is in $output/ldd.txt."
    exit 1
fi

table=$output/gpu.md
{
    if [ "$device" = cpu ]; then echo "No GPU: a trial of the kit on a CPU."; else nvidia-smi --query-gpu=name,driver_version --format=csv,noheader; fi
    "$peer" -c 'import torch; print("PyTorch", torch.__version__)' 2>/dev/null || echo "no PyTorch"
    date -u '+%Y-%m-%d %H:%M UTC'
    echo
    echo '| network | batch | precision | this, images/s | PyTorch eager | torch.compile | device memory |'
    echo '|---|---|---|---|---|---|---|'
} >"$table"

compare() {
    if [ "$SECONDS" -gt "$limit" ]; then echo "Left out, because $limit s are over: $*" | tee -a "$output/gpu.log"; return; fi
    "$here/app/ConvNeXt.Benchmarks" gpu --device "$device" --python "$peer" --table "$table" --rounds 2 --seconds 1 "$@" 2>&1 | tee -a "$output/gpu.log" || failed=1
}

if [ "$device" = cpu ]; then
    # The same steps, with the smallest network.
    compare --modes score --variants atto --sizes 64 --precisions fp32,bf16 --batches 1,4 --peers eager
    compare --modes train --variants atto --sizes 64 --precisions fp32 --batches 4 --peers eager,compile
else
    # What matters most comes first.
    compare --modes score --variants tiny --sizes 224 --precisions fp32,tf32,bf16 --batches 64 --peers eager --memory-passes 100
    compare --modes train --variants tiny --sizes 224 --precisions tf32 --batches 64 --peers eager,compile --memory-passes 50
    compare --modes score --variants tiny --sizes 224 --precisions bf16 --batches 256 --peers eager,compile
    compare --modes score --variants base --sizes 224 --precisions tf32,bf16 --batches 64 --peers eager
    compare --modes score --variants tiny --sizes 224 --precisions tf32 --batches 1,16,256 --peers eager
    compare --modes score --variants tiny,base --sizes 384 --precisions tf32 --batches 64 --peers eager
    compare --modes train --variants base --sizes 224 --precisions tf32,bf16 --batches 64 --peers eager
    compare --modes score --variants base --sizes 384 --precisions bf16 --batches 64 --peers eager,compile
fi
cat "$table"
exit $failed
