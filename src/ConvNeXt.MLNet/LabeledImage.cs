namespace ConvNeXt.MLNet;

/// <summary>An image file and its label.</summary>
public sealed class LabeledImage
{
    /// <summary>The path of the file. <see cref="ImageFolder"/> sets it to the given folder combined with the relative path of the file.</summary>
    public string ImagePath { get; set; } = "";

    /// <summary>The label: the name of the class folder.</summary>
    public string Label { get; set; } = "";
}
