using System.Diagnostics;
using ConvNeXt.MLNet.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ConvNeXt.Benchmarks.Serving;

/// <summary>The model file is replaced all the time under load, by a broken or half-written one every third time.</summary>
internal static class ReplacePart
{
    private const int Callers = 8, MillisecondsOfAModel = 100, MillisecondsToLoad = 2000;

    private const double MostGrowth = 0.2;

    /// <summary>Less than another model.</summary>
    private const long MostLiveGrowth = 8 << 20;

    public static async Task RunAsync(BenchmarkChecks check, ServedModel[] models, int seconds)
    {
        string path = check.TemporaryFile("served.zip");
        File.Copy(models[0].Path, path);
        using IHost host = await CountPart.StartAsync(options =>
        {
            (options.ModelPath, options.ModelPollInterval) = (path, TimeSpan.FromMilliseconds(20));
            options.MaxExpectedWait = Timeout.InfiniteTimeSpan;
        });
        var classifier = host.Services.GetRequiredService<IImageClassifier>();
        using var stop = new CancellationTokenSource();
        int[] answers = new int[models.Length];
        int wrong = 0;
        Task callers = Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            for (int i = caller; !stop.IsCancellationRequested; i++)
            {
                int picture = i % models[0].Pictures.Length;
                ClassificationResult result = await classifier.ClassifyAsync(models[0].Pictures[picture]);
                int used = Array.FindIndex(models, model => model.Version == result.ModelVersion);
                if (used < 0 || !models[used].IsRight(picture, result)) Interlocked.Increment(ref wrong);
                else Interlocked.Increment(ref answers[used]);
            }
        })));
        var memory = new List<long>();
        long liveBefore = GC.GetTotalMemory(forceFullCollection: true);
        var watch = Stopwatch.StartNew();
        int replacements = 0, changes = 0;
        string? version = classifier.ModelVersion;
        while (watch.Elapsed.TotalSeconds < seconds)
        {
            replacements++;
            Break how = (replacements % 6) switch { 3 => Break.Moved, 0 => Break.HalfWritten, _ => Break.None };
            await ReplaceAsync(path, await File.ReadAllBytesAsync(models[replacements % models.Length].Path), how);
            await Task.Delay(MillisecondsOfAModel);
            if (classifier.ModelVersion != version) (version, changes) = (classifier.ModelVersion, changes + 1);
            memory.Add(ProcessMemory.Read());
        }
        await stop.CancelAsync();
        await callers;
        await Task.Delay(MillisecondsToLoad); // the last file may be read right now, beside the current model
        long liveAfter = GC.GetTotalMemory(forceFullCollection: true);
        await host.StopAsync();
        check.Report($"{answers.Sum():N0} right results, {wrong} failed, wrong or mixed", wrong == 0);
        check.Report(
            $"{replacements} replacements, every third broken; the model in use was seen to change {changes} times", answers.All(count => count > 0));
        check.Report($"managed memory in use before and after: {liveBefore >> 20} and {liveAfter >> 20} MiB", liveAfter < liveBefore + MostLiveGrowth);
        int tenth = Math.Max(1, memory.Count / 10);
        long early = memory.Skip(tenth).Take(tenth).Max(), late = memory.TakeLast(tenth).Max();
        double growth = (double)late / early - 1;
        check.Report($"memory of the second and the last tenth: {early >> 20} and {late >> 20} MiB ({growth:+0.0%;-0.0%})", growth < MostGrowth);
    }

    private static async Task ReplaceAsync(string path, byte[] model, Break how)
    {
        if (how != Break.None) model = model[..(model.Length / 2)];
        string part = how == Break.HalfWritten ? path : path + ".part";
        await File.WriteAllBytesAsync(part, model);
        if (part != path) File.Move(part, path, overwrite: true);
    }

    /// <summary>How a file is broken.</summary>
    private enum Break
    {
        /// <summary>It is whole.</summary>
        None,

        /// <summary>Half of a file is moved into its place.</summary>
        Moved,

        /// <summary>Half of a file is written into its place.</summary>
        HalfWritten,
    }
}
