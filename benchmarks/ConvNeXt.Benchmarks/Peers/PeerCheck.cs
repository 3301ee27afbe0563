using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>What the comparisons with other software share: where things are, running a program, and a line for each result.</summary>
internal sealed class PeerCheck : IDisposable
{
    /// <summary>The largest difference that passes: 1e-4 of the largest logit.</summary>
    private const double Tolerance = 1e-4;

    /// <summary>The same in words.</summary>
    public const string Limit = "at most 1e-4 of the largest logit";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("convnext-peers-");

    public PeerCheck(string what)
    {
        Console.WriteLine(what);
        Console.WriteLine($"{DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC, {Processor()}, {Environment.ProcessorCount} processors, "
            + $"{RuntimeInformation.OSDescription}, .NET {Environment.Version}");
    }

    /// <summary>Whether nothing was out of tolerance so far.</summary>
    private bool Passed { get; set; } = true;

    /// <summary>The root of the checkout.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Folder with what a peer needs: its scripts and packages.</summary>
    public static string PeerFolder(string name) => Path.Combine(Repository, "benchmarks", "peers", name);

    /// <summary>A file in a folder that is deleted in the end.</summary>
    public string TemporaryFile(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Prints and remembers how far results are from the peer's, relative to the peer's largest.</summary>
    public void Report(string what, ReadOnlySpan<float> ours, ReadOnlySpan<float> theirs, double tolerance = Tolerance)
    {
        double difference = RelativeDifference(ours, theirs);
        bool good = difference <= tolerance; // not for NaN
        Passed &= good;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(good ? "PASS" : "FAIL")}  {what,-64} max relative difference {difference:0.0e+0}"));
    }

    /// <summary>Prints and remembers a yes or no.</summary>
    public void Report(string what, bool good)
    {
        Passed &= good;
        Console.WriteLine($"{(good ? "PASS" : "FAIL")}  {what}");
    }

    /// <summary>Prints the verdict over all and returns the exit code.</summary>
    public int Finish()
    {
        Console.WriteLine(Passed ? "PASS: all of them" : "FAIL");
        return Passed ? 0 : 1;
    }

    /// <summary>Runs a program to its end and returns what it printed.</summary>
    /// <exception cref="PeerException">It is missing or failed; the message says what it said.</exception>
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
                : throw new PeerException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {errors.Result.Trim()}");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new PeerException($"{program} cannot be run: {error.Message}", error);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static double RelativeDifference(ReadOnlySpan<float> ours, ReadOnlySpan<float> theirs)
    {
        if (ours.Length != theirs.Length) throw new PeerException($"There are {ours.Length} results here and {theirs.Length} there.");
        double difference = 0, largest = 0;
        for (int i = 0; i < ours.Length; i++)
        {
            // Math.Max keeps a NaN.
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

/// <summary>The other software is missing or failed; the message is for people.</summary>
internal sealed class PeerException(string message, Exception? inner = null) : Exception(message, inner);
