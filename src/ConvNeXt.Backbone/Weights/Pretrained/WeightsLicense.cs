namespace ConvNeXt.Backbone.Weights.Pretrained;

/// <summary>Under which terms someone published weights.</summary>
/// <param name="Id">SPDX identifier, or the publisher's own name of it.</param>
/// <param name="Source">Whose weights these are and where the terms are written.</param>
/// <param name="NonCommercial">Whether commercial use is excluded; such weights are loaded only where the user accepts that.</param>
public sealed record WeightsLicense(string Id, string Source, bool NonCommercial = false)
{
    /// <summary>The official V1 weights.</summary>
    public static WeightsLicense OfficialV1 { get; } = new("MIT", "facebookresearch/ConvNeXt, LICENSE");

    /// <summary>The official V2 weights; the code beside them is MIT.</summary>
    public static WeightsLicense OfficialV2 { get; } = new("CC-BY-NC-4.0", "facebookresearch/ConvNeXt-V2, LICENSE", NonCommercial: true);

    /// <summary>Weights that timm trained or fine-tuned itself.</summary>
    public static WeightsLicense Timm { get; } = new("Apache-2.0", "huggingface/pytorch-image-models, timm/models/convnext.py");

    /// <summary>Weights that torchvision trained itself.</summary>
    public static WeightsLicense Torchvision { get; } = new("BSD-3-Clause", "pytorch/vision, LICENSE");

    /// <summary>ConvNeXt of DINOv3, under terms of its own.</summary>
    public static WeightsLicense DinoV3 { get; } = new("DINOv3 License", "ai.meta.com/resources/models-and-libraries/dinov3-license");

    /// <summary>ConvNeXt of EUPE.</summary>
    public static WeightsLicense Eupe { get; } = new("FAIR Noncommercial Research License", "huggingface.co/timm, models named eupe", NonCommercial: true);
}
