using System.Text.RegularExpressions;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Benchmarks.Peers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Benchmarks.Curve;

/// <summary>
/// libtorch's side of the training comparison. Schedule, layer-wise decay and moving average are written here again, from the official code's rules; the
/// network, its gradients and AdamW are libtorch's and TorchSharp's.
/// </summary>
internal static partial class TorchCurve
{
    private const int LayerGroups = 12;

    /// <summary>Trains one step for each batch.</summary>
    public static CurveRun Train(ConvNeXtConfig config, WeightSet initial, TrainingBatch[] batches, CurveSettings settings)
    {
        torch.set_num_threads(1); // for so small a network, threads wait for each other longer than they compute
        using var network = new TorchConvNeXt(config);
        network.Load(name => initial[name].Values);
        network.train();
        (string Name, Parameter Value)[] parameters = [.. network.named_parameters()];
        using var scope = torch.NewDisposeScope();
        Tensor[] averages = [.. parameters.Select(parameter => parameter.Value.detach().clone())];
        double[] scales = [.. parameters.Select(parameter => Math.Pow(settings.LayerDecay, LayerGroups + 1 - LayerGroup(parameter.Name)))];
        using AdamW optimizer = torch.optim.AdamW(parameters.Select(parameter => Group(parameter.Value, settings)), settings.LearningRate);
        var losses = new double[batches.Length];
        for (int step = 0; step < batches.Length; step++)
        {
            double rate = LearningRate(step, batches.Length, settings);
            foreach ((torch.optim.ILearningRateController group, double scale) in optimizer.ParamGroups.Zip(scales)) group.LearningRate = rate * scale;
            losses[step] = Step(network, optimizer, batches[step], config);
            UpdateAverages(averages, parameters, settings.AverageDecay);
        }
        return new CurveRun(losses, Values(parameters.Select(parameter => (Tensor)parameter.Value)), Values(averages));

        Dictionary<string, float[]> Values(IEnumerable<Tensor> tensors) => parameters.Zip(tensors, (parameter, tensor) =>
            (parameter.Name, Values: tensor.detach().data<float>().ToArray())).ToDictionary(pair => pair.Name, pair => pair.Values);
    }

    private static double Step(TorchConvNeXt network, AdamW optimizer, TrainingBatch batch, ConvNeXtConfig config)
    {
        using var scope = torch.NewDisposeScope();
        Tensor images = torch.tensor(batch.Images).view(batch.Count, batch.Height, batch.Width, 3).permute(0, 3, 1, 2);
        Tensor targets = torch.tensor(batch.Targets).view(batch.Count, config.ClassCount);
        Tensor draws = torch.tensor(batch.DropPathDraws!).view(config.Depths.Sum(), batch.Count);
        Tensor loss = functional.cross_entropy(network.call(images, draws), targets);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        return loss.item<float>();
    }

    private static void UpdateAverages(Tensor[] averages, (string Name, Parameter Value)[] parameters, double decay)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        foreach ((Tensor average, (_, Parameter value)) in averages.Zip(parameters)) average.mul_(decay).add_(value, alpha: 1 - decay);
    }

    // Vectors (biases, norms, layer scale) are not decayed.
    private static AdamW.ParamGroup Group(Parameter parameter, CurveSettings settings) =>
        new([parameter], settings.LearningRate, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: parameter.dim() == 1 ? 0 : settings.WeightDecay);

    /// <summary>Linear warmup, then half a cosine.</summary>
    private static double LearningRate(int step, int steps, CurveSettings settings)
    {
        if (step < settings.WarmupSteps) return settings.LearningRate * step / (settings.WarmupSteps - 1);
        double cosine = Math.Cos(Math.PI * (step - settings.WarmupSteps) / (steps - settings.WarmupSteps));
        return settings.MinLearningRate + ((settings.LearningRate - settings.MinLearningRate) * (1 + cosine) / 2);
    }

    /// <summary>
    /// The twelve groups of the paper's fine-tuning code, for three blocks each in stage 3: 0 is the stem, the head comes after the last group.
    /// </summary>
    private static int LayerGroup(string name)
    {
        if (Downsampling().Match(name) is { Success: true } downsampling)
            return int.Parse(downsampling.Groups[1].ValueSpan) switch { 0 => 0, 1 => 2, 2 => 3, _ => LayerGroups };
        if (Block().Match(name) is { Success: true } block)
            return int.Parse(block.Groups[1].ValueSpan) switch { 0 => 1, 1 => 2, 2 => 3 + (int.Parse(block.Groups[2].ValueSpan) / 3), _ => LayerGroups };
        return LayerGroups + 1;
    }

    [GeneratedRegex(@"^downsample_layers\.(\d)")]
    private static partial Regex Downsampling();

    [GeneratedRegex(@"^stages\.(\d)\.(\d+)")]
    private static partial Regex Block();
}
