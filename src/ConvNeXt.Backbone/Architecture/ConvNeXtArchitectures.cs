using System.Collections.Immutable;
using ConvNeXt.Backbone.Kernels.Normalization;

namespace ConvNeXt.Backbone.Architecture;

/// <summary>All named networks, one row each, as in the tables of the papers and of timm.</summary>
public static class ConvNeXtArchitectures
{
    private static readonly ImmutableArray<int> _atto = [40, 80, 160, 320], _femto = [48, 96, 192, 384];
    private static readonly ImmutableArray<int> _pico = [64, 128, 256, 512], _nano = [80, 160, 320, 640];
    private static readonly ImmutableArray<int> _tiny = [96, 192, 384, 768], _base = [128, 256, 512, 1024];
    private static readonly ImmutableArray<int> _large = [192, 384, 768, 1536], _xlarge = [256, 512, 1024, 2048];

    /// <summary>All rows, in the order V1, isotropic, V2, timm.</summary>
    public static ImmutableArray<ConvNeXtArchitecture> All { get; } =
    [
        // "A ConvNet for the 2020s", section 3 and tables 1 and 2; the costs of T and S at 384x384 are from the official README.
        V1(ConvNeXtVariant.Tiny, "convnext_tiny", [3, 3, 9, 3], _tiny, new(28.6m, 4.5m, 13.1m)),
        V1(ConvNeXtVariant.Small, "convnext_small", [3, 3, 27, 3], _tiny, new(50m, 8.7m, 25.5m)),
        V1(ConvNeXtVariant.Base, "convnext_base", [3, 3, 27, 3], _base, new(89m, 15.4m, 45.0m)),
        V1(ConvNeXtVariant.Large, "convnext_large", [3, 3, 27, 3], _large, new(198m, 34.4m, 101.0m)),
        V1(ConvNeXtVariant.XLarge, "convnext_xlarge", [3, 3, 27, 3], _xlarge, new(350m, 60.9m, 179.0m)),

        // The same paper, section 3.3, and models/convnext_isotropic.py.
        Isotropic(ConvNeXtVariant.IsotropicSmall, "convnext_isotropic_small", 18, 384, null, new(22m, 4.3m)),
        Isotropic(ConvNeXtVariant.IsotropicBase, "convnext_isotropic_base", 18, 768, null, new(87m, 16.9m)),
        Isotropic(ConvNeXtVariant.IsotropicLarge, "convnext_isotropic_large", 36, 1024, 1e-6f, new(306m, 59.7m)),

        // "ConvNeXt V2", appendix, and the official README.
        V2(ConvNeXtVariant.V2Atto, "convnextv2_atto", [2, 2, 6, 2], _atto, new(3.7m, 0.55m), convolutionsInTimm: true),
        V2(ConvNeXtVariant.V2Femto, "convnextv2_femto", [2, 2, 6, 2], _femto, new(5.2m, 0.78m), convolutionsInTimm: true),
        V2(ConvNeXtVariant.V2Pico, "convnextv2_pico", [2, 2, 6, 2], _pico, new(9.1m, 1.37m), convolutionsInTimm: true),
        V2(ConvNeXtVariant.V2Nano, "convnextv2_nano", [2, 2, 8, 2], _nano, new(15.6m, 2.45m, 7.21m), convolutionsInTimm: true),
        V2(ConvNeXtVariant.V2Tiny, "convnextv2_tiny", [3, 3, 9, 3], _tiny, new(28.6m, 4.47m, 13.1m)),
        V2(ConvNeXtVariant.V2Base, "convnextv2_base", [3, 3, 27, 3], _base, new(89m, 15.4m, 45.2m)),
        V2(ConvNeXtVariant.V2Large, "convnextv2_large", [3, 3, 27, 3], _large, new(198m, 34.4m, 101.1m)),
        V2(ConvNeXtVariant.V2Huge, "convnextv2_huge", [3, 3, 27, 3], [352, 704, 1408, 2816], new(660m, 115m, 337.9m)),

        // Defined by timm only; no paper prints their sizes.
        Timm(ConvNeXtVariant.Atto, "convnext_atto", [2, 2, 6, 2], _atto, convolutions: true),
        Timm(ConvNeXtVariant.AttoOverlappingStem, "convnext_atto_ols", [2, 2, 6, 2], _atto, convolutions: true, stem: 24),
        Timm(ConvNeXtVariant.Femto, "convnext_femto", [2, 2, 6, 2], _femto, convolutions: true),
        Timm(ConvNeXtVariant.FemtoOverlappingStem, "convnext_femto_ols", [2, 2, 6, 2], _femto, convolutions: true, stem: 24),
        Timm(ConvNeXtVariant.Pico, "convnext_pico", [2, 2, 6, 2], _pico, convolutions: true),
        Timm(ConvNeXtVariant.PicoOverlappingStem, "convnext_pico_ols", [2, 2, 6, 2], _pico, convolutions: true, stem: 32),
        Timm(ConvNeXtVariant.Nano, "convnext_nano", [2, 2, 8, 2], _nano, convolutions: true),
        Timm(ConvNeXtVariant.NanoOverlappingStem, "convnext_nano_ols", [2, 2, 8, 2], _nano, convolutions: true, stem: 80),
        Timm(ConvNeXtVariant.TinyNormBeforePooling, "convnext_tiny_hnf", [3, 3, 9, 3], _tiny, convolutions: true, normBeforePooling: true),
        Timm(ConvNeXtVariant.LargeHiddenHead, "convnext_large_mlp", [3, 3, 27, 3], _large, hiddenHead: 1536),
        Timm(ConvNeXtVariant.XXLarge, "convnext_xxlarge", [3, 4, 30, 3], [384, 768, 1536, 3072], epsilon: 1e-5f),
        Timm(ConvNeXtVariant.V2Small, "convnextv2_small", [3, 3, 27, 3], _tiny, v2: true),
    ];

