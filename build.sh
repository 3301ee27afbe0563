#!/usr/bin/env bash
# Everything a person needs, one command each: ./build.sh build | test | sample | bench | models | info | pack   (./build.sh help tells more)
set -euo pipefail
caller=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"

configuration=Release
choice_file=mlnet.local.props
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

usage() {
    cat <<'TEXT'
./build.sh COMMAND [--mlnet official|compat] [--torchsharp official|compat] [ARGUMENTS]

  build             build the solution
  test [ARGS]       run all tests; ARGS go to dotnet test (for example --filter NAME)
  sample [ARGS]     run samples/QuickStart; with no ARGS it makes its own pictures
                    --images DIR   a folder with one sub-folder of pictures per class
  gpu-scoring ARGS  run samples/GpuScoring: score a folder of pictures on a GPU, or say why not
                    --model FILE   a saved model; --images DIR   the pictures; --help tells more
  parity DIR        run every case of reference numbers in DIR (laid out as forward/ and train/) and print how close we are
  bench [ARGS]      run the benchmarks; with no ARGS they are listed
  models            print parameters and multiply-accumulates of all named networks beside the papers' figures
  info FILE         print what a weights file is: network, naming, parameters, licence, preprocessing
  pack              make the NuGet packages in artifacts/ (official ML.NET and TorchSharp only)
  probe             ask the package feed again which ML.NET and TorchSharp it has

ML.NET: the first command asks the package feed for the official ML.NET packages. Where it has them they are used;
else the project builds against compat/, its own source-compatible subset. The answer is kept in mlnet.local.props.
--mlnet official or --mlnet compat overrides it for one command. TorchSharp, which the GPU engine uses, is asked for
in the same way, on its own: --torchsharp official or --torchsharp compat.
TEXT
}

say() { printf '%s\n' "build.sh: $*"; }
fail() { printf '%s\n' "build.sh: $*" >&2; exit 1; }

need_sdk() {
    command -v dotnet >/dev/null || fail "the .NET SDK is missing; install .NET 10 from https://dotnet.microsoft.com/download"
    dotnet --list-sdks | grep '^10\.' >/dev/null || fail "the .NET 10 SDK is missing (found: $(dotnet --list-sdks | cut -d' ' -f1 | tr '\n' ' ')); see https://dotnet.microsoft.com/download"
}

# Restores a project of nothing but official references: where that works the feed has them. Sets answer and reason.
probe_feed() {
    local project=$1 property=$2 what=$3 log; log=$(mktemp)
    if dotnet restore "$project" "-p:$property=official" --force >"$log" 2>&1; then
        answer=official reason="the package feed has $what"
    elif grep -q 'NU1301' "$log"; then
        answer=compat reason="the package feed did not answer (NU1301), so $what cannot be had now"
    else
        local missing; missing=$(grep -oE 'package (Microsoft|SkiaSharp|TorchSharp)[A-Za-z.-]*' "$log" | sed 's/package //; s/[.-]*$//' | sort -u | paste -sd, | sed 's/,/, /g' || true)
        answer=compat reason="the package feed lacks ${missing:-$what}"
    fi
    rm -f "$log"
}

probe_feeds() {
    local answer reason
    {
        printf '<Project>\n'
        probe_feed eng/FeedProbe/FeedProbe.csproj MLNetPackages "the official packages"
        printf '  <!-- ML.NET: %s -->\n  <PropertyGroup>\n    <MLNetPackages>%s</MLNetPackages>\n  </PropertyGroup>\n' "$reason" "$answer"
        probe_feed eng/TorchSharpProbe/TorchSharpProbe.csproj TorchSharpPackages "TorchSharp"
        printf '  <!-- TorchSharp: %s -->\n  <PropertyGroup>\n    <TorchSharpPackages>%s</TorchSharpPackages>\n  </PropertyGroup>\n</Project>\n' "$reason" "$answer"
    } >"$choice_file.new"
    mv "$choice_file.new" "$choice_file"
}

# Says which of the two is built with and why: the command line decides, else what the feed answered.
choose() {
    local what=$1 property=$2 given=$3 reason="the command line says so"
    if [ -z "$given" ]; then
        given=$(sed -n "s:.*<$property>\(.*\)</$property>.*:\1:p" "$choice_file")
        reason="$(sed -n "s:.*<!-- $what\: \(.*\) -->.*:\1:p" "$choice_file"); remembered in $choice_file"
    fi
    say "$what: $given ($reason)"
    properties+=("-p:$property=$given")
    answer=$given
}

choose_packages() {
    # A file written before TorchSharp was asked for does not name it.
    { [ -n "$mlnet" ] && [ -n "$torchsharp" ]; } || grep -qs '<TorchSharpPackages>' "$choice_file" || probe_feeds
    properties=()
    choose ML.NET MLNetPackages "$mlnet"; mlnet=$answer
    choose TorchSharp TorchSharpPackages "$torchsharp"; torchsharp=$answer
}

