using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Weights.Naming;
using ConvNeXt.Backbone.Weights.Pretrained;

namespace ConvNeXt.Backbone.Weights;

/// <summary>Describes a weights file. Only the header, or the pickle of a PyTorch checkpoint, is read, not the values.</summary>
public sealed record ConvNeXtModelInfo
{
    private const int DefaultSize = 224;

    private ConvNeXtModelInfo()
    {
    }

    /// <summary>Path of the file.</summary>
    public required string Path { get; init; }

    /// <summary>Format of the file.</summary>
    public required WeightsFormat Format { get; init; }

    /// <summary>Naming scheme of the tensors.</summary>
    public required WeightNaming Naming { get; init; }

    /// <summary>Element types of the stored weights, such as <c>F32</c> and <c>BF16</c>.</summary>
    public required ImmutableArray<string> StoredTypes { get; init; }

    /// <summary>The network configuration, with the number of classes in the file.</summary>
    public required ConvNeXtConfig Config { get; init; }

    /// <summary>The named architecture of the network, regardless of the number of classes; null for custom depths or widths.</summary>
    public required ConvNeXtArchitecture? Architecture { get; init; }

    /// <summary>The published weights that the file name indicates, if the network matches; null if unknown.</summary>
    public required PretrainedModel? Pretrained { get; init; }

    /// <summary>Tensors that are missing, unexpected or of the wrong shape, one message each; empty if the weights can be loaded.</summary>
    public required ImmutableArray<string> Problems { get; init; }

    /// <summary>Number of parameters of the network.</summary>
    public long Parameters => NetworkCost.Parameters(Config);

    /// <summary>
    /// The license: that of the published weights, otherwise the one that <see cref="LicenseGate"/> derives from the name or the network; null if unknown.
    /// </summary>
    public WeightsLicense? License => Pretrained?.License ?? LicenseGate.FindLicense(Path) ?? LicenseGate.FindLicense(Config);

    /// <summary>Image preprocessing: that of the published weights, or the official rule for 224 pixels if those are unknown.</summary>
    public ImagePreprocessing Preprocessing => Pretrained?.Preprocessing ?? ImagePreprocessing.ForSize(DefaultSize);

    /// <summary>Returns the number of multiply-accumulate operations for one square image.</summary>
    /// <param name="size">Width and height in pixels, at least 32.</param>
    public long MultiplyAccumulates(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 32);
        return NetworkCost.MultiplyAccumulates(Config, size, size);
    }

    /// <summary>Describes a weights file in any format and naming scheme that <see cref="WeightFile"/> reads.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is not a weights file, is damaged, or does not contain a ConvNeXt classifier; the message names the file
    /// and the problem.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ConvNeXtModelInfo Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        using WeightFile reader = WeightFile.Open(path);
        ConvNeXtConfig config = reader.DetectConfig();
        ConvNeXtArchitecture? architecture = ConvNeXtArchitectures.Recognize(config);
        if (architecture is not null) config = architecture.Config with { ClassCount = config.ClassCount };
        PretrainedModel? published = PretrainedModels.Identify(path);
        return new ConvNeXtModelInfo
        {
            Path = path,
            Format = reader.Format,
            Naming = reader.Naming,
            StoredTypes = reader.StoredTypes,
            Config = config,
            Architecture = architecture,
            Pretrained = published is not null && published.Variant == architecture?.Variant && published.ClassCount == config.ClassCount ? published : null,
            Problems = WeightCheck.Problems(config, reader.Shapes),
        };
    }

    /// <summary>Returns all properties as text, one per line.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        void Line(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name,-14}{value}\n");
        Line("File", Path);
        Line("Network", Architecture?.Name ?? $"custom ConvNeXt{(Config.GlobalResponseNorm ? " V2" : "")}");
        Line("Depths", string.Join(", ", Config.Depths));
        Line("Widths", string.Join(", ", Config.Widths));
        Line("Classes", Config.ClassCount.ToString(CultureInfo.InvariantCulture));
        Line("Parameters", Parameters.ToString("N0", CultureInfo.InvariantCulture));
        foreach (int size in new[] { DefaultSize, ImagePreprocessing.SquashFrom, Preprocessing.Size }.Distinct().Order())
            Line($"MACs at {size}", MultiplyAccumulates(size).ToString("N0", CultureInfo.InvariantCulture));
        Line("Format", $"{Format}, {Naming} names, stored as {string.Join(", ", StoredTypes)}");
        Line("Published as", Pretrained is { } row ? $"{row}, trained on {row.TrainedOn}" : "unknown");
        Line("License", License is { } license ? $"{license.Id}{(license.NonCommercial ? " (non-commercial)" : "")}, {license.Source}" : "unknown");
        Line("Images", Describe(Preprocessing) + (Pretrained is null ? " (the official rule)" : ""));
        if (Pretrained is { } known && known.TestPreprocessing != known.Preprocessing) Line("Test images", Describe(known.TestPreprocessing));
        Line("Fits", Problems.IsEmpty ? "yes" : $"no, {Problems.Length} problem(s):");
        foreach (string problem in Problems) Line("", problem);
        return text.ToString().TrimEnd();
    }

    private static string Describe(ImagePreprocessing images)
    {
        string how = images.ResizeMode == ResizeMode.Squash
            ? $"squashed to {images.Size}"
            : $"shorter side to {images.ResizedHeight}, center crop {images.Size}";
        return $"{how}, {images.Interpolation.ToString().ToLowerInvariant()}, "
            + $"mean {Describe(images.Mean)}, standard deviation {Describe(images.StandardDeviation)}";
    }

    private static string Describe(RgbTriple values) => string.Create(CultureInfo.InvariantCulture, $"{values.Red} {values.Green} {values.Blue}");
}
