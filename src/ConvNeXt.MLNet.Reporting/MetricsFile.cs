using System.Globalization;

namespace ConvNeXt.MLNet.Reporting;

/// <summary>Reads the metrics file of a training. Lines that are not whole, such as the last one of a killed run, are left out.</summary>
internal static class MetricsFile
{
    private const long LargestBytes = 64 << 20;

    /// <exception cref="InvalidDataException">The file is not a metrics file, or too large.</exception>
    public static IReadOnlyList<ReportEpoch> Read(string path)
    {
        if (new FileInfo(path).Length > LargestBytes) throw new InvalidDataException($"'{path}' is too large for a metrics file.");
        string[] lines = File.ReadAllLines(path);
        // Only names of classes can be quoted, and their columns come last.
        string[] header = lines.Length == 0 ? [] : lines[0].Split(',');
        int epoch = Array.IndexOf(header, "epoch"), loss = Array.IndexOf(header, "train_loss"), accuracy = Array.IndexOf(header, "train_accuracy");
        int validationLoss = Array.IndexOf(header, "validation_loss"), validationAccuracy = Array.IndexOf(header, "micro_accuracy");
        if (epoch != 0 || loss < 0 || accuracy < 0) throw new InvalidDataException($"'{path}' is not a metrics file: its first line has other columns.");
        var epochs = new List<ReportEpoch>();
        foreach (string line in lines.Skip(1))
        {
            string[] fields = line.Split(',');
            if (fields.Length < header.Length || !int.TryParse(fields[epoch], NumberStyles.None, CultureInfo.InvariantCulture, out int number)) continue;
            epochs.Add(new ReportEpoch(number, Get(fields, loss), Get(fields, accuracy), Get(fields, validationLoss), Get(fields, validationAccuracy)));
        }
        return epochs;
    }

    private static double? Get(string[] fields, int column) =>
        column >= 0 && double.TryParse(fields[column], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value
            : null;
}
