#!/usr/bin/env bash
# Packs the comparison on a GPU for a machine that has Python's PyTorch with CUDA, but neither .NET nor a network: benchmarks/gpu-kit/build.sh
# writes artifacts/gpu-kit.tar.xz. On that machine: tar xf gpu-kit.tar.xz && gpu-kit/run.sh OUTPUT_FOLDER
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
kit=$PWD/artifacts/gpu-kit
rm -rf "$kit" "$kit.tar.xz"
mkdir -p "$kit/benchmarks/peers"

# With a runtime of its own, and without libtorch, which is that of PyTorch.
dotnet publish benchmarks/ConvNeXt.Benchmarks -c Release -r linux-x64 --self-contained -p:TorchSharpNative=none -p:SatelliteResourceLanguages=en \
    --artifacts-path "$PWD/artifacts/gpu-kit-build" -o "$kit/app" -v q
# The copy of the ordinary build asks for no newer libstdc++ than this machine has (eng/LibTorch.targets).
dotnet build benchmarks/ConvNeXt.Benchmarks -c Release -v q
cp benchmarks/ConvNeXt.Benchmarks/bin/Release/net10.0/runtimes/linux-x64/native/libLibTorchSharp.so "$kit/app/"
# What other comparisons need, and what only a debugger needs.
rm -rf "$kit"/app/libonnxruntime* "$kit"/app/onnxruntime* "$kit"/app/DnnImageModels "$kit"/app/*.pdb "$kit"/app/*.dbg "$kit"/app/libmscord* "$kit"/app/wwwroot
find "$kit/app" -name '*.onnx' -delete
cp -r benchmarks/peers/pytorch "$kit/benchmarks/peers/"
cp benchmarks/gpu-kit/run.sh "$kit/"
cp ConvNeXt.MLNet.sln "$kit/" # by which the program finds its peers' scripts
tar -C "$kit/.." -cJf "$kit.tar.xz" gpu-kit
ls -l "$kit.tar.xz"
