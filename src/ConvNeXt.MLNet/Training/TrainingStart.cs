using ConvNeXt.Backbone.Architecture;
using ConvNeXt.MLNet.Weights;

namespace ConvNeXt.MLNet.Training;

/// <summary>What training starts from.</summary>
internal enum TrainingStart
{
    /// <summary>Random weights.</summary>
    Scratch,

    /// <summary><see cref="ConvNeXtWeights.Packaged"/>.</summary>
    PackagedWeights,

    /// <summary>A file or a model id.</summary>
    Weights,

    /// <summary>A trained classifier.</summary>
    InitialModel,
}

/// <summary>Finds the start of training and the network that the options determine.</summary>
internal static class TrainingStarts
{
    /// <summary>
    /// Returns what training starts from: <see cref="ConvNeXtTrainer.Options.InitialModel"/> or <see cref="ConvNeXtTrainer.Options.Weights"/> if set, otherwise
    /// the packaged weights if the network is not set or is theirs.
    /// </summary>
    public static TrainingStart Find(ConvNeXtTrainer.Options options)
    {
        if (options.InitialModel is not null) return TrainingStart.InitialModel;
        return options.Weights switch
        {
            ConvNeXtWeights.None => TrainingStart.Scratch,
            ConvNeXtWeights.Packaged => TrainingStart.PackagedWeights,
            not null => TrainingStart.Weights,
            null => options.Config is null && options.Variant is null or PackagedWeights.Variant ? TrainingStart.PackagedWeights : TrainingStart.Scratch,
        };
    }

    /// <summary>Returns the network that the options set, with any class count; null for the one that the weights show.</summary>
    public static ConvNeXtConfig? FindConfig(ConvNeXtTrainer.Options options)
    {
        ConvNeXtConfig? config = options.Config;
        if (config is null && options.Variant is { } variant) config = ConvNeXtArchitectures.Get(variant);
        return config ?? Find(options) switch
        {
            TrainingStart.Weights => null,
            TrainingStart.InitialModel => InitialModel.Find(options.InitialModel!).Config,
            _ => ConvNeXtArchitectures.Get(PackagedWeights.Variant),
        };
    }

    /// <summary>Checks the options against each other.</summary>
    /// <exception cref="ArgumentException">Two options contradict each other; the message names both.</exception>
    public static void Check(ConvNeXtTrainer.Options options)
    {
        if (options is { Config: not null, Variant: not null })
            throw Contradiction(nameof(options.Variant), nameof(options.Config), "each sets the network");
        if (options.InitialModel is not null && (options.Weights ?? (object?)options.HeadIndices) is not null)
        {
            string other = options.Weights is not null ? nameof(options.Weights) : nameof(options.HeadIndices);
            throw Contradiction(nameof(options.InitialModel), other, "weights and head rows come from the model");
        }
        if (options.InitialModel is not null && options.Variant is { } variant)
        {
            ConvNeXtConfig network = InitialModel.Find(options.InitialModel).Config;
            if (ConvNeXtArchitectures.Recognize(network)?.Variant != variant)
            {
                throw new ArgumentException(
                    $"Option {nameof(options.Variant)} is {variant}, but the network of {nameof(options.InitialModel)} is {network.Name}. Leave the variant unset.",
                    nameof(options.Variant));
            }
        }
        if (options is { Weights: ConvNeXtWeights.Packaged, Variant: not (null or PackagedWeights.Variant) })
        {
            throw new ArgumentException(
                $"Option {nameof(options.Variant)} is {options.Variant}, but the weights in the package are those of {PackagedWeights.Variant}.",
                nameof(options.Variant));
        }
        if (options.HeadIndices is not null && Find(options) != TrainingStart.Weights)
        {
            throw new ArgumentException(
                $"Option {nameof(options.HeadIndices)} selects rows of a pretrained head, so it needs {nameof(options.Weights)} with classes.",
                nameof(options.HeadIndices));
        }
    }

    private static ArgumentException Contradiction(string option, string other, string reason) =>
        new($"Options {option} and {other} cannot both be set: {reason}.", option);
}
