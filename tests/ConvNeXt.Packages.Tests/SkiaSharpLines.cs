using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests;

/// <summary>What Apps/SkiaSharp.cs prints for the files of a folder, computed here.</summary>
internal static class SkiaSharpLines
{
    public static string[] Expected(string folder)
    {
        var ml = new MLContext();
        ITransformer model = ml.Model.Load(SavedModel.File, out _);
        string[] files = [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)];
        IDataView rows = ml.Data.LoadFromEnumerable(files.Select(file => new Picture { ImagePath = file }));
        return [.. files.Zip(model.Transform(rows).GetColumn<float[]>("Score"), (file, scores) =>
            $"{Path.GetFileName(file)} {string.Join(' ', scores.Select(score => score.ToString("R", CultureInfo.InvariantCulture)))}")];
    }

    private sealed class Picture
    {
        public string ImagePath { get; set; } = "";
    }
}
