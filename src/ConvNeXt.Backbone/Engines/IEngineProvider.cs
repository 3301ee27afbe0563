using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Engines;

/// <summary>
/// Creates engines that run on a device. An assembly with engines names its provider in an <see cref="EngineProviderAttribute"/>, and
/// <see cref="EngineProviders"/> finds it, so that callers need no reference to the libraries the engines are built on.
/// </summary>
internal interface IEngineProvider
{
    /// <summary>Returns why these options cannot be used on this machine, or null if they can. Fast, and does not throw.</summary>
    /// <param name="options">Device and precision.</param>
    string? WhyUnavailable(DeviceOptions options);

    /// <summary>Creates a scoring engine.</summary>
    /// <param name="config">The network.</param>
    /// <param name="weights">All weights under their official names; copied to the device.</param>
    /// <param name="options">Device and precision.</param>
    /// <exception cref="WeightMismatchException">Weights are missing, unexpected, or of another shape; the message lists all of them.</exception>
    /// <exception cref="EngineUnavailableException">The device does not exist, or it computes wrong results.</exception>
    IScoringEngine CreateScoringEngine(ConvNeXtConfig config, WeightSet weights, DeviceOptions options);

    /// <summary>Creates a training engine.</summary>
    /// <param name="settings">Network, initial weights and training settings.</param>
    /// <param name="options">Device and precision.</param>
    /// <exception cref="WeightMismatchException">Weights are missing, unexpected, or of another shape; the message lists all of them.</exception>
    /// <exception cref="ArgumentException">A setting is out of range, or a parameter has no rule.</exception>
    /// <exception cref="EngineUnavailableException">The device does not exist, or it computes wrong results.</exception>
    ITrainingEngine CreateTrainingEngine(TrainingEngineSettings settings, DeviceOptions options);
}

/// <summary>Names the engine provider of an assembly.</summary>
/// <param name="provider">A class with a parameterless constructor that implements <see cref="IEngineProvider"/>.</param>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class EngineProviderAttribute(Type provider) : Attribute
{
    /// <summary>The provider class.</summary>
    public Type Provider { get; } = provider;
}
