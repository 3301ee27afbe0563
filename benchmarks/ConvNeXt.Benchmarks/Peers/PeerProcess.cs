using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>
/// One side of a paired comparison: a process that has made its network and waits for commands on its standard input. While the other side runs it does nothing.
/// It measures itself, so what passes between the processes is not in the times.
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

    /// <summary>Number of the process.</summary>
    public int Id => _process.Id;

    /// <summary>What it says it is.</summary>
    public string Version { get; }

    /// <summary>The most memory that was resident, in bytes.</summary>
    public long PeakBytes
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <exception cref="PeerException">It cannot be run, or ended with an error; the message says what it said.</exception>
    public static PeerProcess Start(string name, int threads, string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // PyTorch's own threads are set by a call; those of the BLAS behind it only so.
        foreach (string variable in new[] { "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS" }) start.Environment[variable] = threads.ToString(CultureInfo.InvariantCulture);
        try
        {
            return new PeerProcess(name, Process.Start(start)!);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new PeerException($"{program} cannot be run: {error.Message}", error);
        }
    }

    /// <summary>Runs passes and returns the seconds of each.</summary>
    public double[] Run(int passes) => [.. Ask($"run {passes}").Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture))];

    /// <summary>The logits of the batch, through a file.</summary>
    public float[] Logits(string file)
    {
        Ask($"logits {file}");
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

    private string Answer() => _process.StandardOutput.ReadLine() ?? throw new PeerException($"{Name} ended: {_errors.Result.Trim()}");
}
