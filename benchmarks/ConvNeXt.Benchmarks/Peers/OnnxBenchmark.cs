using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>Exports networks as ONNX and checks what ONNX Runtime computes from them.</summary>
internal static class OnnxBenchmark
{
    private static readonly ConvNeXtVariant[] Variants = [ConvNeXtVariant.Tiny, ConvNeXtVariant.IsotropicSmall, ConvNeXtVariant.V2Atto];

    /// <summary>Runs the comparison that the options select.</summary>
    /// <returns>The exit code: 1 if results differ.</returns>
    public static int Run(Arguments arguments) => (arguments.Text("recorded"), arguments.Text("model"), arguments.Text("images")) switch
    {
        ({ } recorded, null, null) => CompareRecorded(recorded),
        (null, { } model, { } images) => OnnxModelBenchmark.Compare(model, images),
        (null, null, null) => CompareEngines(),
        _ => throw new BenchmarkException("onnx takes no options, or --recorded DIR, or --model FILE and --images DIR."),
    };

    /// <summary>This engine and ONNX Runtime: full-size networks with random weights, two image sizes and two batch sizes.</summary>
    private static int CompareEngines()
    {
        using var check = new BenchmarkChecks($"Logits of this engine and of the exported network in {OnnxRuntime.Version}; {BenchmarkChecks.Limit}");
        ImageBatch[] batches =
        [
            ImageBatch.Random(1, 224, 224, seed: 1), ImageBatch.Random(3, 224, 224, seed: 2),
            ImageBatch.Random(1, 160, 192, seed: 3), ImageBatch.Random(3, 160, 192, seed: 4),
        ];
        foreach (ConvNeXtVariant variant in Variants)
        {
            ConvNeXtConfig config = ConvNeXtArchitectures.Get(variant);
            WeightSet weights = VisibleWeights.Create(config, seed: 1);
            string model = check.TemporaryFile($"{config.Name}.onnx");
            OnnxRuntime.Export(model, config, weights);
            Console.WriteLine($"{config.Name}, {new FileInfo(model).Length / 1e6:0.0} MB");
            using var runtime = new OnnxRuntime(model);
            using var engine = new ManagedScoringEngine(config, weights);
            foreach (ImageBatch batch in batches) check.Report($"{config.Name} {batch}", batch.Score(engine), runtime.Score(batch));
        }
        return check.Finish();
    }

    /// <summary>
    /// ONNX Runtime and recorded logits: a folder of NAME.weights.safetensors and NAME.cases.safetensors with tensors HxW.input and HxW.logits_f64.
    /// </summary>
    private static int CompareRecorded(string folder)
    {
        const string Weights = ".weights.safetensors", Input = ".input";
        using var check = new BenchmarkChecks($"Recorded logits in {folder} and those of the exported network in {OnnxRuntime.Version}; {BenchmarkChecks.Limit}");
        bool found = false;
        foreach (string path in Directory.EnumerateFiles(folder, "*" + Weights).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(path)[..^Weights.Length];
            string casesPath = Path.Combine(folder, $"{name}.cases.safetensors");
            if (!File.Exists(casesPath)) continue;
            using SafetensorsFile cases = SafetensorsFile.Open(casesPath);
            SafetensorsEntry[] inputs = [.. cases.Entries.Where(entry => entry.Name.EndsWith(Input, StringComparison.Ordinal) && entry.Shape is [_, 3, _, _])];
            WeightSet weights = WeightFile.ReadAll(path);
            string model = check.TemporaryFile($"{name}.onnx");
            OnnxRuntime.Export(model, ConfigDetector.Detect(weights, path), weights);
            using var runtime = new OnnxRuntime(model);
            found |= inputs.Length > 0;
            foreach (SafetensorsEntry input in inputs)
            {
                string tag = input.Name[..^Input.Length];
                long[] shape = [.. input.Shape.Select(size => (long)size)];
                check.Report($"{name} {tag}", runtime.Score(cases.ReadSingles(input.Name), shape), cases.ReadSingles($"{tag}.logits_f64"));
            }
        }
        if (!found) throw new BenchmarkException($"{folder} has no pair of NAME{Weights} and NAME.cases.safetensors.");
        return check.Finish();
    }
}
