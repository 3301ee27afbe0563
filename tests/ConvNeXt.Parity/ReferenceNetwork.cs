using System.Text.Json;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Parity;

/// <summary>A network of the reference folder: its weights under official names, and the configuration that they and the case's json tell.</summary>
internal sealed record ReferenceNetwork(ConvNeXtConfig Config, WeightSet Weights)
{
    public static ReferenceNetwork Read(string weightsFile, string name, JsonElement config)
    {
        WeightSet weights = WeightFile.ReadAll(weightsFile);
        ConvNeXtConfig detected = ConfigDetector.Detect(weights, weightsFile) with { Name = name };
        // The epsilon leaves no trace in the weights.
        if (config.TryGetProperty("ln_eps", out JsonElement epsilon)) detected = detected with { NormEpsilon = epsilon.GetSingle() };
        return new ReferenceNetwork(detected, weights);
    }
}
