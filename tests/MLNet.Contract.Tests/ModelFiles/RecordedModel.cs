using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;

namespace MLNet.Contract.Tests.ModelFiles;

/// <summary>
/// A pipeline whose fitted model, written by ML.NET 5.0, lies in tests/data/mlnet/recorded as NAME.zip, and beside it as NAME.txt what it makes of the rows.
/// </summary>
internal sealed record RecordedModel(string Name, Func<MLContext, IEstimator<ITransformer>> Pipeline, bool OfPictures = false)
{
    public IDataView Rows(MLContext ml) => OfPictures ? ml.Data.LoadFromEnumerable(PictureRow.All()) : ml.Data.LoadFromEnumerable(ModelRow.All);

    public override string ToString() => Name;

    public static readonly RecordedModel[] All =
    [
        new("keys_of_text", ml => ThereAndBack(ml, "Name")),
        new("keys_of_single", ml => ThereAndBack(ml, "Size")),
        new("keys_of_double", ml => ThereAndBack(ml, "Weight")),
        new("keys_of_int", ml => ThereAndBack(ml, "Count")),
        new("keys_of_bool", ml => ThereAndBack(ml, "Good")),
        new("keys_of_vector", ml => ThereAndBack(ml, "Spectrum")),
        new("keys_sorted", ml => ml.Transforms.Conversion.MapValueToKey("Key", "Name", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)),
        new("keys_at_most_two", ml => ml.Transforms.Conversion.MapValueToKey("Key", "Name", maximumNumberOfKeys: 2)),
        new("keys_named", ml => ml.Transforms.Conversion.MapValueToKey("Key", "Count", addKeyValueAnnotationsAsText: true)),
        new("keys_given", ml => ml.Transforms.Conversion.MapValueToKey("Key", "Name",
            keyData: ml.Data.LoadFromEnumerable<KnownName>([new("green"), new("red")]))),
        new("keys_of_two_columns", ml => ml.Transforms.Conversion.MapValueToKey([new InputOutputColumnPair("Key", "Name"), new InputOutputColumnPair("Count")])
            .Append(ml.Transforms.Conversion.MapKeyToValue([new InputOutputColumnPair("Back", "Key"), new InputOutputColumnPair("Count")]))),
        new("concatenate", ml => ml.Transforms.Concatenate("Features", "Size", "Spectrum")),
        new("concatenate_one", ml => ml.Transforms.Concatenate("Features", "Size")),
        new("copy", ml => ml.Transforms.CopyColumns("Copy", "Size").Append(ml.Transforms.CopyColumns("CopyOfKey", "Grade"))),
        new("select", ml => ml.Transforms.SelectColumns("Size", "Name")),
        new("select_and_hide", ml => ml.Transforms.SelectColumns(["Spectrum", "Size"], keepHidden: true)),
        new("drop", ml => ml.Transforms.DropColumns("Size", "Weight")),
        new("long_chain", ml => ml.Transforms.Conversion.MapValueToKey("Label", "Name").Append(ml.Transforms.Concatenate("Features", "Spectrum", "Size"))
            .AppendCacheCheckpoint(ml).Append(ml.Transforms.CopyColumns("Copy", "Features")).Append(ml.Transforms.Conversion.MapKeyToValue("Label"))
            .Append(ml.Transforms.SelectColumns("Label", "Copy"))),
        new("pixels", ml => ml.Transforms.ExtractPixels("Pixels", "Picture"), OfPictures: true),
        new("pixels_interleaved", ml => ml.Transforms.ExtractPixels("Pixels", "Picture", interleavePixelColors: true, offsetImage: 117, scaleImage: 1 / 255f,
            orderOfExtraction: ImagePixelExtractingEstimator.ColorsOrder.ABGR), OfPictures: true),
        new("pixels_as_bytes", ml => ml.Transforms.ExtractPixels("Pixels", "Picture", ImagePixelExtractingEstimator.ColorBits.All, outputAsFloatArray: false),
            OfPictures: true),
        new("pixels_of_resized", ml => ml.Transforms.ResizeImages("Small", 3, 2, "Picture", ImageResizingEstimator.ResizingKind.Fill)
            .Append(ml.Transforms.ExtractPixels("Pixels", "Small", ImagePixelExtractingEstimator.ColorBits.Red | ImagePixelExtractingEstimator.ColorBits.Blue)),
            OfPictures: true),
        new("resize_kinds", ml => ml.Transforms
            .ResizeImages("Cut", 2, 2, "Picture", ImageResizingEstimator.ResizingKind.IsoCrop, ImageResizingEstimator.Anchor.Left)
            .Append(ml.Transforms.ResizeImages("Padded", 6, 6, "Picture", ImageResizingEstimator.ResizingKind.IsoPad))
            .Append(ml.Transforms.ExtractPixels("CutPixels", "Cut")).Append(ml.Transforms.ExtractPixels("PaddedPixels", "Padded")), OfPictures: true),
    ];

    private static IEstimator<ITransformer> ThereAndBack(MLContext ml, string column) =>
        ml.Transforms.Conversion.MapValueToKey("Key", column).Append(ml.Transforms.Conversion.MapKeyToValue("Back", "Key"));

    private sealed record KnownName(string Value);
}
