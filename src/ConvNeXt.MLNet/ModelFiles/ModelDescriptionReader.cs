using System.Text.Json;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.MLNet.ModelFiles;

/// <summary>
/// Reads a <see cref="ModelDescription"/> as JsonSerializer does with <see cref="JsonSerializerDefaults.Strict"/>. The serializer, with or without generated
/// code, makes the runtime compile 500 to 900 methods for this, a fifth of the start of a small classifier.
/// </summary>
internal static class ModelDescriptionReader
{
    /// <summary>Reads a description.</summary>
    /// <param name="json">JSON as UTF-8.</param>
    /// <exception cref="JsonException">It is not valid JSON, or not a description.</exception>
    /// <exception cref="InvalidOperationException">A text is not valid UTF-8.</exception>
    public static ModelDescription Read(ReadOnlyMemory<byte> json)
    {
        using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
        var fields = new JsonFields(document.RootElement, "The description");
        var description = new ModelDescription
        {
            Format = fields.Int32(nameof(ModelDescription.Format)),
            Network = ReadNetwork(fields.Object(nameof(ModelDescription.Network))),
            Preprocessing = ReadPreprocessing(fields.Object(nameof(ModelDescription.Preprocessing))),
            Decoding = fields.NullableObject(nameof(ModelDescription.Decoding)) is { } decoding ? ReadDecoding(decoding) : null,
            ImageColumn = fields.Text(nameof(ModelDescription.ImageColumn)),
            OutputColumns = fields.Texts(nameof(ModelDescription.OutputColumns)),
            ProblemColumn = fields.NullableText(nameof(ModelDescription.ProblemColumn)),
            LabelColumn = fields.NullableText(nameof(ModelDescription.LabelColumn)),
            ImageFolder = fields.NullableText(nameof(ModelDescription.ImageFolder)),
            ImageFolderIsUnknown = fields.NullableBoolean(nameof(ModelDescription.ImageFolderIsUnknown)),
            BatchSize = fields.Int32(nameof(ModelDescription.BatchSize)),
            Output = fields.NullableName<FeatureLevel>(nameof(ModelDescription.Output)),
            Temperature = fields.NullableDouble(nameof(ModelDescription.Temperature)),
            LabelType = fields.NullableText(nameof(ModelDescription.LabelType)),
            Labels = fields.NullableTexts(nameof(ModelDescription.Labels)),
            WeightsSha256 = fields.Text(nameof(ModelDescription.WeightsSha256)),
        };
        fields.End();
        return description;
    }

    private static ConvNeXtConfig ReadNetwork(JsonFields fields)
    {
        var network = new ConvNeXtConfig { Depths = fields.Int32s(nameof(ConvNeXtConfig.Depths)), Widths = fields.Int32s(nameof(ConvNeXtConfig.Widths)) };
        network = network with
        {
            Name = fields.Text(nameof(ConvNeXtConfig.Name), network.Name),
            ClassCount = fields.Int32(nameof(ConvNeXtConfig.ClassCount), network.ClassCount),
            LayerScaleInit = fields.NullableSingle(nameof(ConvNeXtConfig.LayerScaleInit), network.LayerScaleInit),
            DropPathRate = fields.Single(nameof(ConvNeXtConfig.DropPathRate), network.DropPathRate),
            GlobalResponseNorm = fields.Boolean(nameof(ConvNeXtConfig.GlobalResponseNorm), network.GlobalResponseNorm),
            OverlappingStemWidth = fields.NullableInt32(nameof(ConvNeXtConfig.OverlappingStemWidth)),
            NormBeforePooling = fields.Boolean(nameof(ConvNeXtConfig.NormBeforePooling), network.NormBeforePooling),
            HeadHiddenWidth = fields.NullableInt32(nameof(ConvNeXtConfig.HeadHiddenWidth)),
            NormEpsilon = fields.Single(nameof(ConvNeXtConfig.NormEpsilon), network.NormEpsilon),
        };
        fields.End();
        return network;
    }

    private static ImagePreprocessing ReadPreprocessing(JsonFields fields)
    {
        var preprocessing = new ImagePreprocessing { Size = fields.Int32(nameof(ImagePreprocessing.Size)) };
        preprocessing = preprocessing with
        {
            StoredWidth = fields.NullableInt32(nameof(ImagePreprocessing.Width)),
            ResizeMode = fields.Name(nameof(ImagePreprocessing.ResizeMode), preprocessing.ResizeMode),
            CropRatio = fields.Double(nameof(ImagePreprocessing.CropRatio), preprocessing.CropRatio),
            Interpolation = fields.Name(nameof(ImagePreprocessing.Interpolation), preprocessing.Interpolation),
            Mean = ReadTriple(fields.OptionalObject(nameof(ImagePreprocessing.Mean))) ?? preprocessing.Mean,
            StandardDeviation = ReadTriple(fields.OptionalObject(nameof(ImagePreprocessing.StandardDeviation))) ?? preprocessing.StandardDeviation,
        };
        fields.End();
        return preprocessing;
    }

    private static RgbTriple? ReadTriple(JsonFields? fields)
    {
        if (fields is null) return null;
        var triple = new RgbTriple(fields.Single(nameof(RgbTriple.Red), 0), fields.Single(nameof(RgbTriple.Green), 0), fields.Single(nameof(RgbTriple.Blue), 0));
        fields.End();
        return triple;
    }

    private static ImageDecodingOptions ReadDecoding(JsonFields fields)
    {
        var decoding = new ImageDecodingOptions
        {
            ApplyOrientation = fields.Boolean(nameof(ImageDecodingOptions.ApplyOrientation), fallback: true),
            Background = fields.NullableObject(nameof(ImageDecodingOptions.Background)) is { } background ? ReadColor(background) : null,
            ReduceLargeJpegs = fields.Boolean(nameof(ImageDecodingOptions.ReduceLargeJpegs), fallback: false),
        };
        fields.End();
        return decoding;
    }

    private static RgbColor ReadColor(JsonFields fields)
    {
        var color = new RgbColor(fields.Byte(nameof(RgbColor.Red), 0), fields.Byte(nameof(RgbColor.Green), 0), fields.Byte(nameof(RgbColor.Blue), 0));
        fields.End();
        return color;
    }
}
