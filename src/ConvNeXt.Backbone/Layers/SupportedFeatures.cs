using ConvNeXt.Backbone.Architecture;

namespace ConvNeXt.Backbone.Layers;

/// <summary>Which options of a configuration the layers here compute; another one is refused, never ignored.</summary>
internal static class SupportedFeatures
{
    /// <summary>Accepts a configuration that can be computed.</summary>
    /// <exception cref="NotSupportedException">It asks for more; the message names every option.</exception>
    public static void Require(ConvNeXtConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        string[] missing =
        [
            .. Option(config.IsIsotropic, "one stage (isotropic)"),
            .. Option(config.GlobalResponseNorm, nameof(config.GlobalResponseNorm)),
            .. Option(config.OverlappingStemWidth is not null, nameof(config.OverlappingStemWidth)),
            .. Option(config.NormBeforePooling, nameof(config.NormBeforePooling)),
            .. Option(config.HeadHiddenWidth is not null, nameof(config.HeadHiddenWidth)),
            .. Option(config.NormEpsilon != Kernels.LayerNorm.Epsilon, $"{nameof(config.NormEpsilon)} {config.NormEpsilon}"),
        ];
        if (missing.Length > 0) throw new NotSupportedException($"{config.Name}: the managed engine does not compute {string.Join(", ", missing)}.");

        static string[] Option(bool asked, string name) => asked ? [name] : [];
    }
}
