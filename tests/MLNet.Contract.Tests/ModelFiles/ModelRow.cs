using Microsoft.ML.Data;

namespace MLNet.Contract.Tests.ModelFiles;

/// <summary>The few rows that the recorded models were fitted on: values that repeat, and those that are hard to keep (missing, not a number, empty).</summary>
internal sealed class ModelRow
{
    public string Name { get; set; } = "";
    public float Size { get; set; }
    public double Weight { get; set; }
    public int Count { get; set; }
    public bool Good { get; set; }

    [VectorType(3)]
    public float[] Spectrum { get; set; } = [];

    [KeyType(5)]
    public uint Grade { get; set; }

    public static readonly ModelRow[] All =
    [
        new() { Name = "red", Size = 1.5f, Weight = -2.25, Count = 7, Good = true, Spectrum = [1, 2, 3], Grade = 1 },
        new() { Name = "green", Size = -0.5f, Weight = 1e10, Count = -3, Good = false, Spectrum = [0, 0, 9.75f], Grade = 0 },
        new() { Name = "red", Size = float.NaN, Weight = 0, Count = 0, Good = true, Spectrum = [-1, 1e-20f, 0], Grade = 5 },
        new() { Name = "", Size = 0, Weight = 3, Count = int.MaxValue, Good = false, Spectrum = [0, 0, 0], Grade = 2 },
        new() { Name = "blåu", Size = 3, Weight = double.NaN, Count = 1, Good = true, Spectrum = [4, 5, 6], Grade = 3 },
    ];
}
