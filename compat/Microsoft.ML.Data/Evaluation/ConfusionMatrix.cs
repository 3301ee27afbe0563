using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Counts of rows by true class (first index) and predicted class (second index).</summary>
public sealed class ConfusionMatrix
{
    private readonly IHost _host;
    private readonly Lazy<string> _table;

    internal ConfusionMatrix(IHost host, string[] classNames, double[][] counts)
    {
        _host = host;
        NumberOfClasses = counts.Length;
        Counts = Array.ConvertAll(counts, row => (IReadOnlyList<double>)Array.AsReadOnly(row));
        PerClassRecall = [.. counts.Select((row, i) => Share(row[i], row.Sum()))];
        PerClassPrecision = [.. counts.Select((row, i) => Share(row[i], counts.Sum(other => other[i])))];
        _table = new Lazy<string>(() => ConfusionTable.Format(classNames, this));
    }

    public IReadOnlyList<double> PerClassPrecision { get; }

    public IReadOnlyList<double> PerClassRecall { get; }

    public IReadOnlyList<IReadOnlyList<double>> Counts { get; }

    public int NumberOfClasses { get; }

    public string GetFormattedConfusionTable() => _table.Value;

    public double GetCountForClassPair(int predictedClassIndicatorIndex, int actualClassIndicatorIndex)
    {
        CheckIndex(predictedClassIndicatorIndex, nameof(predictedClassIndicatorIndex));
        CheckIndex(actualClassIndicatorIndex, nameof(actualClassIndicatorIndex));
        return Counts[actualClassIndicatorIndex][predictedClassIndicatorIndex];
    }

    private static double Share(double part, double whole) => whole > 0 ? part / whole : 0;

    private void CheckIndex(int index, string name)
        => _host.CheckParam(index >= 0 && index < NumberOfClasses, name,
            $"There are {NumberOfClasses} classes: the index must be from 0 to {NumberOfClasses - 1}.");
}
