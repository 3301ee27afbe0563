using System.Collections.Immutable;
using ConvNeXt.Backbone;
using ConvNeXt.Backbone.Architecture;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Engines;

/// <summary>Validates a network configuration from options or a model file before it is used.</summary>
internal static class NetworkChecks
{
    private const int Stages = 4, MaxDepth = 1000, MaxWidth = 1 << 14, MaxClasses = 1 << 24;

    /// <exception cref="ArgumentException">A value is out of range; the message names it.</exception>
    public static void Check(ConvNeXtConfig config)
    {
        CheckStages(config.Depths, MaxDepth, nameof(config.Depths));
        CheckStages(config.Widths, MaxWidth, nameof(config.Widths));
        if (config.Depths.Length != config.Widths.Length)
        {
            throw new ArgumentException(
                $"The network has {config.Depths.Length} {nameof(config.Depths)} but {config.Widths.Length} {nameof(config.Widths)}; they must be equal.");
        }

        CheckOptional(config.OverlappingStemWidth, nameof(config.OverlappingStemWidth));
        if (config.OverlappingStemWidth is not null && config.IsIsotropic)
            throw new ArgumentException($"The network has one stage and an {nameof(config.OverlappingStemWidth)}; isotropic networks need a patch stem.");
        CheckOptional(config.HeadHiddenWidth, nameof(config.HeadHiddenWidth));
        if (!(config.NormEpsilon > 0 && float.IsFinite(config.NormEpsilon)))
            throw new ArgumentException(Invariant($"The network's {nameof(config.NormEpsilon)} is {config.NormEpsilon}; it must be above 0 and finite."));
        if (config.ClassCount is < 1 or > MaxClasses)
            throw new ArgumentException($"The network has {config.ClassCount} classes; it must have 1 to {MaxClasses}.");
        if (!(config.DropPathRate is >= 0 and < 1))
            throw new ArgumentException(Invariant($"The network's {nameof(config.DropPathRate)} is {config.DropPathRate}; it must be in [0, 1)."));
        if (config.LayerScaleInit is { } scale && !float.IsFinite(scale))
            throw new ArgumentException(Invariant($"The network's {nameof(config.LayerScaleInit)} is {scale}; it must be finite."));
    }

    private static void CheckOptional(int? width, string name)
    {
        if (width is < 1 or > MaxWidth) throw new ArgumentException($"The network's {name} is {width}; it must be from 1 to {MaxWidth}.");
    }

    private static void CheckStages(ImmutableArray<int> values, int most, string name)
    {
        if (values.IsDefault || values.Length is not (1 or Stages) || values.Any(value => value < 1 || value > most))
        {
            string given = values.IsDefault ? "" : string.Join(',', values);
            throw new ArgumentException($"The network's {name} are [{given}]; they must be {Stages} numbers from 1 to {most}, or one if isotropic.");
        }
    }
}
