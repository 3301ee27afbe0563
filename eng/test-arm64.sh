#!/usr/bin/env bash
# Runs the reference numbers and the tests that depend most on the processor as Arm64 programs, by emulation: eng/test-arm64.sh
#
# Exit code: 0 all passed, 1 something failed, 77 nothing was run because this machine cannot (one line says why).
# The machine is not changed and root is not needed: the emulator and Arm64's system libraries come from Debian's packages by package lists of this script's own
# and are unpacked in artifacts/arm64, where the next run finds them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1 TESTINGPLATFORM_NOBANNER=1
cache=$PWD/artifacts/arm64
reference=../shared/golden
passed=0 failed=0 skipped=0

unavailable() { echo "Arm64 tests skipped: $*"; exit 77; }

# --- what the tests run on ---

# A configuration in which apt sees the machine's package sources for both processors, and none of the machine's state.
configure_apt() {
    local processor; processor=$(dpkg --print-architecture)
    mkdir -p "$cache/apt/lists/partial" "$cache/apt/cache/archives/partial"
    : >"$cache/apt/status"
    cat >"$cache/apt/apt.conf" <<CONF
#clear APT::Architectures;
#clear APT::Update;
APT::Architecture "$processor";
APT::Architectures { "$processor"; "arm64"; };
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Dir::State "$cache/apt";
Dir::State::status "$cache/apt/status";
Dir::Cache "$cache/apt/cache";
CONF
}

# Downloads packages and what they depend on.
download() {
    apt-get -q -c "$cache/apt/apt.conf" install --download-only -y "$@" >"$cache/apt/log" 2>&1 \
        || unavailable "$(grep -m 1 '^E:' "$cache/apt/log" || echo "apt-get cannot download $*")"
}

