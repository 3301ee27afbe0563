using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace ConvNeXt.Tests;

/// <summary>Starts a program with the mpirun of Open MPI or MPICH.</summary>
internal sealed class MpiLauncher
{
    private readonly string _program;
    private readonly string[] _arguments;

    private MpiLauncher(string program, params string[] arguments) => (_program, _arguments) = (program, arguments);

    /// <summary>The name of the implementation in the version of its library.</summary>
    public required string Library { get; init; }

    /// <summary>Finds a launcher. Where it is not installed, the test is inconclusive (skipped).</summary>
    /// <param name="implementation">"openmpi" or "mpich".</param>
    public static MpiLauncher Find(string implementation)
    {
        string[] places = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        string? program = places.Select(folder => Path.Combine(folder, $"mpirun.{implementation}")).FirstOrDefault(File.Exists)
            ?? (implementation == "openmpi" ? places.Select(folder => Path.Combine(folder, "ompi_info")).Where(File.Exists)
                .Select(info => Path.Combine(Path.GetDirectoryName(info)!, "mpirun")).FirstOrDefault(File.Exists) : null);
        if (program is null) Assert.Inconclusive($"Skipped: needs mpirun.{implementation} (Debian: {(implementation == "mpich" ? "mpich" : "openmpi-bin")}).");
        return implementation == "mpich"
            ? new MpiLauncher(program) { Library = "MPICH" }
            : new MpiLauncher(program, "--allow-run-as-root", "--oversubscribe", "--bind-to", "none") { Library = "Open MPI" };
    }

    /// <summary>Starts ranks.</summary>
    /// <param name="size">Number of ranks.</param>
    /// <param name="program">The program, as an assembly.</param>
    /// <param name="arguments">Its arguments.</param>
    public MpiRun Start(int size, string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(_program, [.. _arguments, "-n", size.ToString(CultureInfo.InvariantCulture), "dotnet", program, .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        return new MpiRun(Process.Start(start)!);
    }
}

/// <summary>Ranks that run.</summary>
internal sealed class MpiRun : IDisposable
{
    private static readonly TimeSpan _most = TimeSpan.FromMinutes(3);

    private readonly Process _launcher;
    private readonly StringBuilder _text = new();

    public MpiRun(Process launcher)
    {
        _launcher = launcher;
        launcher.OutputDataReceived += Add;
        launcher.ErrorDataReceived += Add;
        launcher.BeginOutputReadLine();
        launcher.BeginErrorReadLine();
    }

    /// <summary>What the ranks and the launcher wrote.</summary>
    public string Text
    {
        get
        {
            lock (_text) return _text.ToString();
        }
    }

    /// <summary>Waits for the end and returns the exit code of the launcher.</summary>
    public int Wait(TimeSpan? most = null)
    {
        if (_launcher.WaitForExit(most ?? _most))
        {
            _launcher.WaitForExit(); // for the rest of the text
            return _launcher.ExitCode;
        }

        Assert.Fail($"The ranks did not end. {Text}");
        return -1;
    }

    public void Dispose()
    {
        if (!_launcher.HasExited) _launcher.Kill(entireProcessTree: true);
        _launcher.Dispose();
    }

    private void Add(object sender, DataReceivedEventArgs line)
    {
        lock (_text) _text.AppendLine(line.Data);
    }
}
