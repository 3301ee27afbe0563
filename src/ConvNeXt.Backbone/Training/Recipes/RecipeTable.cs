using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Optimization;

namespace ConvNeXt.Backbone.Training.Recipes;

/// <summary>Values of the official recipes that depend on the size of the network: stochastic depth, and whole rows for V2.</summary>
internal static class RecipeTable
{
    /// <summary>
    /// Stochastic depth of V1: from scratch on ImageNet-1K and -22K, and fine-tuned from ImageNet-1K at 384 pixels and from ImageNet-22K. The values for Base
    /// and larger (1K: for all sizes) are from TRAINING.md, those for Tiny and Small from tables 5 and 6 of the paper. Null if neither has a value.
    /// </summary>
    private static readonly ImmutableDictionary<RecipeSize, DropPathRow> _dropPaths = new Dictionary<RecipeSize, DropPathRow>
    {
        [RecipeSize.Tiny] = new(ImageNet1K: 0.1f, ImageNet22K: 0.0f, FineTune1K: null, FineTune22K: 0.0f),
        [RecipeSize.Small] = new(ImageNet1K: 0.4f, ImageNet22K: 0.0f, FineTune1K: null, FineTune22K: 0.1f),
        [RecipeSize.Base] = new(ImageNet1K: 0.5f, ImageNet22K: 0.1f, FineTune1K: 0.8f, FineTune22K: 0.2f),
        [RecipeSize.Large] = new(ImageNet1K: 0.5f, ImageNet22K: 0.1f, FineTune1K: 0.95f, FineTune22K: 0.3f),
        [RecipeSize.XLarge] = new(ImageNet1K: null, ImageNet22K: 0.2f, FineTune1K: null, FineTune22K: 0.4f),
        [RecipeSize.IsotropicSmall] = new(ImageNet1K: 0.1f, ImageNet22K: null, FineTune1K: null, FineTune22K: null),
        [RecipeSize.IsotropicBase] = new(ImageNet1K: 0.2f, ImageNet22K: null, FineTune1K: null, FineTune22K: null),
        [RecipeSize.IsotropicLarge] = new(ImageNet1K: 0.5f, ImageNet22K: null, FineTune1K: null, FineTune22K: null),
    }.ToImmutableDictionary();

    /// <summary>The examples in V2's TRAINING.md, for steps of 1024 images.</summary>
    private static readonly MaskedAutoencoderRow
        _atto = new(BaseLearningRate: 2e-4, Epochs: 600, WarmupEpochs: 0, LayerDecayRule.Single, LayerDecay: 0.9, WeightDecay: 0.3, DropPathRate: 0.1f, IsMixed: false, LabelSmoothing: 0.2),
        _tiny = new(BaseLearningRate: 8e-4, Epochs: 300, WarmupEpochs: 40, LayerDecayRule.Single, LayerDecay: 0.9, WeightDecay: 0.05, DropPathRate: 0.2f, IsMixed: true, LabelSmoothing: 0.1),
        _base = new(BaseLearningRate: 6.25e-4, Epochs: 100, WarmupEpochs: 20, LayerDecayRule.Groups, LayerDecay: 0.6, WeightDecay: 0.05, DropPathRate: 0.1f, IsMixed: true, LabelSmoothing: 0.1);

    /// <summary>The row of stochastic depth for a network.</summary>
    public static DropPathRow DropPath(ConvNeXtVariant variant) => _dropPaths[SizeOf(variant)];

    /// <summary>The V2 example for a network: its own, or that of the nearest size.</summary>
    public static MaskedAutoencoderRow MaskedAutoencoder(ConvNeXtVariant variant) => variant switch
    {
        ConvNeXtVariant.V2Atto or ConvNeXtVariant.V2Femto or ConvNeXtVariant.V2Pico => _atto,
        ConvNeXtVariant.V2Nano or ConvNeXtVariant.V2Tiny or ConvNeXtVariant.V2Small => _tiny,
        ConvNeXtVariant.V2Base or ConvNeXtVariant.V2Large or ConvNeXtVariant.V2Huge => _base,
        _ => throw new ArgumentException($"{variant} is not a ConvNeXt V2 network, so it has no masked-autoencoder weights.", nameof(variant)),
    };

    /// <summary>Networks without an official recipe use that of the nearest size.</summary>
    private static RecipeSize SizeOf(ConvNeXtVariant variant) => variant switch
    {
        ConvNeXtVariant.Small or ConvNeXtVariant.V2Small => RecipeSize.Small,
        ConvNeXtVariant.Base or ConvNeXtVariant.V2Base => RecipeSize.Base,
        ConvNeXtVariant.Large or ConvNeXtVariant.LargeHiddenHead or ConvNeXtVariant.V2Large => RecipeSize.Large,
        ConvNeXtVariant.XLarge or ConvNeXtVariant.XXLarge or ConvNeXtVariant.V2Huge => RecipeSize.XLarge,
        ConvNeXtVariant.IsotropicSmall => RecipeSize.IsotropicSmall,
        ConvNeXtVariant.IsotropicBase => RecipeSize.IsotropicBase,
        ConvNeXtVariant.IsotropicLarge => RecipeSize.IsotropicLarge,
        _ when Enum.IsDefined(variant) => RecipeSize.Tiny, // timm's and V2's networks up to the size of ConvNeXt-T
        _ => throw new ArgumentOutOfRangeException(nameof(variant), variant, $"Unknown variant; use {string.Join(", ", Enum.GetNames<ConvNeXtVariant>())}."),
    };

    private enum RecipeSize
    {
        Tiny,
        Small,
        Base,
        Large,
        XLarge,
        IsotropicSmall,
        IsotropicBase,
        IsotropicLarge,
    }
}

/// <summary>Stochastic depth for a size of network; null if there is no official value.</summary>
/// <param name="ImageNet1K">From scratch on ImageNet-1K.</param>
/// <param name="ImageNet22K">From scratch on ImageNet-22K.</param>
/// <param name="FineTune1K">Fine-tuned after ImageNet-1K.</param>
/// <param name="FineTune22K">Fine-tuned after ImageNet-22K.</param>
internal sealed record DropPathRow(float? ImageNet1K, float? ImageNet22K, float? FineTune1K, float? FineTune22K);

/// <summary>A recipe for weights of V2's masked autoencoder.</summary>
/// <param name="BaseLearningRate">Learning rate per 256 images of a step.</param>
/// <param name="Epochs">Number of epochs.</param>
/// <param name="WarmupEpochs">Number of warmup epochs.</param>
/// <param name="LayerDecayRule">How layers are grouped for layer-wise decay.</param>
/// <param name="LayerDecay">Layer-wise decay.</param>
/// <param name="WeightDecay">Weight decay.</param>
/// <param name="DropPathRate">Stochastic depth.</param>
/// <param name="IsMixed">Whether Mixup and CutMix are used.</param>
/// <param name="LabelSmoothing">Label smoothing.</param>
internal sealed record MaskedAutoencoderRow(
    double BaseLearningRate,
    int Epochs,
    int WarmupEpochs,
    LayerDecayRule LayerDecayRule,
    double LayerDecay,
    double WeightDecay,
    float DropPathRate,
    bool IsMixed,
    double LabelSmoothing);
