using System.Runtime.InteropServices;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>The commands that every worker process answers, one line each; <see cref="PeerProcess"/> sends them.</summary>
internal static class WorkerLoop
{
    /// <summary>The command to run passes and to answer with the seconds of each, by elapsed or by processor time; the number of passes follows.</summary>
    public const string Run = "run", RunByProcessorTime = "run-cpu";

    /// <summary>The command to run one pass and to write its logits; the file follows.</summary>
    public const string Logits = "logits";

    /// <summary>Prints a title, then answers commands until the input ends.</summary>
    /// <param name="title">Name and version of the software.</param>
    /// <param name="run">A scoring pass or a training step; returns the logits.</param>
    /// <returns>The exit code.</returns>
    public static int Answer(string title, Func<float[]> run)
    {
        Console.WriteLine(title);
        while (Console.ReadLine() is { } line)
        {
            string[] words = line.Split(' ', 2);
            if (words[0] is Run or RunByProcessorTime)
            {
                Repetition.UsesProcessorTime = words[0] == RunByProcessorTime;
                var seconds = new double[int.Parse(words[1])];
                foreach (ref double time in seconds.AsSpan())
                {
                    double start = Repetition.Now();
                    run();
                    time = Repetition.Now() - start;
                }
                Console.WriteLine(string.Join(' ', seconds.Select(time => time.ToString())));
            }
            else
            {
                File.WriteAllBytes(words[1], MemoryMarshal.AsBytes(run().AsSpan()));
                Console.WriteLine("written");
            }
        }
        return 0;
    }
}