prepare() {
    [ "$(uname -s)" = Linux ] || unavailable "the emulator runs on Linux only"
    [ "$(uname -m)" != aarch64 ] || unavailable "this is an Arm64 machine; dotnet test runs everything on it"
    emulator=$(command -v qemu-aarch64-static || true)
    [ -n "$emulator" ] || emulator=$cache/emulator/usr/bin/qemu-aarch64-static
    [ ! -x "$emulator" ] || [ ! -d "$cache/root" ] || return 0

    { command -v apt-get && command -v dpkg-deb; } >/dev/null || unavailable "the emulator and Arm64's libraries are taken from Debian's packages, and apt-get is missing"
    echo "Downloading the emulator and Arm64's system libraries to artifacts/arm64"
    configure_apt
    apt-get -q -c "$cache/apt/apt.conf" update >"$cache/apt/log" 2>&1 || true # one source that does not answer is no reason to stop
    if [ ! -x "$emulator" ]; then
        download qemu-user-static
        rm -rf "$cache/emulator"
        for package in "$cache"/apt/cache/archives/qemu-user*.deb; do
            mkdir -p "$cache/emulator"
            dpkg-deb --fsys-tarfile "$package" | tar -x -C "$cache/emulator" --wildcards './usr/bin/qemu-aarch64*' 2>/dev/null || true
        done
        [ -x "$emulator" ] || unavailable "the package qemu-user-static has no qemu-aarch64-static"
    fi
    if [ ! -d "$cache/root" ]; then
        download libc6:arm64 libgcc-s1:arm64 libstdc++6:arm64 zlib1g:arm64 libssl3:arm64
        rm -rf "$cache/root.new"
        for package in "$cache"/apt/cache/archives/*_arm64.deb; do dpkg-deb -x "$package" "$cache/root.new"; done
        [ -e "$cache/root.new/lib" ] || ln -s usr/lib "$cache/root.new/lib"
        mv "$cache/root.new" "$cache/root"
    fi
    rm -rf "$cache/apt"
}

# --- programs ---

# Publishes a project with the .NET run time for Arm64, in a build folder of its own: the projects' bin and obj stay as they are. The usual build runs the analyzers.
publish() {
    local project=$1 log=$cache/publish.log; shift
    dotnet publish "$project" -c Release -r linux-arm64 --self-contained --artifacts-path "$cache/build" -o "$cache/$(basename "$project")" -v q \
        -p:RunAnalyzers=false "$@" >"$log" 2>&1 && return
    local missing; missing=$(grep -m 1 -oE 'error NU(110[0-3]|1301): [^[]*' "$log" || true)
    [ -z "$missing" ] || unavailable "$missing"
    cat "$log"
    exit 1
}

# .NET maps each page of compiled code twice (W^X), which the emulator does not support; the unpacked libraries have no ICU.
emulate() { env DOTNET_EnableWriteXorExecute=0 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_TieredPGO=0 "$emulator" -L "$cache/root" "$@"; }

run_reference() {
    if [ ! -d "$reference" ]; then echo "Reference numbers skipped: no $reference beside the checkout"; return; fi
    local log=$cache/reference.log status=0
    emulate "$cache/ConvNeXt.Parity/ConvNeXt.Parity" "$reference" >"$log" 2>&1 || status=$?
    if [ $status != 0 ] || ! grep -qx 'Arm64, 128-bit vectors (AdvSimd)' "$log"; then cat "$log"; failed=$((failed + 1)); return; fi
    sed -n '1p;$p' "$log"
}

# Runs the tests of a project that a filter selects, of which there must be so many; what they print and the exit code go to files for report.
run_tests() {
    local log=$cache/${1// /-}.log status=0 began=$SECONDS
    emulate "$cache/$2/$2" --minimum-expected-tests "$3" --filter "$4" --progress off --no-ansi --timeout 600s >"$log" 2>&1 || status=$?
    echo "$status $((SECONDS - began))" >"$log.status"
}

# Counts come from the summary: the runner's trx report needs a second process, which it cannot start under emulation.
report() {
    local log=$cache/${1// /-}.log status seconds ok bad left
    read -r status seconds <"$log.status"
    count() { sed -n "s/^ *$1: \([0-9]*\)$/\1/p" "$log" | tail -n 1; }
    ok=$(count succeeded) bad=$(count failed) left=$(count skipped)
    if [ "$status" != 0 ] || [ -z "$ok" ]; then cat "$log"; [ "${bad:-0}" != 0 ] || bad=1; fi
    grep -A 1 '^skipped ' "$log" || true
    echo "$1: ${ok:-0} passed, ${bad:-0} failed, ${left:-0} skipped ($seconds s)"
    passed=$((passed + ${ok:-0})) failed=$((failed + ${bad:-0})) skipped=$((skipped + ${left:-0}))
}

prepare
publish tests/ConvNeXt.Parity
publish tests/ConvNeXt.Backbone.Tests -p:EnableMSTestRunner=true
publish tests/ConvNeXt.MLNet.Tests -p:EnableMSTestRunner=true
echo "Prepared and published in $SECONDS s"
run_reference
# Left out because emulation makes them very slow: most training, and JPEG files of 12 megapixels (ReducedDecodingTests). The readers of weights files have no
# code that depends on the processor.
# One run for each project: five tests of scoring in a process of their own took a minute. The numbers of tests are those of now, so that tests that are moved are
# not lost unnoticed.
rm -f "$cache"/*.status
run_tests "kernels and imaging" ConvNeXt.Backbone.Tests 372 'FullyQualifiedName~.Kernels.|FullyQualifiedName~.Imaging.' &
run_tests "decoding, scoring and training" ConvNeXt.MLNet.Tests 185 \
    '(FullyQualifiedName~.Images.&FullyQualifiedName!~ReducedDecodingTests)|FullyQualifiedName~.TransformerTests|FullyQualifiedName~.TrainerTests'
wait
for name in "kernels and imaging" "decoding, scoring and training"; do report "$name"; done
echo "Arm64 under emulation: $SECONDS s in all"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
