using ConvNeXt.Benchmarks.Fuzzing.Inputs;

namespace ConvNeXt.Benchmarks.Fuzzing;

/// <summary>Keeps inputs that were read wrongly as files, with a text that says what happened.</summary>
internal sealed class FuzzFindings(string folder, int seed)
{
    private const int MostFiles = 200;

    /// <summary>Findings so far.</summary>
    public int Count { get; private set; }

    /// <summary>Writes the input and prints what happened.</summary>
    public void Add(string target, FuzzTarget inputs, int index, string what)
    {
        string[] lines = what.Split('\t');
        Console.WriteLine($"FINDING {target} {index}: {lines[0]}");
        if (++Count > MostFiles) return;
        Directory.CreateDirectory(folder);
        byte[] input = inputs.Create(index);
        string path = Path.Combine(folder, $"{target}-{seed}-{index}");
        File.WriteAllBytes(path + inputs.FindExtension(input), input);
        File.WriteAllLines(path + ".txt", lines);
    }
}
