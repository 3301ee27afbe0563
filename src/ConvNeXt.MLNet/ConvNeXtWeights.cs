namespace ConvNeXt.MLNet;

/// <summary>Values of the option Weights that are neither a file nor a model id.</summary>
public static class ConvNeXtWeights
{
    /// <summary>No weights: the network is trained from scratch.</summary>
    public const string None = "convnext:none";

    /// <summary>
    /// The weights in this package: ConvNeXt Atto, distilled from ML.NET's ResNet18 on photos and drawings under free licenses. They are the default where no
    /// other weights, model, network or variant is set.
    /// </summary>
    public const string Packaged = "convnext:packaged";
}
