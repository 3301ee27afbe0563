using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.Scoring;

/// <summary>
/// Predictions of many threads with one model, as in dotnet/machinelearning#6702: they do not wait for each other's threads, and give what one thread gives.
/// </summary>
[TestClass]
public sealed class ParallelPredictionTests
{
    private const int Callers = 16, Limit = 120_000;

    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    [Timeout(Limit)]
    public void ManyPoolThreads_TransformSingleRowsAndBatches_WithTheBitsOfOneThread()
    {
        Task<ScoredImage[]>[] tasks = [.. Enumerable.Range(0, Callers).Select(caller => Task.Run(() =>
        {
            var rows = new List<ScoredImage>();
            for (int i = 0; i < 10; i++) rows.AddRange(Transform([TinyModel.TestSet[(caller + i) % 30]]));
            rows.AddRange(Transform(SingleScores.Rows(40 + caller)));
            return rows.ToArray();
        }))];
        Task.WaitAll(tasks);
        for (int caller = 0; caller < Callers; caller++)
        {
            Assert.AreEqual(10 + 40 + caller, tasks[caller].Result.Length);
            SingleScores.AssertOwn(tasks[caller].Result);
        }
    }

    [TestMethod]
    [DataRow(0, DisplayName = "no helper: the consumer does everything")]
    [DataRow(1)]
    [DataRow(3)]
    public void AnyNumberOfHelpers_GivesTheSame(int helpers)
    {
        var threads = new HelperThreads(helpers);
        (string Path, float[] Score)[] rows = Run(SingleScores.Rows(100), threads);
        CollectionAssert.AreEqual(SingleScores.Rows(100).Select(row => row.ImagePath).ToArray(), rows.Select(row => row.Path).ToArray());
        SingleScores.AssertOwn(rows.Select(row => new ScoredImage { ImagePath = row.Path, Score = row.Score }));
        Assert.IsTrue(threads.Count <= helpers, $"{threads.Count} threads");
    }

    [TestMethod]
    public void AViewOfOneRowOrTwo_StartsNoThread()
    {
        var threads = new HelperThreads(limit: 4);
        Assert.AreEqual(1, Run(SingleScores.Rows(1), threads).Length);
        Assert.AreEqual(2, Run(SingleScores.Rows(2), threads).Length);
        Assert.AreEqual(0, threads.Count);
        Run(SingleScores.Rows(100), threads);
        Assert.IsTrue(threads.Count > 0, "many rows do");
    }

    [TestMethod]
    [Timeout(Limit)]
    public void WorkThatIsOffered_IsDone_AsOftenAsItWasOffered()
    {
        var threads = new HelperThreads(limit: 3);
        using var done = new CountdownEvent(500);
        for (int i = 0; i < 100; i++) threads.Offer(() => done.Signal(), 5);
        done.Wait();
        Assert.IsTrue(threads.Count is >= 1 and <= 3, $"{threads.Count} threads");
    }

    private (string Path, float[] Score)[] Run(LabeledImage[] images, HelperThreads helpers)
    {
        IDataView view = _context.Data.LoadFromEnumerable(images);
        DataViewSchema.Column column = view.Schema["ImagePath"];
        var scorer = new ImageScorer(TinyModel.Transformer.Network, feature: null, batchSize: 32, imageFolder: null, ImageDecodingOptions.Default);
        using var pipeline = new ScoringPipeline(() => { }, view.GetRowCursor([column]), [column], column, scorer, helpers);
        var getPath = (ValueGetter<ReadOnlyMemory<char>>)pipeline.CreateGetter(column);
        var rows = new List<(string, float[])>();
        ReadOnlyMemory<char> path = default;
        while (pipeline.MoveNext())
        {
            getPath(ref path);
            rows.Add((path.ToString(), pipeline.Vector.ToArray()));
        }
        return [.. rows];
    }

    private ScoredImage[] Transform(LabeledImage[] rows) =>
        [.. _context.Data.CreateEnumerable<ScoredImage>(TinyModel.Transformer.Transform(_context.Data.LoadFromEnumerable(rows)), reuseRowObject: false)];
}
