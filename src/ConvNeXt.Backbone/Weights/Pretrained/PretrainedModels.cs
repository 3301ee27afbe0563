using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Weights.Naming;

namespace ConvNeXt.Backbone.Weights.Pretrained;

/// <summary>
/// The published weights with a classifier, taken from the official READMEs, torchvision/models/convnext.py and timm/models/convnext.py. Not included:
/// self-supervised weights without a head, and CLIP image towers, whose last layer does not output classes.
/// </summary>
public static class PretrainedModels
{
    private const string In1k = "1k", In22k = "22k", In22kThen1k = "22k, 1k";
    private const string MaskedThen1k = "1k (masked autoencoder), 1k", MaskedThen22kThen1k = "1k (masked autoencoder), 22k, 1k";
    private const int Classes1k = 1000, Classes22k = 21841;

    private static readonly RgbTriple _clipMean = new(0.48145466f, 0.4578275f, 0.40821073f);
    private static readonly RgbTriple _clipStandardDeviation = new(0.26862954f, 0.26130258f, 0.27577711f);

    private static readonly ConvNeXtVariant[] _upToLarge = [ConvNeXtVariant.Tiny, ConvNeXtVariant.Small, ConvNeXtVariant.Base, ConvNeXtVariant.Large];
    private static readonly ConvNeXtVariant[] _xlarge = [ConvNeXtVariant.XLarge];
    private static readonly ConvNeXtVariant[] _isotropic = [ConvNeXtVariant.IsotropicSmall, ConvNeXtVariant.IsotropicBase, ConvNeXtVariant.IsotropicLarge];
    private static readonly ConvNeXtVariant[] _v2Small = [ConvNeXtVariant.V2Atto, ConvNeXtVariant.V2Femto, ConvNeXtVariant.V2Pico];
    private static readonly ConvNeXtVariant[] _v2UpToLarge = [ConvNeXtVariant.V2Nano, ConvNeXtVariant.V2Tiny, ConvNeXtVariant.V2Base, ConvNeXtVariant.V2Large];
    private static readonly ConvNeXtVariant[] _v2Huge = [ConvNeXtVariant.V2Huge];

