using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ConvNeXt.Benchmarks;

/// <summary>What benchmarks with a verdict share: a header that names the machine, a line for each check, running a program, and a temporary folder.</summary>
internal sealed class BenchmarkChecks : IDisposable
{
    /// <summary>The largest difference that passes, relative to the largest logit.</summary>
    private const double Tolerance = 1e-4;

    /// <summary>The tolerance in words.</summary>
    public const string Limit = "at most 1e-4 of the largest logit";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("convnext-peers-");

    public BenchmarkChecks(string title)
    {
        Console.WriteLine(title);
        Console.WriteLine($"{DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC, {Processor()}, {Environment.ProcessorCount} processors, "
            + $"{RuntimeInformation.OSDescription}, .NET {Environment.Version}");
    }

    /// <summary>The root of the repository.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Whether all checks have passed so far.</summary>
    private bool Passed { get; set; } = true;

    /// <summary>The folder of a peer's scripts.</summary>
    public static string PeerFolder(string name) => Path.Combine(Repository, "benchmarks", "peers", name);

    /// <summary>The path of a file in the temporary folder, which <see cref="Dispose"/> deletes.</summary>
    public string TemporaryFile(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Checks the largest difference of two results, relative to the peer's largest value.</summary>
    public void Report(string what, ReadOnlySpan<float> ours, ReadOnlySpan<float> theirs, double tolerance = Tolerance)
    {
        double difference = RelativeDifference(ours, theirs);
        bool good = difference <= tolerance; // false for NaN
        Passed &= good;
        Console.WriteLine($"{(good ? "PASS" : "FAIL")}  {what,-64} max relative difference {difference:0.0e+0}");
    }

    /// <summary>Adds a check that has passed or failed.</summary>
    public void Report(string what, bool good)
    {
        Passed &= good;
        Console.WriteLine($"{(good ? "PASS" : "FAIL")}  {what}");
    }

    /// <summary>Prints whether all checks have passed.</summary>
    /// <returns>The exit code.</returns>
    public int Finish()
    {
        Console.WriteLine(Passed ? "PASS: all checks" : "FAIL");
        return Passed ? 0 : 1;
    }

    /// <summary>Runs a program and returns what it printed.</summary>
    /// <exception cref="BenchmarkException">The program is missing or failed; the message quotes its errors.</exception>
    public static string Run(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0
                ? text.Trim()
                : throw new BenchmarkException($"{program} {string.Join(' ', arguments)} ended with exit code {process.ExitCode}: {errors.Result.Trim()}");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new BenchmarkException($"{program} cannot be run: {error.Message}", error);
        }
    }

    /// <summary>Runs a command of this program in a process of its own and returns what it printed.</summary>
    /// <inheritdoc cref="Run"/>
    public static string RunCommand(params string[] arguments) => Run(OwnProgram.File, Repository, OwnProgram.Arguments(arguments));

    public void Dispose() => _folder.Delete(recursive: true);

    private static double RelativeDifference(ReadOnlySpan<float> ours, ReadOnlySpan<float> theirs)
    {
        if (ours.Length != theirs.Length) throw new BenchmarkException($"This engine returned {ours.Length} values, the peer {theirs.Length}.");
        double difference = 0, largest = 0;
        for (int i = 0; i < ours.Length; i++)
        {
            // Math.Max returns NaN if one of the two is.
            difference = Math.Max(difference, Math.Abs((double)ours[i] - theirs[i]));
            largest = Math.Max(largest, Math.Abs((double)theirs[i]));
        }
        return difference / largest;
    }

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "ConvNeXt.MLNet.sln"))) return folder.FullName;
        throw new InvalidOperationException($"ConvNeXt.MLNet.sln was not found above {AppContext.BaseDirectory}.");
    }

    private static string Processor()
    {
        const string Information = "/proc/cpuinfo";
        IEnumerable<string> lines = File.Exists(Information) ? File.ReadLines(Information) : [];
        string? line = lines.FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal));
        return line?[(line.IndexOf(':') + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
