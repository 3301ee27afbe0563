using System.Diagnostics;
using ConvNeXt.Benchmarks.Fuzzing.Inputs;

namespace ConvNeXt.Benchmarks.Fuzzing;

/// <summary>Reads the inputs of one target in several processes. One that crashes or hangs is started again behind the input that it was at.</summary>
internal sealed class FuzzRun(string target, int seed, int count, DateTime deadline, FuzzFindings findings)
{
    /// <summary>A worker that is at one input for longer hangs; processor time, because the machine may be busy with other things.</summary>
    public static readonly TimeSpan MostProcessorTime = TimeSpan.FromSeconds(30), MostTime = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private readonly FuzzTarget _inputs = FuzzTargets.Create(target, seed);
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, long> _refusals = new(StringComparer.Ordinal);
    private long _done, _read, _findings, _longestMicroseconds, _longestIndex, _peakBytes;

    /// <summary>Runs the processes and prints the counts.</summary>
    /// <param name="jobs">Number of processes.</param>
    public void Run(int jobs)
    {
        var watch = Stopwatch.StartNew();
        Thread[] threads = [.. Enumerable.Range(0, jobs).Select(job => new Thread(() => RunJob(job, jobs)))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        string refusals = string.Join(", ", _refusals.Select(pair => $"{pair.Value:N0} {pair.Key}"));
        Console.WriteLine($"{target}: {_done:N0} of {count:N0} files, seed {seed}: {_read:N0} read, refused: {(refusals.Length > 0 ? refusals : "none")}; "
            + $"{_findings} findings; at most {_longestMicroseconds / 1000.0:N0} ms of processor time (input {_longestIndex}), "
            + $"memory at most {_peakBytes >> 20:N0} MiB; "
            + $"{_done / watch.Elapsed.TotalSeconds:N0} files/s");
    }

    private void RunJob(int job, int jobs)
    {
        for (int next = job; next < count && DateTime.UtcNow < deadline;) next = RunProcess(next, jobs) + jobs;
    }

    /// <summary>Runs a process to its end.</summary>
    /// <returns>The input that it was at.</returns>
    private int RunProcess(int first, int step)
    {
        string path = Path.GetTempFileName();
        File.Delete(path);
        using (var journal = new FuzzJournal(path))
        {
            journal.Index = first;
            string[] words = OwnProgram.Arguments(FuzzWorker.Command, target, $"{seed}", $"{first}", $"{count}", $"{step}", $"{deadline.Ticks}", path);
            using Process process = Process.Start(new ProcessStartInfo(OwnProgram.File, words) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var names = new Dictionary<int, string>();
            process.OutputDataReceived += (_, line) => Receive(line.Data, names);
            process.BeginOutputReadLine();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            bool hangs = !WaitWhileItMoves(process, journal);
            if (hangs) process.Kill();
            process.WaitForExit();
            int last = (int)Math.Min(journal.Index, count);
            if (hangs) Add(last, $"hang: more than {MostProcessorTime.TotalSeconds} s of processor time");
            else if (process.ExitCode != 0) Add(last, $"crash: exit code {process.ExitCode}\t{errors.Result.ReplaceLineEndings("\t")}");
            Collect(journal, names);
            File.Delete(path);
            return process.ExitCode == 0 ? count : last; // without an error it has come to the end or the deadline
        }
    }

    private static bool WaitWhileItMoves(Process process, FuzzJournal journal)
    {
        long index = -1;
        TimeSpan processorTime = default;
        var watch = Stopwatch.StartNew();
        while (!process.WaitForExit(PollInterval))
        {
            process.Refresh();
            if (process.HasExited) break;
            if (journal.Index != index)
            {
                (index, processorTime) = (journal.Index, process.TotalProcessorTime);
                watch.Restart();
            }
            else if (process.TotalProcessorTime - processorTime > MostProcessorTime || watch.Elapsed > MostTime)
            {
                return false;
            }
        }
        return true;
    }

    private void Receive(string? line, Dictionary<int, string> names)
    {
        if (line?.Split(' ', 3) is not [var kind, var number, var text]) return;
        if (kind == FuzzWorker.Finding) Add(int.Parse(number), text);
        else if (kind == FuzzWorker.Refusal) names[int.Parse(number)] = text;
    }

    private void Add(int index, string what)
    {
        lock (_lock)
        {
            _findings++;
            findings.Add(target, _inputs, index, what);
        }
    }

    private void Collect(FuzzJournal journal, Dictionary<int, string> names)
    {
        lock (_lock)
        {
            _read += journal.ReadCount;
            foreach ((int number, string name) in names) _refusals[name] = _refusals.GetValueOrDefault(name) + journal.GetRefusals(number);
            if (journal.LongestMicroseconds > _longestMicroseconds) (_longestMicroseconds, _longestIndex) = (journal.LongestMicroseconds, journal.LongestIndex);
            _peakBytes = Math.Max(_peakBytes, journal.PeakBytes);
            _done = _read + _refusals.Values.Sum() + _findings;
        }
    }
}