    /// <summary>All rows: the official weights, then torchvision's, then timm's.</summary>
    public static ImmutableArray<PretrainedModel> All { get; } =
    [
        // Official V1: variants, data, number of classes, size, suffix of the official file name, timm tag.
        .. Official(_upToLarge, In1k, Classes1k, 224, "_1k_224_ema.pth", "fb_in1k"),
        .. Official([ConvNeXtVariant.Base, ConvNeXtVariant.Large], In1k, Classes1k, 384, "_1k_384.pth", null),
        .. Official([.. _upToLarge, .. _xlarge], In22k, Classes22k, 224, "_22k_224.pth", "fb_in22k"),
        .. Official(_upToLarge, In22kThen1k, Classes1k, 224, "_22k_1k_224.pth", "fb_in22k_ft_in1k"),
        .. Official(_xlarge, In22kThen1k, Classes1k, 224, "_22k_1k_224_ema.pth", "fb_in22k_ft_in1k"),
        .. Official(_upToLarge, In22kThen1k, Classes1k, 384, "_22k_1k_384.pth", "fb_in22k_ft_in1k_384"),
        .. Official(_xlarge, In22kThen1k, Classes1k, 384, "_22k_1k_384_ema.pth", "fb_in22k_ft_in1k_384"),
        .. Official(_isotropic, In1k, Classes1k, 224, "_1k_224_ema.pth", null),

        // Official V2.
        .. Official([.. _v2Small, .. _v2UpToLarge, .. _v2Huge], MaskedThen1k, Classes1k, 224, "_1k_224_ema.pt", "fcmae_ft_in1k"),
        .. Official(_v2UpToLarge, MaskedThen22kThen1k, Classes1k, 224, "_22k_224_ema.pt", "fcmae_ft_in22k_in1k"),
        .. Official([.. _v2UpToLarge, .. _v2Huge], MaskedThen22kThen1k, Classes1k, 384, "_22k_384_ema.pt", "fcmae_ft_in22k_in1k_384"),
        .. Official(_v2Huge, MaskedThen22kThen1k, Classes1k, 512, "_22k_512_ema.pt", "fcmae_ft_in22k_in1k_512"),

        // torchvision: variant, file name, shorter side before the 224 crop.
        Torchvision(ConvNeXtVariant.Tiny, "convnext_tiny-983f1562.pth", 236),
        Torchvision(ConvNeXtVariant.Small, "convnext_small-0c510722.pth", 230),
        Torchvision(ConvNeXtVariant.Base, "convnext_base-6075fbad.pth", 232),
        Torchvision(ConvNeXtVariant.Large, "convnext_large-ea097f82.pth", 232),

        // timm: variant, tag, data, number of classes, preprocessing, test preprocessing if different.
        Timm(ConvNeXtVariant.Tiny, "in12k_ft_in1k", "12k, 1k", 1000, Crop(224, 0.95), Crop(288, 1)),
        Timm(ConvNeXtVariant.Tiny, "in12k_ft_in1k_384", "12k, 1k", 1000, Squash(384)),
        Timm(ConvNeXtVariant.Tiny, "in12k", "12k", 11821, Crop(224, 0.95)),
        Timm(ConvNeXtVariant.Small, "in12k_ft_in1k", "12k, 1k", 1000, Crop(224, 0.95), Crop(288, 1)),
        Timm(ConvNeXtVariant.Small, "in12k_ft_in1k_384", "12k, 1k", 1000, Squash(384)),
        Timm(ConvNeXtVariant.Small, "in12k", "12k", 11821, Crop(224, 0.95)),
        Timm(ConvNeXtVariant.Atto, "d2_in1k", "1k", 1000, Crop(224, 0.875), Crop(288, 0.95)),
        Timm(ConvNeXtVariant.Femto, "d1_in1k", "1k", 1000, Crop(224, 0.875), Crop(288, 0.95)),
        Timm(ConvNeXtVariant.Pico, "d1_in1k", "1k", 1000, Crop(224, 0.875), Crop(288, 0.95)),
        Timm(ConvNeXtVariant.Nano, "in12k_ft_in1k", "12k, 1k", 1000, Crop(224, 0.95), Crop(288, 1)),
        Timm(ConvNeXtVariant.Nano, "d1h_in1k", "1k", 1000, Crop(224, 0.95), Crop(288, 1)),
        Timm(ConvNeXtVariant.Nano, "r384_in12k_ft_in1k", "12k, 1k", 1000, Crop(384, 1)),
        Timm(ConvNeXtVariant.Nano, "in12k", "12k", 11821, Crop(224, 0.95)),
        Timm(ConvNeXtVariant.Nano, "r384_in12k", "12k", 11821, Crop(384, 1)),
        Timm(ConvNeXtVariant.Nano, "r384_ad_in12k", "12k", 11821, Crop(384, 1)),
        Timm(ConvNeXtVariant.AttoOverlappingStem, "a2_in1k", "1k", 1000, Crop(224, 0.875), Crop(288, 0.95)),
        Timm(ConvNeXtVariant.FemtoOverlappingStem, "d1_in1k", "1k", 1000, Crop(224, 0.875), Crop(288, 0.95)),
        Timm(ConvNeXtVariant.PicoOverlappingStem, "d1_in1k", "1k", 1000, Crop(224, 0.95), Crop(288, 1)),
        Timm(ConvNeXtVariant.NanoOverlappingStem, "d1h_in1k", "1k", 1000, Crop(224, 0.95), Crop(288, 1)),
        Timm(ConvNeXtVariant.TinyNormBeforePooling, "a2h_in1k", "1k", 1000, Crop(224, 0.95), Crop(288, 1)),

        // timm, fine-tuned from LAION CLIP image towers, with CLIP's mean and standard deviation.
        Clip(ConvNeXtVariant.Base, "clip_laion2b_augreg_ft_in12k_in1k", "LAION-2B, 12k, 1k", 1000, Crop(256, 1)),
        Clip(ConvNeXtVariant.Base, "clip_laion2b_augreg_ft_in12k_in1k_384", "LAION-2B, 12k, 1k", 1000, Squash(384)),
        Clip(ConvNeXtVariant.Base, "clip_laion2b_augreg_ft_in1k", "LAION-2B, 1k", 1000, Crop(256, 1)),
        Clip(ConvNeXtVariant.Base, "clip_laiona_augreg_ft_in1k_384", "LAION-A, 1k", 1000, Crop(384, 1)),
        Clip(ConvNeXtVariant.Base, "clip_laion2b_augreg_ft_in12k", "LAION-2B, 12k", 11821, Crop(256, 1)),
        Clip(ConvNeXtVariant.LargeHiddenHead, "clip_laion2b_soup_ft_in12k_in1k_320", "LAION-2B, 12k, 1k", 1000, Crop(320, 1)),
        Clip(ConvNeXtVariant.LargeHiddenHead, "clip_laion2b_soup_ft_in12k_in1k_384", "LAION-2B, 12k, 1k", 1000, Squash(384)),
        Clip(ConvNeXtVariant.LargeHiddenHead, "clip_laion2b_augreg_ft_in1k", "LAION-2B, 1k", 1000, Crop(256, 1)),
        Clip(ConvNeXtVariant.LargeHiddenHead, "clip_laion2b_augreg_ft_in1k_384", "LAION-2B, 1k", 1000, Squash(384)),
        Clip(ConvNeXtVariant.LargeHiddenHead, "clip_laion2b_soup_ft_in12k_320", "LAION-2B, 12k", 11821, Crop(320, 1)),
        Clip(ConvNeXtVariant.LargeHiddenHead, "clip_laion2b_augreg_ft_in12k_384", "LAION-2B, 12k", 11821, Squash(384)),
        Clip(ConvNeXtVariant.LargeHiddenHead, "clip_laion2b_soup_ft_in12k_384", "LAION-2B, 12k", 11821, Squash(384)),
        Clip(ConvNeXtVariant.XXLarge, "clip_laion2b_soup_ft_in1k", "LAION-2B, 1k", 1000, Crop(256, 1)),
        Clip(ConvNeXtVariant.XXLarge, "clip_laion2b_soup_ft_in12k", "LAION-2B, 12k", 11821, Crop(256, 1)),
    ];