# compat decodes JPEG by libjpeg-turbo's C API; the official ML.NET brings SkiaSharp with its own decoder.
need_jpeg_decoder() {
    [ "$mlnet" = compat ] || return 0
    case "$(uname -s)" in
        Linux)
            (ldconfig -p 2>/dev/null || /sbin/ldconfig -p) | grep 'libturbojpeg\.so\.0' >/dev/null && return 0 # not -q: under pipefail what is left unread would count as a failure
            local as_root=()
            [ "$(id -u)" = 0 ] || as_root=(sudo -n)
            if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
                say "installing libturbojpeg0, the JPEG decoder of compat builds"
                # Newer Ubuntu calls the package libturbojpeg.
                for package in libturbojpeg0 libturbojpeg update libturbojpeg0 libturbojpeg; do
                    if [ $package = update ]; then "${as_root[@]}" apt-get update -q >/dev/null 2>&1 || true
                    elif "${as_root[@]}" apt-get install -y -q $package >/dev/null 2>&1; then return 0; fi
                done
            fi
            say "libturbojpeg is missing and could not be installed: JPEG files cannot be read in a compat build."
            say "install it by hand: apt-get install libturbojpeg0 (Debian, Ubuntu), dnf install turbojpeg (Fedora)" ;;
        Darwin)
            ls /opt/homebrew/lib/libturbojpeg*.dylib /usr/local/lib/libturbojpeg*.dylib >/dev/null 2>&1 \
                || say "libturbojpeg is missing: JPEG files cannot be read in a compat build; install it by: brew install jpeg-turbo" ;;
    esac
}

build() { dotnet build ConvNeXt.MLNet.sln -c "$configuration" --nologo -v q "${properties[@]}"; }

# The runner's log files are the one complete record: counts and the reasons of skipped tests are read from there.
run_tests() {
    local results=TestResults status=0
    rm -rf "$results"
    build
    dotnet test ConvNeXt.MLNet.sln -c "$configuration" --no-build --nologo "${properties[@]}" --logger trx --results-directory "$results" "$@" || status=$?
    shopt -s nullglob
    local logs=("$results"/*.trx) passed=0 failed=0 skipped=0
    [ ${#logs[@]} -gt 0 ] || fail "no test ran"
    for log in "${logs[@]}"; do
        local counters; counters=$(grep -o '<Counters [^>]*>' "$log")
        count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"; }
        local total; total=$(count total)
        passed=$((passed + $(count passed))); failed=$((failed + $(count failed)))
        skipped=$((skipped + total - $(count passed) - $(count failed)))
    done
    if [ "$skipped" -gt 0 ]; then
        echo
        echo "Skipped, and why:"
        cat "${logs[@]}" | grep -oE '(Skipped: [^<]*)' | sort | uniq -c | sort -rn
    fi
    echo
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$status" = 0 ] && [ "$failed" = 0 ]
}

# The libtorch that a program gets with the official TorchSharp: with CUDA where there is a driver for it (2 GB to download), else that for a CPU.
use_gpu_libtorch() {
    if command -v nvidia-smi >/dev/null; then properties+=(-p:TorchSharpNative=cuda-linux); fi
}

# Builds the program of a project folder and becomes it, in the folder that the caller stands in: there relative paths begin.
run_program() {
    local folder=$1 name; name=$(basename "$folder"); shift
    dotnet build "$folder/$name.csproj" -c "$configuration" --nologo -v q "${properties[@]}"
    local program=$PWD/$folder/bin/$configuration/net10.0/$name.dll
    cd "$caller"
    exec dotnet "$program" "$@"
}

command=${1:-help}; [ $# -eq 0 ] || shift
mlnet='' torchsharp='' arguments=()
while [ $# -gt 0 ]; do
    case $1 in
        --mlnet) [ $# -ge 2 ] || fail "--mlnet takes official or compat"; mlnet=$2; shift 2 ;;
        --mlnet=*) mlnet=${1#*=}; shift ;;
        --torchsharp) [ $# -ge 2 ] || fail "--torchsharp takes official or compat"; torchsharp=$2; shift 2 ;;
        --torchsharp=*) torchsharp=${1#*=}; shift ;;
        *) arguments+=("$1"); shift ;;
    esac
done
case $mlnet in ''|official|compat) ;; *) fail "--mlnet is '$mlnet'; it must be official or compat" ;; esac
case $torchsharp in ''|official|compat) ;; *) fail "--torchsharp is '$torchsharp'; it must be official or compat" ;; esac
set -- ${arguments[@]+"${arguments[@]}"}

case $command in
    help|-h|--help) usage; exit 0 ;;
    build|test|sample|gpu-scoring|parity|bench|models|info|pack|probe) need_sdk ;;
    *) usage >&2; fail "there is no command '$command'" ;;
esac

[ "$command" != probe ] || rm -f "$choice_file"
choose_packages
case $command in
    build) need_jpeg_decoder; build ;;
    test) need_jpeg_decoder; run_tests "$@" ;;
    sample)
        need_jpeg_decoder
        run_program samples/QuickStart "$@" ;;
    gpu-scoring)
        need_jpeg_decoder
        use_gpu_libtorch
        run_program samples/GpuScoring "$@" ;;
    parity) run_program tests/ConvNeXt.Parity "$@" ;;
    bench)
        need_jpeg_decoder
        [ "${1:-}" != gpu ] || use_gpu_libtorch
        run_program benchmarks/ConvNeXt.Benchmarks "$@" ;;
    models|info) run_program benchmarks/ConvNeXt.Benchmarks "$command" "$@" ;;
    pack)
        [ "$mlnet$torchsharp" = officialofficial ] \
            || fail "pack makes packages that depend on the official ML.NET and TorchSharp, which this build does not use; try ./build.sh pack --mlnet official --torchsharp official where the feed has them"
        for project in ConvNeXt.Backbone ConvNeXt.Backbone.TorchSharp ConvNeXt.MLNet; do
            dotnet pack "src/$project/$project.csproj" -c "$configuration" --nologo -v q "${properties[@]}" -o artifacts
        done
        ls artifacts/*.nupkg ;;
esac
