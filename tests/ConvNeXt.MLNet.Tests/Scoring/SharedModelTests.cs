using System.Collections.Concurrent;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Tests.Scoring;

/// <summary>One model serves many threads, each with a PredictionEngine of its own: what a pool of engines does in a service.</summary>
[TestClass]
public sealed class SharedModelTests
{
    private const int Predictions = 1000, Workers = 8, Engines = 2 * Workers;

    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void ManyEngines_PredictTheSameBits_AlsoWhileHalfOfThemAreDisposed()
    {
        LabeledImage[] images = [.. TinyModel.TestSet];
        using PredictionEngine<LabeledImage, ScoredImage> single = CreateEngine();
        ScoredImage[] expected = [.. images.Select(single.Predict)];
        var pool = new ConcurrentBag<PredictionEngine<LabeledImage, ScoredImage>>(Enumerable.Range(0, Engines).Select(_ => CreateEngine()));
        int predicted = 0, disposed = 0;

        Parallel.For(0, Predictions, new ParallelOptions { MaxDegreeOfParallelism = Workers }, i =>
        {
            Assert.IsTrue(pool.TryTake(out PredictionEngine<LabeledImage, ScoredImage>? engine));
            ScoredImage actual = engine.Predict(images[i % images.Length]);
            pool.Add(engine);
            CollectionAssert.AreEqual(expected[i % images.Length].Score, actual.Score);
            Assert.AreEqual(expected[i % images.Length].PredictedLabel, actual.PredictedLabel);
            if (Interlocked.Increment(ref predicted) != Predictions / 2) return;
            for (; disposed < Engines / 2 && pool.TryTake(out PredictionEngine<LabeledImage, ScoredImage>? superfluous); disposed++) superfluous.Dispose();
        });

        Assert.AreEqual(Predictions, predicted);
        Assert.AreEqual(Engines / 2, disposed);
        Assert.AreEqual(Engines / 2, pool.Count);
        foreach (PredictionEngine<LabeledImage, ScoredImage> engine in pool) engine.Dispose();
    }

    private PredictionEngine<LabeledImage, ScoredImage> CreateEngine() =>
        _context.Model.CreatePredictionEngine<LabeledImage, ScoredImage>(TinyModel.Transformer, new PredictionEngineOptions { OwnsTransformer = false });
}
