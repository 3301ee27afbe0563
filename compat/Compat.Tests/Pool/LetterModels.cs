using Microsoft.ML;

namespace Compat.Tests.Pool;

/// <summary>Models that number given letters from 1, as files: which model predicts is seen by the number of a letter.</summary>
internal static class LetterModels
{
    public static byte[] Save(params string[] letters)
    {
        var ml = new MLContext();
        IDataView rows = ml.Data.LoadFromEnumerable(letters.Select(letter => new Row { L = letter }));
        using var stream = new MemoryStream();
        ml.Model.Save(ml.Transforms.Conversion.MapValueToKey("K", "L").Fit(rows), rows.Schema, stream);
        return stream.ToArray();
    }

    public sealed class Row
    {
        public string L { get; set; } = "";
    }

    public sealed class Prediction
    {
        public uint K { get; set; }
    }
}
