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

/// <summary>What a weights file is, told from its header, or from a checkpoint's pickle, without reading the values.</summary>
public sealed record ConvNeXtModelInfo
{
    private const int DefaultSize = 224;

    private ConvNeXtModelInfo()
    {
    }

    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>Its format.</summary>
    public required WeightsFormat Format { get; init; }

    /// <summary>Whose names its tensors have.</summary>
    public required WeightNaming Naming { get; init; }

    /// <summary>The element types of its weights, such as <c>F32</c> and <c>BF16</c>.</summary>
    public required ImmutableArray<string> StoredTypes { get; init; }

    /// <summary>The network, with the file's number of classes.</summary>
    public required ConvNeXtConfig Config { get; init; }

    /// <summary>The named network that it is, whatever its number of classes; null for one of other depths or widths.</summary>
    public required ConvNeXtArchitecture? Architecture { get; init; }

    /// <summary>The published weights that it seems to be, by its name and its network; null where the name tells nothing.</summary>
    public required PretrainedModel? Pretrained { get; init; }

    /// <summary>Tensors that are missing, not expected or of another shape, a line each; empty for weights that can be loaded.</summary>
    public required ImmutableArray<string> Problems { get; init; }

    /// <summary>Number of parameters of the network.</summary>
    public long Parameters => NetworkCost.Parameters(Config);

    /// <summary>
    /// The terms as far as they are known: those of the published weights, or those that <see cref="LicenseGate"/> tells from the name or the network; else
    /// null.
    /// </summary>
    public WeightsLicense? License => Pretrained?.License ?? LicenseGate.FindLicense(Path) ?? LicenseGate.FindLicense(Config);

    /// <summary>How images are prepared: as the published weights want it; where those are not known by the official rule for 224 pixels.</summary>
    public ImagePreprocessing Preprocessing => Pretrained?.Preprocessing ?? ImagePreprocessing.ForSize(DefaultSize);

    /// <summary>Multiply-accumulates for one square image.</summary>
    /// <param name="size">Width and height in pixels, at least 32.</param>
    public long MultiplyAccumulates(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 32);
        return NetworkCost.MultiplyAccumulates(Config, size, size);
    }

    /// <summary>Looks into a weights file of any format and naming that <see cref="WeightFile"/> reads.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is no weights file, is damaged, or holds no ConvNeXt classifier; the message names the file and what
    /// is wrong.</exception>
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

    /// <summary>All of it in lines for people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        void Line(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name,-14}{value}\n");
        Line("File", Path);
        Line("Network", Architecture?.Name ?? $"a ConvNeXt{(Config.GlobalResponseNorm ? " V2" : "")} of no named size");
        Line("Depths", string.Join(", ", Config.Depths));
        Line("Widths", string.Join(", ", Config.Widths));
        Line("Classes", Config.ClassCount.ToString(CultureInfo.InvariantCulture));
        Line("Parameters", Parameters.ToString("N0", CultureInfo.InvariantCulture));
        foreach (int size in new[] { DefaultSize, ImagePreprocessing.SquashFrom, Preprocessing.Size }.Distinct().Order())
            Line($"MACs at {size}", MultiplyAccumulates(size).ToString("N0", CultureInfo.InvariantCulture));
        Line("Format", $"{Format}, names of {Naming}, stored as {string.Join(", ", StoredTypes)}");
        Line("Published as", Pretrained is { } row ? $"{row}, trained on {row.TrainedOn}" : "not known by its name");
        Line("License", License is { } license ? $"{license.Id}{(license.NonCommercial ? " (no commercial use)" : "")}, {license.Source}" : "not known");
        Line("Images", Describe(Preprocessing) + (Pretrained is null ? " (the official rule)" : ""));
        if (Pretrained is { } known && known.TestPreprocessing != known.Preprocessing) Line("Measured with", Describe(known.TestPreprocessing));
        Line("Fits", Problems.IsEmpty ? "yes" : $"no, {Problems.Length} tensor(s) do not:");
        foreach (string problem in Problems) Line("", problem);
        return text.ToString().TrimEnd();
    }

    private static string Describe(ImagePreprocessing images)
    {
        string how = images.ResizeMode == ResizeMode.Squash
            ? $"squashed to {images.Size}"
            : $"shorter side to {images.ResizedSide}, centre {images.Size} cut out";
        return $"{how}, {images.Interpolation.ToString().ToLowerInvariant()}, "
            + $"mean {Describe(images.Mean)}, standard deviation {Describe(images.StandardDeviation)}";
    }

    private static string Describe(RgbTriple values) => string.Create(CultureInfo.InvariantCulture, $"{values.Red} {values.Green} {values.Blue}");
}
