using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.MLNet.ModelFiles;

namespace ConvNeXt.MLNet.Weights;

/// <summary>
/// The weights in this assembly: ConvNeXt Atto in half precision, distilled from a ResNet18. Their head has the teacher's 512 features as outputs, not classes.
/// </summary>
internal static class PackagedWeights
{
    /// <summary>The network of the weights.</summary>
    public const ConvNeXtVariant Variant = ConvNeXtVariant.Atto;

    private const string Resource = "ConvNeXt.MLNet.Weights.atto.safetensors", Source = "the weights in the package";
    private const int Outputs = 512;

    /// <summary>Reads the weights. Each call returns new arrays.</summary>
    /// <param name="expected">The network that they must be of, with any class count; null for any.</param>
    /// <exception cref="WeightMismatchException">The expected network is not <see cref="Variant"/>.</exception>
    public static LoadedWeights Load(ConvNeXtConfig? expected)
    {
        using Stream stream = typeof(PackagedWeights).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The assembly has no resource '{Resource}'.");
        return LoadedWeights.Create(SafetensorsReader.Read(stream, Source), expected ?? ConvNeXtArchitectures.Get(Variant), Outputs, Source) with
        {
            License = StoredLicense.Packaged,
        };
    }
}
