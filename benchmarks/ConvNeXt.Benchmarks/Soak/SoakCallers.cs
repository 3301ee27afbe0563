using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Benchmarks.Soak;

/// <summary>Threads that score without end with the current model: one half with a PredictionEngine, the other half with Transform of a few rows.</summary>
internal sealed class SoakCallers(MLContext ml, IReadOnlyList<LabeledImage> images, TimeSpan pause)
{
    private const int RowsOfAView = 8;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, float[]> _expected = new(StringComparer.Ordinal);
    private SharedModel? _current;
    private volatile bool _stopped;
    private long _requests, _errors;

    /// <summary>Finished requests: one prediction, or one view.</summary>
    public long Requests => Volatile.Read(ref _requests);

    /// <summary>Requests that threw, or whose probabilities were not the same bits as in the first answer for the image.</summary>
    public long Errors => Volatile.Read(ref _errors);

    /// <summary>Starts the threads.</summary>
    public Thread[] Start(int callers)
    {
        Thread[] threads = [.. Enumerable.Range(0, callers).Select(caller => new Thread(() => Run(caller)))];
        foreach (Thread thread in threads) thread.Start();
        return threads;
    }

    /// <summary>Replaces the model of the next requests.</summary>
    public void Replace(SharedModel? model)
    {
        SharedModel? old = Interlocked.Exchange(ref _current, model);
        old?.Release();
    }

    /// <summary>Lets the threads end after their request.</summary>
    public void Stop() => _stopped = true;

    private void Run(int caller)
    {
        var random = new Random(caller);
        while (!_stopped)
        {
            try
            {
                if (Volatile.Read(ref _current) is { } model && model.TryUse())
                {
                    try
                    {
                        if (caller % 2 == 0) Predict(model.Model, random);
                        else Transform(model.Model, random);
                    }
                    finally
                    {
                        model.Release();
                    }
                }
            }
            catch (Exception exception)
            {
                Fail(exception.ToString());
            }
            Thread.Sleep(pause);
        }
    }

    /// <summary>A few predictions with one engine.</summary>
    private void Predict(ITransformer model, Random random)
    {
        using PredictionEngine<LabeledImage, Prediction> engine = ml.Model.CreatePredictionEngine<LabeledImage, Prediction>(
            model, new PredictionEngineOptions { OwnsTransformer = false });
        for (int i = 0; i < RowsOfAView; i++)
        {
            LabeledImage image = images[random.Next(images.Count)];
            Compare(image, engine.Predict(image).Score);
            Interlocked.Increment(ref _requests);
        }
    }

    private void Transform(ITransformer model, Random random)
    {
        LabeledImage[] rows = [.. Enumerable.Range(0, RowsOfAView).Select(_ => images[random.Next(images.Count)])];
        float[][] scores = [.. model.Transform(ml.Data.LoadFromEnumerable(rows)).GetColumn<float[]>("Score")];
        for (int i = 0; i < rows.Length; i++) Compare(rows[i], scores[i]);
        Interlocked.Increment(ref _requests);
    }

    private void Compare(LabeledImage image, float[] score)
    {
        float[] expected;
        lock (_lock)
        {
            if (!_expected.TryGetValue(image.ImagePath, out expected!)) _expected.Add(image.ImagePath, expected = [.. score]);
        }
        if (!expected.AsSpan().SequenceEqual(score)) Fail($"{image.ImagePath}: other probabilities than before, or NaN");
    }

    private void Fail(string what)
    {
        const int Shown = 10;
        if (Interlocked.Increment(ref _errors) <= Shown) Console.WriteLine($"ERROR {what}");
    }

    private sealed class Prediction
    {
        public float[] Score { get; set; } = [];
    }
}
