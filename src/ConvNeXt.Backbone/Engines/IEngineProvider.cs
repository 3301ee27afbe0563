using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights;
namespace ConvNeXt.Backbone.Engines;

/// <summary>
/// Makes engines on a device. An assembly with engines names its provider in an <see cref="EngineProviderAttribute"/>; <see cref="EngineProviders"/> finds it,
/// so that whoever uses engines need not reference what they are made of.
/// </summary>
internal interface IEngineProvider
{
    /// <summary>Why engines cannot be made with these options on this machine; null where they can. Cheap, and throws nothing.</summary>
    /// <param name="options">Where and how to compute.</param>
    string? WhyUnavailable(DeviceOptions options);

    /// <summary>Makes an engine that scores.</summary>
    /// <param name="config">The network.</param>
    /// <param name="weights">All of its weights under their official names; copied to the device.</param>
    /// <param name="options">Where and how to compute.</param>
    /// <exception cref="WeightMismatchException">Weights are missing, not expected, or of another shape; the message lists all of them.</exception>
    /// <exception cref="EngineUnavailableException">There is no such device, or it computes wrongly.</exception>
    IScoringEngine CreateScoringEngine(ConvNeXtConfig config, WeightSet weights, DeviceOptions options);

    /// <summary>Makes an engine that trains.</summary>
    /// <param name="settings">What it is made from.</param>
    /// <param name="options">Where and how to compute.</param>
    /// <exception cref="WeightMismatchException">Weights are missing, not expected, or of another shape; the message lists all of them.</exception>
    /// <exception cref="ArgumentException">A setting is out of its range, or a parameter has no rule.</exception>
    /// <exception cref="EngineUnavailableException">There is no such device, or it computes wrongly.</exception>
    ITrainingEngine CreateTrainingEngine(TrainingEngineSettings settings, DeviceOptions options);
}

/// <summary>Names the provider of an assembly with engines.</summary>
/// <param name="provider">A class with a parameterless constructor that implements <see cref="IEngineProvider"/>.</param>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class EngineProviderAttribute(Type provider) : Attribute
{
    /// <summary>The class.</summary>
    public Type Provider { get; } = provider;
}
