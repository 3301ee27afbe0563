using System.Globalization;
using System.Text;

namespace ConvNeXt.Backbone.Training.Metrics;

/// <summary>
/// Writes the metrics of a run to a CSV file: a header, then one line per epoch, in the invariant culture, with empty fields for missing values. Lines are
/// appended as a whole and flushed to disk. A resumed run continues the file; lines of its first epoch and later ones, and an incomplete last line, are removed
/// first.
/// </summary>
internal sealed class MetricsLog
{
    private const string FirstColumns = "epoch,train_loss,train_accuracy";

    private readonly string _path;
    private readonly string _header;
    private readonly int _ranks;
    private readonly int _classCount;
    private readonly bool _hasAverage;
    private readonly StringBuilder _pending = new();
    private bool _begun;
    private int _firstEpoch;

    /// <summary>Checks that the file can be written, and creates it with its header if it does not exist.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="classNames">Class names for the recall columns.</param>
    /// <param name="topK">Largest k for top-k accuracy.</param>
    /// <param name="hasAverage">Whether the run keeps an average of the weights, which has its own columns.</param>
    /// <exception cref="IOException">The file cannot be written, or exists and is not a metrics file; the message names the option.</exception>
    internal MetricsLog(string path, IReadOnlyList<string> classNames, int topK, bool hasAverage = false)
    {
        (_path, _classCount, _ranks, _hasAverage) = (path, classNames.Count, Math.Min(topK, classNames.Count), hasAverage);
        IEnumerable<string> columns =
        [
            FirstColumns, "learning_rate", "images_per_second", "seconds", "validation_loss", "micro_accuracy", "macro_accuracy", "expected_calibration_error",
            .. hasAverage ? new[] { "average_loss", "average_micro_accuracy", "average_macro_accuracy", "average_expected_calibration_error" } : [],
            .. Enumerable.Range(2, Math.Max(0, _ranks - 1)).Select(k => $"top_{k}_accuracy"),
            .. classNames.Select(name => Quote($"recall_{name}")),
        ];
        _header = string.Join(',', columns);
        Open();
    }

    /// <summary>Creates the log that the options ask for; null if they ask for none.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    internal static MetricsLog? Create(TrainingOptions options, int classCount)
    {
        if (options.MetricsFile is null) return null;
        IReadOnlyList<string> names = options.ClassNames ?? [.. Enumerable.Range(0, classCount).Select(number => number.ToString(CultureInfo.InvariantCulture))];
        return new MetricsLog(options.MetricsFile, names, options.TopK, options.AverageDecay is not null);
    }

    /// <summary>Path of the file.</summary>
    internal string Path => _path;

    /// <summary>Number of lines that are not in the file yet.</summary>
    internal int PendingLines { get; private set; }

    /// <summary>Appends the line of an epoch.</summary>
    /// <exception cref="IOException">The file cannot be written, or is from a run with other columns.</exception>
    internal void Append(EpochMetrics epoch)
    {
        Add(epoch);
        Flush();
    }

    /// <summary>Adds the line of an epoch, to be written by the next <see cref="Flush"/>.</summary>
    internal void Add(EpochMetrics epoch)
    {
        if (!_begun && PendingLines == 0) _firstEpoch = epoch.Epoch;
        _pending.Append(Line(epoch));
        PendingLines++;
    }

    /// <summary>Appends the lines that are not in the file yet. If that fails, they remain for the next call.</summary>
    /// <exception cref="IOException">The file cannot be written, or is from a run with other columns.</exception>
    internal void Flush()
    {
        if (PendingLines == 0) return;
        if (!_begun) Begin(_firstEpoch);
        _begun = true;
        using var stream = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        long end = stream.Seek(0, SeekOrigin.End);
        try
        {
            stream.Write(Encoding.UTF8.GetBytes(_pending.ToString()));
            stream.Flush(flushToDisk: true);
        }
        catch
        {
            stream.SetLength(end); // no torn line is left
            throw;
        }
        _pending.Clear();
        PendingLines = 0;
    }

    /// <summary>Checks that the file has the columns of this run, if it has any.</summary>
    /// <exception cref="IOException">It has others; the message names both.</exception>
    internal void CheckColumns()
    {
        string header = ReadHeader();
        if (header != _header)
        {
            throw new IOException(
                $"'{_path}' has the columns '{header}', but this run has '{_header}'. Set {nameof(TrainingOptions.MetricsFile)} to another file.");
        }
    }

    private void Open()
    {
        try
        {
            bool isNew = !File.Exists(_path) || new FileInfo(_path).Length == 0;
            if (!isNew && !ReadHeader().StartsWith(FirstColumns, StringComparison.Ordinal))
                throw new IOException($"'{_path}' already exists and is not a metrics file. Set {nameof(TrainingOptions.MetricsFile)} to another file.");
            using var stream = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read);
            if (isNew) stream.Write(Encoding.UTF8.GetBytes(_header + "\n"));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or DirectoryNotFoundException or ArgumentException or NotSupportedException)
        {
            throw new IOException($"Option {nameof(TrainingOptions.MetricsFile)}: '{_path}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Keeps only the lines before the first epoch of this run.</summary>
    private void Begin(int firstEpoch)
    {
        string kept = "";
        if (firstEpoch > 1)
        {
            CheckColumns();
            string text = File.ReadAllText(_path);
            string[] whole = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
            kept = string.Concat(whole.Skip(1).Where(line => EpochOf(line) < firstEpoch).Select(line => line + "\n"));
        }
        string temporary = _path + ".new";
        File.WriteAllText(temporary, _header + "\n" + kept);
        File.Move(temporary, _path, overwrite: true);
    }

    private string ReadHeader()
    {
        using var reader = new StreamReader(_path);
        return reader.ReadLine() ?? "";
    }

    private string Line(EpochMetrics epoch)
    {
        ValidationMetrics? v = epoch.Validation, average = epoch.AverageValidation;
        IEnumerable<double?> values =
        [
            epoch.Epoch, epoch.TrainLoss, epoch.TrainAccuracy, epoch.LearningRate, epoch.ImagesPerSecond, epoch.Seconds,
            v?.Loss, v?.MicroAccuracy, v?.MacroAccuracy, v?.ExpectedCalibrationError,
            .. _hasAverage ? new[] { average?.Loss, average?.MicroAccuracy, average?.MacroAccuracy, average?.ExpectedCalibrationError } : [],
            .. Enumerable.Range(1, Math.Max(0, _ranks - 1)).Select(rank => v?.TopKAccuracies[rank]),
            .. Enumerable.Range(0, _classCount).Select(label => v?.PerClassRecall[label]),
        ];
        return string.Join(',', values.Select(value => value is { } number && !double.IsNaN(number) ? number.ToString("R", CultureInfo.InvariantCulture) : "")) + "\n";
    }

    private static int EpochOf(string line) =>
        int.TryParse(line.AsSpan(0, Math.Max(0, line.IndexOf(','))), NumberStyles.None, CultureInfo.InvariantCulture, out int epoch) ? epoch : int.MaxValue;

    private static string Quote(string field) =>
        field.AsSpan().ContainsAny(",\"\r\n") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal).ReplaceLineEndings(" ")}\"" : field;
}
