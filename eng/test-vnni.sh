#!/usr/bin/env bash
# Runs the tests of 8-bit products with the instruction VPDPBUSD of AVX-VNNI on a processor that has AVX2 and not AVX-VNNI: eng/test-vnni.sh
#
# A copy of the .NET run time is told that the processor has AVX-VNNI, and eng/vnni/emulate.c computes what the processor does not know. Nothing outside
# artifacts/vnni is changed. It needs gcc, and takes five minutes.
# Exit code: 0 all passed, 1 something failed, 77 nothing was run because this machine cannot (one line says why).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1 TESTINGPLATFORM_NOBANNER=1
cache=$PWD/artifacts/vnni
tests=$cache/tests

unavailable() { echo "AVX-VNNI tests skipped: $*"; exit 77; }

[ "$(uname -sm)" = "Linux x86_64" ] || unavailable "they run on Linux on x64 only"
grep -qw avx2 /proc/cpuinfo || unavailable "the processor has no AVX2"
! grep -qw avx_vnni /proc/cpuinfo || unavailable "the processor has AVX-VNNI; dotnet test runs everything on it"
command -v gcc >/dev/null || unavailable "gcc is missing"

# The run time of the last run is changed already.
rm -rf "$tests"
mkdir -p "$cache"
gcc -O2 -Wall -Wextra -shared -fPIC -o "$cache/emulate.so" eng/vnni/emulate.c -ldl
dotnet publish tests/ConvNeXt.Backbone.Tests -c Release -r linux-x64 --self-contained --artifacts-path "$cache/build" -o "$tests" -v q \
    -p:EnableMSTestRunner=true -p:RunAnalyzers=false >"$cache/publish.log" 2>&1 || { cat "$cache/publish.log"; exit 1; }

# Where the run time asks CPUID for AVX-VNNI: "and ecx, 16; shl ecx, 8" becomes "or ecx, 16; shl ecx, 8".
places=$(LC_ALL=C grep -obaP '\x83\xe1\x10\xc1\xe1\x08' "$tests/libcoreclr.so" | cut -d: -f1)
[[ $places =~ ^[0-9]+$ ]] || unavailable "this version of .NET asks for AVX-VNNI in another way"
printf '\xc9' | dd of="$tests/libcoreclr.so" bs=1 seek=$((places + 1)) conv=notrunc status=none

LD_PRELOAD=$cache/emulate.so "$tests/ConvNeXt.Backbone.Tests" \
    --filter 'FullyQualifiedName~.Quantized|FullyQualifiedName~Int8|FullyQualifiedName~KernelWarmUp' --progress off --no-ansi 2>&1 | tee "$cache/tests.log"
emulated=$(sed -n 's/^emulated \([0-9]*\) VPDPBUSD$/\1/p' "$cache/tests.log")
[ "${emulated:-0}" -gt 0 ] || { echo "No instruction was emulated, so AVX-VNNI was not tested."; exit 1; }