    /// <summary>
    /// Returns the row of a hub id such as <c>timm/convnext_tiny.fb_in22k</c>, or of a publisher's file name such as <c>convnext_tiny_22k_224.pth</c>; null if
    /// there is none.
    /// </summary>
    public static PretrainedModel? Find(string idOrFileName)
    {
        ArgumentNullException.ThrowIfNull(idOrFileName);
        return All.FirstOrDefault(row => Is(row.HubId) || Is(row.FileName));

        bool Is(string? name) => string.Equals(name, idOrFileName, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>
    /// Returns the row for a path or a model id, based on the name only: the id, the hub cache folder that contains the file, or the file name; null if none
    /// matches. The content of the file is not read.
    /// </summary>
    public static PretrainedModel? Identify(string pathOrId)
    {
        ArgumentNullException.ThrowIfNull(pathOrId);
        return PublishedName.Of(pathOrId).Append("timm/" + Path.GetFileNameWithoutExtension(pathOrId)).Select(Find).FirstOrDefault(row => row is not null);
    }

    private static IEnumerable<PretrainedModel> Official(ConvNeXtVariant[] variants, string trainedOn, int classes, int size, string fileEnd, string? tag)
    {
        foreach (ConvNeXtVariant variant in variants)
        {
            ConvNeXtConfig config = ConvNeXtArchitectures.Get(variant);
            string name = config.Name;
            WeightsLicense license = config.GlobalResponseNorm ? WeightsLicense.OfficialV2 : WeightsLicense.OfficialV1;
            yield return new PretrainedModel(variant, trainedOn, license, classes, ImagePreprocessing.ForSize(size))
            {
                FileName = name.Replace("isotropic", "iso", StringComparison.Ordinal) + fileEnd,
                HubId = tag is null ? null : $"timm/{name}.{tag}",
            };
        }
    }

    private static PretrainedModel Torchvision(ConvNeXtVariant variant, string file, int shorterSide)
    {
        var preprocessing = new ImagePreprocessing { Size = 224, CropRatio = 224.0 / shorterSide, Interpolation = Interpolation.Bilinear };
        return new PretrainedModel(variant, In1k, WeightsLicense.Torchvision, Classes1k, preprocessing) { FileName = file };
    }

    private static PretrainedModel Timm(
        ConvNeXtVariant variant, string tag, string trainedOn, int classes, ImagePreprocessing preprocessing, ImagePreprocessing? test = null) =>
        new(variant, trainedOn, WeightsLicense.Timm, classes, preprocessing)
        {
            HubId = $"timm/{ConvNeXtArchitectures.Get(variant).Name}.{tag}",
            TestPreprocessing = test ?? preprocessing,
        };

    private static PretrainedModel Clip(ConvNeXtVariant variant, string tag, string trainedOn, int classes, ImagePreprocessing preprocessing) =>
        Timm(variant, tag, trainedOn, classes, preprocessing with { Mean = _clipMean, StandardDeviation = _clipStandardDeviation });

    private static ImagePreprocessing Crop(int size, double ratio) => new() { Size = size, CropRatio = ratio };

    private static ImagePreprocessing Squash(int size) => new() { Size = size, ResizeMode = ResizeMode.Squash };
}
