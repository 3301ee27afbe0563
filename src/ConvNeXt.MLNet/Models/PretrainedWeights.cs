using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.MLNet.Models;

/// <summary>Fits weights that were read to the network that is trained.</summary>
internal static class PretrainedWeights
{
    private const string HeadWeight = "head.weight", HeadBias = "head.bias";

    /// <summary>What the official fine-tuning multiplies a fresh head's weights by (TRAINING.md, <c>--head_init_scale</c>).</summary>
    private const float FineTuningHeadScale = 0.001f;

    /// <summary>Loads weights to start from. A head for another number of classes is replaced by a fresh one.</summary>
    /// <param name="loader">Reads the file.</param>
    /// <param name="pathOrId">What the option says.</param>
    /// <param name="config">The network to start.</param>
    /// <param name="seed">Seed of a fresh head.</param>
    /// <param name="cancellation">Ends a download.</param>
    /// <param name="note">Says what was replaced, or null.</param>
    /// <exception cref="WeightMismatchException">The weights are of another network; the message names the tensors.</exception>
    public static WeightSet Load(WeightsLoader loader, string pathOrId, ConvNeXtConfig config, long seed, CancellationToken cancellation, out string? note)
    {
        var (read, classCount, path) = loader.Load(pathOrId, config, cancellation);
        note = null;
        WeightSet weights = read;
        if (classCount != config.ClassCount)
        {
            note = $"The head of '{path}' is for {classCount} classes; it is replaced by a fresh one for {config.ClassCount}.";
            WeightSet fresh = WeightInitializer.Create(config, seed, FineTuningHeadScale);
            weights = new WeightSet();
            foreach (WeightTensor tensor in read.Tensors) weights.Add(tensor.Name is HeadWeight or HeadBias ? fresh[tensor.Name] : tensor);
        }
        WeightCheck.Require(config, weights, path);
        return weights;
    }
}
