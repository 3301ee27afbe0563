using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>
/// One side of a paired comparison: a process that has loaded its network and waits for commands on its standard input. While another side runs, it does
/// nothing. It measures its own times, so communication between the processes is not in them.
/// </summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private PeerProcess(string name, Process process)
    {
        (Name, _process) = (name, process);
        _errors = process.StandardError.ReadToEndAsync();
        Version = Answer();
    }

    public string Name { get; }

    /// <summary>The process ID.</summary>
    public int Id => _process.Id;

    /// <summary>Name and version that the process printed.</summary>
    public string Version { get; }

    /// <summary>Peak resident memory, in bytes.</summary>
    public long PeakBytes
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <summary>Starts a command of this program as a worker.</summary>
    /// <inheritdoc cref="Start"/>
    public static PeerProcess StartWorker(string name, int threads, params string[] arguments) =>
        Start(name, threads, OwnProgram.File, BenchmarkChecks.Repository, OwnProgram.Arguments(arguments));

    /// <summary>Starts a program as a worker.</summary>
    /// <exception cref="BenchmarkException">The program cannot be run, or ended with an error; the message quotes it.</exception>
    public static PeerProcess Start(string name, int threads, string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // libtorch has a call that sets its own threads, but not those of the libraries below it.
        foreach (string variable in new[] { "OMP_NUM_THREADS", "MKL_NUM_THREADS" }) start.Environment[variable] = $"{threads}";
        try
        {
            return new PeerProcess(name, Process.Start(start)!);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new BenchmarkException($"{program} cannot be run: {error.Message}", error);
        }
    }

    /// <summary>Runs passes and returns the seconds of each.</summary>
    public double[] Run(int passes)
    {
        string command = Repetition.UsesProcessorTime ? WorkerLoop.RunByProcessorTime : WorkerLoop.Run;
        return [.. Ask($"{command} {passes}").Split(' ').Select(word => double.Parse(word))];
    }

    /// <summary>Runs one pass and returns the logits of the batch, which the process passes in a file.</summary>
    public float[] Logits(string file)
    {
        Ask($"{WorkerLoop.Logits} {file}");
        return MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(file)).ToArray();
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5))) _process.Kill();
        _process.Dispose();
    }

    private string Ask(string command)
    {
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
        return Answer();
    }

    private string Answer() => _process.StandardOutput.ReadLine() ?? throw new BenchmarkException($"{Name} ended: {_errors.Result.Trim()}");
}
