using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Tests.Engines;

[TestClass]
public sealed class StochasticDepthTests
{
    private static readonly ConvNeXtConfig _config = new() { Name = "drop_path", Depths = [1, 1, 2, 1], Widths = [8, 12, 16, 24], ClassCount = 6, DropPathRate = 0.5f };

    [TestMethod]
    public void TrainingLogits_EqualTheOfficialOnes_ForTheSameDraws()
    {
        using var file = Open();
        var (images, count, height, width) = GoldenNetwork.Images(file, "input");

        // The recorded draws leave out the first block, whose rate is 0.
        float[] draws = [.. new float[count], .. file.ReadDoubles("uniform_draws").Select(draw => (float)draw)];
        var logits = new float[count * _config.ClassCount];
        var rules = ParameterTable.Of(_config).ToDictionary(parameter => parameter.Name, _ => new ParameterRule(0));
        using var engine = new ManagedTrainingEngine(
            new TrainingEngineSettings { Config = _config, Weights = Weights(file), BatchSize = count, Height = height, Width = width, Rules = rules });
        engine.AccumulateGradients(new TrainingBatch
        {
            Images = images,
            Targets = new float[logits.Length],
            DropPathDraws = draws,
            Logits = logits,
            Count = count,
            Height = height,
            Width = width,
        });
        Assert.IsTrue(GoldenNetwork.Difference(file.ReadDoubles("logits_train_f64"), logits) <= 1e-5);
    }

    [TestMethod]
    public unsafe void Gradients_EqualTheOfficialOnes_ForTheSameKeepMask()
    {
        using var file = Open();
        var (images, count, height, width) = GoldenNetwork.Images(file, "input");
        using var network = Network.Create(_config, forTraining: true, SimdSupport.Best);
        network.Parameters.Import(Weights(file));
        using var workspace = network.PlanTraining(new WorkerTeam(), count, height, width, recomputes: false);
        var rates = DropPath.Rates(_config);
        var masks = file.ReadDoubles("keep_mask");
        for (int i = 0; i < rates.Length * count; i++) workspace.Keep[i] = i < count ? 1f : (float)(masks[i - count] / (1 - rates[i / count]));
        fixed (float* pixels = images)
        {
            network.Forward(workspace, pixels, count, height, width, dropPaths: true, null);

            // The recorded loss is the mean of the squared logits.
            int values = count * _config.ClassCount;
            for (int i = 0; i < values; i++) workspace.LogitGradient[i] = 2f * workspace.Logits[i] / values;
            network.Backward(workspace, pixels, count, height, width, dropPaths: true, null);
        }

        var gradients = network.Parameters.ExportGradients();
        Assert.IsTrue(GoldenNetwork.RelativeDistance(file.ReadSingles("grad.head.weight"), gradients["head.weight"].Values) <= 1e-5);
        Assert.IsTrue(GoldenNetwork.RelativeDistance(file.ReadSingles("grad.stem.weight"), gradients["downsample_layers.0.0.weight"].Values) <= 1e-5);
    }

    private static SafetensorsFile Open() => SafetensorsFile.Open(GoldenNetwork.File("train", "fb_v1_drop_path.safetensors"));

    private static WeightSet Weights(SafetensorsFile file)
    {
        const string prefix = "weights.";
        var weights = new WeightSet();
        foreach (var entry in file.Entries.Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal)))
            weights.Add(new WeightTensor(entry.Name[prefix.Length..], entry.Shape, file.ReadSingles(entry.Name)));
        return weights;
    }
}
