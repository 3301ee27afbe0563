using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>Exports networks as ONNX and compares what ONNX Runtime computes with them.</summary>
internal static class OnnxBenchmark
{
    private static readonly ConvNeXtVariant[] Variants = [ConvNeXtVariant.Tiny, ConvNeXtVariant.IsotropicSmall, ConvNeXtVariant.V2Atto];

    /// <summary>Full-size networks with random weights, two sizes and two batch sizes.</summary>
    public static int CompareEngines()
    {
        using var check = new PeerCheck($"Logits of this project's engine against ONNX Runtime's of the exported network; {PeerCheck.Limit}");
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
            Console.WriteLine($"{config.Name}, {new FileInfo(model).Length / 1e6:0.0} MB, {OnnxRuntime.Version}");
            using var runtime = new OnnxRuntime(model);
            using var engine = new ManagedScoringEngine(config, weights);
            for (int i = 0; i < batches.Length; i++) check.Report($"{config.Name} {batches[i]}", batches[i].Score(engine), runtime.Score(batches[i]));
        }
        return check.Finish();
    }

    /// <summary>
    /// A folder of NAME.weights.safetensors and NAME.cases.safetensors with HxW.input and HxW.logits_f64: ONNX Runtime against what is recorded there.
    /// </summary>
    public static int CompareRecorded(string folder)
    {
        const string Weights = ".weights.safetensors", Input = ".input";
        using var check = new PeerCheck($"Recorded logits in {folder} against ONNX Runtime's of the exported network; {PeerCheck.Limit}");
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
            for (int i = 0; i < inputs.Length; i++)
            {
                string tag = inputs[i].Name[..^Input.Length];
                check.Report($"{name} {tag}", runtime.Score(cases.ReadSingles(inputs[i].Name), [.. inputs[i].Shape]), cases.ReadSingles($"{tag}.logits_f64"));
            }
        }
        if (!found) throw new PeerException($"{folder} holds no pair of NAME{Weights} and NAME.cases.safetensors.");
        Console.WriteLine(OnnxRuntime.Version);
        return check.Finish();
    }
}
