using ConvNeXt.Benchmarks.Fuzzing.Inputs;

namespace ConvNeXt.Benchmarks.Fuzzing;

/// <summary>
/// Reads damaged images, model files and weights files in processes of their own. Each must be read, or refused with the documented exception, within limits of
/// time and memory; every other input is a finding and kept as a file.
/// </summary>
internal static class FuzzBenchmark
{
    public const string Usage =
        "[--images 1000000] [--models 10000] [--weights 100000] [--seed 1] [--minutes 60] [--findings artifacts/fuzz] [--jobs N] [--file FILE]";

    public static int Run(Arguments arguments)
    {
        int seed = arguments.Integer("seed", 1);
        if (arguments.Text("file") is { } file) return ReadOne(file, seed);
        DateTime deadline = DateTime.UtcNow.AddMinutes(arguments.Integer("minutes", 60));
        var findings = new FuzzFindings(arguments.Text("findings") ?? Path.Combine(BenchmarkChecks.Repository, "artifacts", "fuzz"), seed);
        using var check = new BenchmarkChecks("Damaged files: each is read or refused, "
            + $"in at most {FuzzRun.MostProcessorTime.TotalSeconds} s of processor time and "
            + $"{FuzzTargets.FindMostBytes(FuzzTargets.Images) >> 20} MiB of memory (images; others {FuzzTargets.FindMostBytes(FuzzTargets.Models) >> 20} MiB)");
        foreach ((string target, int count) in new[] { (FuzzTargets.Images, 1_000_000), (FuzzTargets.Models, 10_000), (FuzzTargets.Weights, 100_000) })
            new FuzzRun(target, seed, arguments.Integer(target, count), deadline, findings).Run(arguments.Integer("jobs", Environment.ProcessorCount));
        check.Report($"{findings.Count} findings", findings.Count == 0);
        return check.Finish();
    }

    private static int ReadOne(string path, int seed)
    {
        string name = Path.GetExtension(path) switch { ".zip" => FuzzTargets.Models, ".safetensors" or ".pth" => FuzzTargets.Weights, _ => FuzzTargets.Images };
        FuzzTarget target = FuzzTargets.Create(name, seed);
        try
        {
            target.Read(File.ReadAllBytes(path));
            Console.WriteLine("read");
            return 0;
        }
        catch (Exception exception)
        {
            Console.WriteLine($"{(target.IsRefusal(exception) ? "refused" : "FINDING")}: {exception}");
            return target.IsRefusal(exception) ? 0 : 1;
        }
    }
}