    private static readonly ImmutableDictionary<ConvNeXtVariant, ConvNeXtArchitecture> _byVariant = All.ToImmutableDictionary(row => row.Variant);

    /// <summary>Returns the configuration of a variant, with 1000 classes. Layer scale, if the network has it, starts at 1e-6.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="variant"/> is not a defined value.</exception>
    public static ConvNeXtConfig Get(ConvNeXtVariant variant) =>
        _byVariant.TryGetValue(variant, out var row)
            ? row.Config
            : throw new ArgumentOutOfRangeException(
                nameof(variant),
                variant,
                $"{variant} is not a valid {nameof(ConvNeXtVariant)}; valid values are {string.Join(", ", Enum.GetNames<ConvNeXtVariant>())}.");

    /// <summary>Finds a row by name, such as <c>convnext_tiny</c>; null if the name is unknown.</summary>
    public static ConvNeXtArchitecture? Find(string name) => All.FirstOrDefault(row => row.Name == name);

    /// <summary>
    /// Returns the row whose network has the same parameters, regardless of its number of classes, or null if no row matches. Settings that do not affect names
    /// or shapes of parameters (norm epsilon, drop path rate, initial value of layer scale) are ignored.
    /// </summary>
    public static ConvNeXtArchitecture? Recognize(ConvNeXtConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return All.FirstOrDefault(row => HasSameParameters(row.Config, config));
    }

    private static bool HasSameParameters(ConvNeXtConfig a, ConvNeXtConfig b) =>
        a.Depths.SequenceEqual(b.Depths) && a.Widths.SequenceEqual(b.Widths)
        && a.GlobalResponseNorm == b.GlobalResponseNorm && a.LayerScaleInit.HasValue == b.LayerScaleInit.HasValue
        && a.OverlappingStemWidth == b.OverlappingStemWidth && a.NormBeforePooling == b.NormBeforePooling && a.HeadHiddenWidth == b.HeadHiddenWidth;

    private static ConvNeXtArchitecture V1(ConvNeXtVariant variant, string name, ImmutableArray<int> depths, ImmutableArray<int> widths, PrintedCost printed) =>
        new(variant, ArchitectureSource.ConvNeXtV1, new() { Name = name, Depths = depths, Widths = widths }, printed);

    private static ConvNeXtArchitecture Isotropic(ConvNeXtVariant variant, string name, int depth, int width, float? layerScale, PrintedCost printed) =>
        new(variant, ArchitectureSource.ConvNeXtV1, new() { Name = name, Depths = [depth], Widths = [width], LayerScaleInit = layerScale }, printed);

    private static ConvNeXtArchitecture V2(
        ConvNeXtVariant variant, string name, ImmutableArray<int> depths, ImmutableArray<int> widths, PrintedCost printed, bool convolutionsInTimm = false) =>
        new(
            variant,
            ArchitectureSource.ConvNeXtV2,
            new() { Name = name, Depths = depths, Widths = widths, GlobalResponseNorm = true, LayerScaleInit = null },
            printed)
        {
            TimmStoresLinearAsConvolution = convolutionsInTimm,
        };

    private static ConvNeXtArchitecture Timm(
        ConvNeXtVariant variant,
        string name,
        ImmutableArray<int> depths,
        ImmutableArray<int> widths,
        bool convolutions = false,
        int? stem = null,
        bool normBeforePooling = false,
        int? hiddenHead = null,
        float epsilon = 1e-6f,
        bool v2 = false)
    {
        var config = new ConvNeXtConfig
        {
            Name = name,
            Depths = depths,
            Widths = widths,
            OverlappingStemWidth = stem,
            NormBeforePooling = normBeforePooling,
            HeadHiddenWidth = hiddenHead,
            NormEpsilon = epsilon,
            GlobalResponseNorm = v2,
            LayerScaleInit = v2 ? null : 1e-6f,
        };
        return new ConvNeXtArchitecture(variant, ArchitectureSource.Timm, config, null) { TimmStoresLinearAsConvolution = convolutions };
    }
}
