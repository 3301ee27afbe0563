using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.MLNet.Models;

/// <summary>Reads weights from files that people give.</summary>
internal static class PretrainedWeights
{
    private const string HeadWeight = "head.weight", HeadBias = "head.bias";

    /// <summary>What the official fine-tuning multiplies a fresh head's weights by (TRAINING.md, <c>--head_init_scale</c>).</summary>
    private const float FineTuningHeadScale = 0.001f;

    /// <summary>Reads weights to start from. A head for another number of classes is replaced by a fresh one.</summary>
    /// <param name="path">A weights file of any format and naming that <see cref="WeightsFile"/> reads.</param>
    /// <param name="config">The network to start.</param>
    /// <param name="seed">Seed of a fresh head.</param>
    /// <param name="note">Says what was replaced, or null.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or is no weights file.</exception>
    /// <exception cref="WeightMismatchException">The weights are of another network; the message names the tensors.</exception>
    public static WeightSet Read(string path, ConvNeXtConfig config, long seed, out string? note)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"The weights file '{path}' does not exist.", path);
        WeightSet read = WeightsFile.Read(path).Weights;
        note = null;
        WeightSet weights = read;
        if (read.TryGet(HeadWeight, out WeightTensor? head) && head.Shape.Length == 2 && head.Shape[0] != config.ClassCount)
        {
            note = $"The head of '{path}' is for {head.Shape[0]} classes; it is replaced by a fresh one for {config.ClassCount}.";
            WeightSet fresh = WeightInitializer.Create(config, seed, FineTuningHeadScale);
            weights = new WeightSet();
            foreach (WeightTensor tensor in read.Tensors) weights.Add(tensor.Name is HeadWeight or HeadBias ? fresh[tensor.Name] : tensor);
        }
        WeightCheck.Require(config, weights, path);
        return weights;
    }

    /// <summary>Number of classes of the head in a weights file.</summary>
    public static int FindClassCount(WeightSet weights, string file) =>
        weights.TryGet(HeadWeight, out WeightTensor? head) && head.Shape.Length == 2
            ? head.Shape[0]
            : throw new InvalidDataException($"{file}: there is no tensor '{HeadWeight}' [classes, features], so these are no weights of a ConvNeXt classifier.");
}
