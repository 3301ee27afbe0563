using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public sealed class InputOutputColumnPair
{
    public InputOutputColumnPair(string outputColumnName, string? inputColumnName = null)
    {
        OutputColumnName = Contracts.CheckNonEmpty(outputColumnName, nameof(outputColumnName));
        InputColumnName = inputColumnName ?? outputColumnName;
    }

    public string InputColumnName { get; }

    public string OutputColumnName { get; }

    internal static (string outputColumnName, string inputColumnName)[] ConvertToValueTuples(InputOutputColumnPair[] infos) =>
        [.. infos.Select(info => (info.OutputColumnName, info.InputColumnName))];
}
