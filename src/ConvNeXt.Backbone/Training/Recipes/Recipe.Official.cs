using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Optimization;

namespace ConvNeXt.Backbone.Training.Recipes;

public sealed partial record Recipe
{
    private const int ImageNetSize = 224;
    private const double OfficialAverageDecay = 0.9999;

    /// <summary>
    /// Training from scratch on ImageNet-1K, from table 5 of "A ConvNet for the 2020s" and TRAINING.md: 300 epochs with steps of 4096 images, learning rate
    /// 4e-3 after 20 epochs of warmup (isotropic networks: 50), weight decay 0.05, Mixup, CutMix, RandAugment, random erasing, label smoothing, and a moving
    /// average of the weights.
    /// </summary>
    /// <remarks>
    /// Where the official code differs from the paper's table, this follows the code: its defaults include color jitter of 0.4, but it does not apply it
    /// together with RandAugment. There is no official recipe for XLarge or for timm's and V2's networks: XLarge and larger use Large's stochastic depth, the
    /// others that of the nearest size (up to ConvNeXt-T's size: 0.1).
    /// </remarks>
    /// <param name="variant">The network.</param>
    public static Recipe ImageNet1K(ConvNeXtVariant variant)
    {
        bool isIsotropic = ConvNeXtArchitectures.Get(variant).IsIsotropic;
        float dropPath = RecipeTable.DropPath(variant).ImageNet1K ?? RecipeTable.DropPath(ConvNeXtVariant.Large).ImageNet1K!.Value;
        return FromScratch($"{variant} on ImageNet-1K", dropPath, epochs: 300, warmup: isIsotropic ? 50 : 20, averageDecay: OfficialAverageDecay);
    }

    /// <summary>
    /// Training from scratch on ImageNet-22K, from the paper's table 5 and TRAINING.md. Like <see cref="ImageNet1K"/>, but with 90 epochs, 5 of them warmup,
    /// less stochastic depth and no average.
    /// </summary>
    /// <remarks>
    /// TRAINING.md has commands only for Base, Large and XLarge; the table also covers Tiny and Small. Where both have a value, they agree. Networks that are
    /// in neither use the stochastic depth of the nearest size; isotropic networks use none.
    /// </remarks>
    /// <param name="variant">The network.</param>
    public static Recipe ImageNet22K(ConvNeXtVariant variant) =>
        FromScratch($"{variant} on ImageNet-22K", RecipeTable.DropPath(variant).ImageNet22K ?? 0, epochs: 90, warmup: 5, averageDecay: null);

    /// <summary>
    /// Fine-tuning of pretrained weights, from the paper's table 6 and TRAINING.md; for weights of V2's masked autoencoder, from the examples in V2's
    /// TRAINING.md. After labeled pretraining: 30 epochs with steps of 512 images and no warmup, learning rate 5e-5, weight decay 1e-8, layer-wise decay 0.8
    /// after ImageNet-22K and 0.7 after ImageNet-1K, no Mixup or CutMix, a new head with small weights, and for XLarge after ImageNet-22K a moving average of
    /// the weights.
    /// </summary>
    /// <remarks>
    /// The official commands cover 224 and 384 pixels after ImageNet-22K, and 384 pixels after ImageNet-1K for Base and Large only. Networks without an
    /// official value use: after ImageNet-1K, the stochastic depth of training from scratch; after ImageNet-22K, that of the nearest size, isotropic networks
    /// none; after V2's masked autoencoder, the example of the nearest size. Layer-wise decay uses twelve groups for V1 and for V2 from Base on, and single
    /// blocks for smaller V2 networks (<see cref="Optimization.LayerDecay"/>).
    /// </remarks>
    /// <param name="variant">The network.</param>
    /// <param name="pretrainedOn">The data that its weights were trained on.</param>
    /// <param name="size">Width and height of the images in pixels, at least 32.</param>
    /// <exception cref="ArgumentException">The pretraining is V2's masked autoencoder, but the variant is not a V2 network.</exception>
    public static Recipe FineTune(ConvNeXtVariant variant, PretrainingData pretrainedOn, int size = ImageNetSize)
    {
        string name = $"fine-tune {variant} from {pretrainedOn} at {size}";
        if (pretrainedOn == PretrainingData.MaskedAutoencoder) return AfterMaskedAutoencoder(name, RecipeTable.MaskedAutoencoder(variant), size);
        var dropPath = RecipeTable.DropPath(variant);
        bool is22K = pretrainedOn == PretrainingData.ImageNet22K;
        return new Recipe
        {
            Name = name,
            DropPathRate = is22K ? dropPath.FineTune22K ?? 0 : dropPath.FineTune1K ?? ImageNet1K(variant).DropPathRate,
            Training = Official(size) with
            {
                Epochs = 30,
                WarmupEpochs = 0,
                BatchSize = 512,
                LearningRate = 5e-5,
                WeightDecay = 1e-8,
                LayerDecay = is22K ? 0.8 : 0.7,
                LayerDecayRule = RuleOf(variant),
                HeadInitScale = 0.001,
                AverageDecay = variant == ConvNeXtVariant.XLarge && is22K ? OfficialAverageDecay : null,
            },
        };
    }

    private static Recipe AfterMaskedAutoencoder(string name, MaskedAutoencoderRow row, int size)
    {
        const int stepImages = 1024, baseImages = 256;
        return new Recipe
        {
            Name = name,
            DropPathRate = row.DropPathRate,
            Training = Official(size) with
            {
                Epochs = row.Epochs,
                WarmupEpochs = row.WarmupEpochs,
                BatchSize = stepImages,
                LearningRate = row.BaseLearningRate * stepImages / baseImages,
                WeightDecay = row.WeightDecay,
                LayerDecay = row.LayerDecay,
                LayerDecayRule = row.LayerDecayRule,
                LabelSmoothing = row.LabelSmoothing,
                Mixup = row.IsMixed ? new Mixup() : null,
                HeadInitScale = 0.001,
                AverageDecay = OfficialAverageDecay,
            },
        };
    }

    private static Recipe FromScratch(string name, float dropPath, int epochs, int warmup, double? averageDecay) => new()
    {
        Name = name,
        DropPathRate = dropPath,
        Training = Official(ImageNetSize) with
        {
            Epochs = epochs,
            WarmupEpochs = warmup,
            BatchSize = 4096,
            LearningRate = 4e-3,
            WeightDecay = 0.05,
            Mixup = new Mixup(),
            HeadInitScale = 1,
            AverageDecay = averageDecay,
        },
    };

    // Common to all official recipes.
    private static TrainingOptions Official(int size) => new()
    {
        MinLearningRate = 1e-6,
        LabelSmoothing = 0.1,
        Preprocessing = ImagePreprocessing.ForSize(size),
        Crop = new RandomResizedCrop(),
        HorizontalFlip = 0.5,
        RandAugment = new RandAugment(),
        ColorJitter = new ColorJitter(),
        RandomErasing = new RandomErasing(),
    };

    private static LayerDecayRule RuleOf(ConvNeXtVariant variant) =>
        variant is ConvNeXtVariant.V2Atto or ConvNeXtVariant.V2Femto or ConvNeXtVariant.V2Pico or ConvNeXtVariant.V2Nano or ConvNeXtVariant.V2Tiny
            ? LayerDecayRule.Single
            : LayerDecayRule.Groups;
}
