using System.Collections.Concurrent;
using System.Diagnostics;
using ConvNeXt.MLNet.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ConvNeXt.Benchmarks.Serving;

/// <summary>Many requests by many callers; every result is compared with that of a single prediction, and memory is watched.</summary>
internal static class CountPart
{
    private const int Callers = 48, Reports = 10;

    private const double MostGrowth = 0.1;

    public static async Task RunAsync(BenchmarkChecks check, ServedModel model, int requests)
    {
        using IHost host = await StartAsync(options => (options.ModelPath, options.MaxExpectedWait) = (model.Path, Timeout.InfiniteTimeSpan));
        var classifier = host.Services.GetRequiredService<IImageClassifier>();
        int begun = 0, wrong = 0, done = 0;
        var unanswered = new ConcurrentDictionary<ClassificationStatus, int>();
        var watch = Stopwatch.StartNew();
        Task all = Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref begun) - 1 is var request && request < requests)
            {
                int picture = request % model.Pictures.Length;
                ClassificationResult result = await classifier.ClassifyAsync(model.Pictures[picture]);
                if (!result.IsClassified) unanswered.AddOrUpdate(result.Status, 1, (_, count) => count + 1);
                else if (!model.IsRight(picture, result)) Interlocked.Increment(ref wrong);
                Interlocked.Increment(ref done);
            }
        })));
        var memory = new List<long>();
        while (!all.IsCompleted)
        {
            await Task.WhenAny(all, Task.Delay(100));
            if (Volatile.Read(ref done) < (memory.Count + 1L) * requests / Reports) continue;
            memory.Add(ProcessMemory.Read());
            Console.WriteLine($"{Volatile.Read(ref done),9:N0} requests, {watch.Elapsed.TotalSeconds,5:0} s, {memory[^1] >> 20} MiB resident");
        }
        await all;
        await host.StopAsync();
        string others = unanswered.IsEmpty ? "" : $" ({string.Join(", ", unanswered.Select(pair => $"{pair.Value} {pair.Key}"))})";
        check.Report($"{done:N0} requests in {watch.Elapsed.TotalSeconds:0} s, {wrong} wrong", wrong == 0 && done == requests);
        check.Report($"{unanswered.Values.Sum():N0} without an answer{others}", unanswered.IsEmpty);
        double growth = (double)memory[^1] / memory[0] - 1;
        check.Report($"memory from the first tenth to the end: {memory[0] >> 20} to {memory[^1] >> 20} MiB ({growth:+0.0%;-0.0%})", growth < MostGrowth);
    }

    /// <summary>Starts a host with a classifier.</summary>
    public static async Task<IHost> StartAsync(Action<ConvNeXtClassifierOptions> configure)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.Services.AddConvNeXtClassifier(configure);
        IHost host = builder.Build();
        await host.StartAsync();
        return host;
    }
}

/// <summary>Resident memory of this process.</summary>
internal static class ProcessMemory
{
    public static long Read()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
