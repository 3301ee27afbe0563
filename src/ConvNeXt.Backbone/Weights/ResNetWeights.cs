using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights.Naming;

namespace ConvNeXt.Backbone.Weights;

/// <summary>Reads the weights of ResNet-50 and ResNet-200 that torchvision and timm publish: safetensors files and PyTorch checkpoints.</summary>
internal static class ResNetWeights
{
    /// <summary>Reads a file. Names and shapes are checked before the values are read.</summary>
    /// <param name="path">The file, with the names of torchvision and timm or of this library.</param>
    /// <param name="config">The network, such as <see cref="Architecture.Roadmap.Roadmap.ResNet50"/> with the number of classes of the file.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or two tensors have the same name.</exception>
    /// <exception cref="WeightMismatchException">The tensors are not those of the network; the message lists them.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static WeightSet Read(string path, ConvNeXtConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        using WeightFile file = WeightFile.Open(path);
        var stored = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in file.Shapes.Keys)
        {
            if (!stored.TryAdd(ResNetNames.OfficialName(name), name))
                throw new InvalidDataException($"{path}: '{name}' and '{stored[ResNetNames.OfficialName(name)]}' are the same tensor of {config.Name}.");
        }
        WeightCheck.Require(config, stored.ToDictionary(pair => pair.Key, pair => file.Shapes[pair.Value], StringComparer.Ordinal), path);

        var weights = new WeightSet();
        foreach (ParameterDescription parameter in ParameterTable.Of(config))
        {
            var values = new float[parameter.Shape.Aggregate(1, (product, size) => checked(product * size))];
            file.Read(stored[parameter.Name], values);
            weights.Add(new WeightTensor(parameter.Name, parameter.Shape, values));
        }
        return weights;
    }
}
