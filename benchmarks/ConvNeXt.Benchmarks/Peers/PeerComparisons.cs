namespace ConvNeXt.Benchmarks.Peers;

/// <summary>The comparisons with other software as commands: an error is told in a line, the exit code is 0 only where all passed.</summary>
internal static class PeerComparisons
{
    public static int Onnx(Arguments arguments) => Guard(() =>
        arguments.Text("recorded") is { } recorded ? OnnxBenchmark.CompareRecorded(recorded) : OnnxBenchmark.CompareEngines());

    private static int Guard(Func<int> comparison)
    {
        try
        {
            return comparison();
        }
        catch (Exception error) when (error is PeerException or IOException or InvalidDataException)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }
}
