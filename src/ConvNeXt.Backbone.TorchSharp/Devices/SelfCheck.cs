using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.TorchSharp.Scoring;
using ConvNeXt.Backbone.Weights;
using Device = TorchSharp.torch.Device;

namespace ConvNeXt.Backbone.TorchSharp.Devices;

/// <summary>Checks that a device computes the same results as the managed engine. A GPU that computes wrong results does not report it itself.</summary>
internal static class SelfCheck
{
    private const int Images = 2;

    /// <summary>Maximum distance from the managed engine's logits or gradients, relative (L2 norms); several times that of a correct device.</summary>
    private static double ToleranceOf(ComputePrecision precision) => precision switch
    {
        ComputePrecision.Single => 1e-3,
        ComputePrecision.TensorFloat32 => 3e-2,
        _ => 0.15,
    };

    /// <summary>Compares the logits of a small batch.</summary>
    /// <exception cref="EngineUnavailableException">A device computes wrong results.</exception>
    public static void Scoring(
        ConvNeXtConfig config, WeightSet weights, ComputePrecision precision, IReadOnlyList<Replica> replicas, IReadOnlyList<Device> devices)
    {
        int side = FeatureShape.SmallestSide(config);
        var images = Pattern(Images * FeatureShape.ImageChannels * side * side);
        var expected = new float[Images * config.ClassCount];
        using (var managed = new ManagedScoringEngine(config, weights)) managed.Score(images, Images, side, side, expected);
        for (int i = 0; i < replicas.Count; i++)
        {
            var actual = new float[expected.Length];
            replicas[i].Score(ScoringRequest.Logits, images, Images, side, side, actual);
            Require(expected, actual, precision, $"{devices[i]} computes logits");
        }
    }

    /// <summary>Compares the gradients of a small network with the same layers.</summary>
    /// <param name="config">The network whose layers are checked.</param>
    /// <param name="precision">Precision of the device.</param>
    /// <param name="create">Creates the device's engine.</param>
    /// <param name="device">The device, for the error message.</param>
    /// <exception cref="EngineUnavailableException">The device computes wrong results.</exception>
    public static void Training(ConvNeXtConfig config, ComputePrecision precision, Func<TrainingEngineSettings, ITrainingEngine> create, Device device)
    {
        var small = config with
        {
            Depths = [.. config.Depths.Select(_ => 1)],
            Widths = [.. config.Widths.Select((_, stage) => 8 * (stage + 1))],
            ClassCount = 5,
            OverlappingStemWidth = config.OverlappingStemWidth is null ? null : 4,
            HeadHiddenWidth = config.HeadHiddenWidth is null ? null : 12,
            DropPathRate = 0,
        };
        int side = 2 * FeatureShape.SmallestSide(small);
        var weights = new WeightSet();
        foreach (var parameter in ParameterTable.Of(small))
        {
            int values = parameter.Shape.Aggregate(1, (product, size) => product * size);
            float scale = 1 / MathF.Sqrt(Math.Max(1, values / parameter.Shape[0])),
                middle = parameter.Shape.Length == 1 && parameter.Name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0;
            weights.Add(new WeightTensor(parameter.Name, parameter.Shape, [.. Pattern(values).Select(value => middle + (scale * value))]));
        }

        var settings = new TrainingEngineSettings
        {
            Config = small,
            Weights = weights,
            BatchSize = Images,
            Height = side,
            Width = side,
            Rules = weights.Tensors.ToDictionary(tensor => tensor.Name, _ => new ParameterRule(0)),
        };
        var batch = new TrainingBatch
        {
            Images = Pattern(Images * FeatureShape.ImageChannels * side * side),
            Targets = [.. Enumerable.Range(0, Images * small.ClassCount).Select(i => i % (small.ClassCount + 1) == 0 ? 1f : 0f)],
            Count = Images,
            Height = side,
            Width = side,
        };
        using var managed = new ManagedTrainingEngine(settings);
        using var engine = create(settings);
        managed.AccumulateGradients(batch);
        engine.AccumulateGradients(batch);
        Require(Flat(managed.ExportGradients()), Flat(engine.ExportGradients()), precision, $"{device} computes gradients");
    }

    private static void Require(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, ComputePrecision precision, string what)
    {
        double distance = 0, norm = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            distance += Math.Pow(expected[i] - (double)actual[i], 2);
            norm += Math.Pow(expected[i], 2);
        }

        double relative = Math.Sqrt(distance) / Math.Max(Math.Sqrt(norm), float.Epsilon), tolerance = ToleranceOf(precision);
        if (relative <= tolerance) return; // false for NaN
        throw new EngineUnavailableException(
            FormattableString.Invariant($"{what} that differ from the managed engine's: the relative error of a small batch in {precision} is {relative:g3}; ")
            + FormattableString.Invariant($"the limit is {tolerance:g3}. ")
            + "The device, its driver or its libtorch computes wrong results; use the managed engine or another device.");
    }

    private static float[] Flat(WeightSet weights) => [.. weights.Tensors.SelectMany(tensor => tensor.Values)];

    // Random values in [-1, 1), so that a wrong layout changes the results.
    private static float[] Pattern(int count)
    {
        var random = new Random(17);
        return [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextSingle()) - 1)];
    }
}
