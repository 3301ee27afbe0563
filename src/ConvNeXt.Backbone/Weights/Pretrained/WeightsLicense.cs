namespace ConvNeXt.Backbone.Weights.Pretrained;

/// <summary>License of published weights.</summary>
/// <param name="Id">SPDX identifier, or the publisher's name of the license.</param>
/// <param name="Source">Publisher of the weights and location of the license text.</param>
/// <param name="NonCommercial">Whether commercial use is excluded; such weights are loaded only if the user accepts this.</param>
public sealed record WeightsLicense(string Id, string Source, bool NonCommercial = false)
{
    /// <summary>The official V1 weights.</summary>
    public static WeightsLicense OfficialV1 { get; } = new("MIT", "facebookresearch/ConvNeXt, LICENSE");

    /// <summary>The official V2 weights; the code published with them is MIT.</summary>
    public static WeightsLicense OfficialV2 { get; } = new("CC-BY-NC-4.0", "facebookresearch/ConvNeXt-V2, LICENSE", NonCommercial: true);

    /// <summary>Weights that timm trained or fine-tuned itself.</summary>
    public static WeightsLicense Timm { get; } = new("Apache-2.0", "huggingface/pytorch-image-models, timm/models/convnext.py");

    /// <summary>Weights that torchvision trained itself.</summary>
    public static WeightsLicense Torchvision { get; } = new("BSD-3-Clause", "pytorch/vision, LICENSE");

    /// <summary>ConvNeXt weights of DINOv3, under their own license.</summary>
    public static WeightsLicense DinoV3 { get; } = new("DINOv3 License", "ai.meta.com/resources/models-and-libraries/dinov3-license");

    /// <summary>ConvNeXt weights of EUPE.</summary>
    public static WeightsLicense Eupe { get; } = new("FAIR Noncommercial Research License", "huggingface.co/timm, models named eupe", NonCommercial: true);
}
