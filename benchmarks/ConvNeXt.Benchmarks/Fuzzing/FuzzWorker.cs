using System.Diagnostics;
using ConvNeXt.Benchmarks.Fuzzing.Inputs;

namespace ConvNeXt.Benchmarks.Fuzzing;

/// <summary>The process that reads damaged files. It prints new names of exceptions and findings; everything else is in its journal.</summary>
internal static class FuzzWorker
{
    /// <summary>First word of the command line.</summary>
    public const string Command = "fuzz-worker";

    /// <summary>First words of the printed lines.</summary>
    public const string Refusal = "refusal", Finding = "finding";

    /// <summary>An input that is read in less time cannot take much memory, so the memory is not measured after it.</summary>
    private const double MillisecondsWithoutMeasuring = 5;

    /// <summary>Reads every step-th input until the end or the deadline.</summary>
    /// <param name="words">Target, seed, first index, end, step, deadline in UTC ticks, journal file.</param>
    public static int Run(string[] words)
    {
        FuzzTarget target = FuzzTargets.Create(words[0], int.Parse(words[1]));
        long mostBytes = FuzzTargets.FindMostBytes(words[0]);
        (int first, int end, int step) = (int.Parse(words[2]), int.Parse(words[3]), int.Parse(words[4]));
        var deadline = new DateTime(long.Parse(words[5]), DateTimeKind.Utc);
        using var journal = new FuzzJournal(words[6]);
        using var process = Process.GetCurrentProcess();
        var names = new List<string>();
        bool aboveLimit = false;
        for (int index = first; index < end && DateTime.UtcNow < deadline; index += step)
        {
            journal.Index = index;
            byte[] input = target.Create(index);
            TimeSpan start = Environment.CpuUsage.TotalTime;
            try
            {
                target.Read(input);
                journal.ReadCount++;
            }
            catch (Exception exception) when (target.IsRefusal(exception))
            {
                string name = FuzzTarget.FindName(exception);
                if (!names.Contains(name))
                {
                    names.Add(name);
                    Console.WriteLine($"{Refusal} {names.Count - 1} {name}");
                }
                journal.AddRefusal(names.IndexOf(name));
            }
            catch (Exception exception)
            {
                Console.WriteLine($"{Finding} {index} {exception.ToString().ReplaceLineEndings("\t")}");
            }
            TimeSpan time = Environment.CpuUsage.TotalTime - start;
            long microseconds = (long)time.TotalMicroseconds;
            if (microseconds > journal.LongestMicroseconds) (journal.LongestMicroseconds, journal.LongestIndex) = (microseconds, index);
            if (time.TotalMilliseconds < MillisecondsWithoutMeasuring) continue;
            process.Refresh();
            journal.PeakBytes = process.PeakWorkingSet64;
            if (aboveLimit || journal.PeakBytes <= mostBytes) continue;
            aboveLimit = true; // the peak stays, so only the first input is to blame
            Console.WriteLine($"{Finding} {index} memory: {journal.PeakBytes >> 20} MiB are resident, at most {mostBytes >> 20} are allowed");
        }
        journal.Index = end;
        return 0;
    }
}
