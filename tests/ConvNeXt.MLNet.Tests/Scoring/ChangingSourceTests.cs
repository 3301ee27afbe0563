using System.Collections.Concurrent;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Tests.Scoring;

/// <summary>Sources that are not lists: a pass over a scored view is one pass over its source, so scores are always on their own rows.</summary>
[TestClass]
public sealed class ChangingSourceTests
{
    private const int Limit = 60_000;

    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void AnotherOrderInEachPass_KeepsScoresOnTheirRows_AndReadsEachRowOnce()
    {
        int read = 0;
        var source = new EachPass(pass =>
        {
            LabeledImage[] rows = SingleScores.Rows(42);
            new Random(pass).Shuffle(rows);
            return rows.Select(row =>
            {
                Interlocked.Increment(ref read);
                return row;
            });
        });
        IDataView scored = Transform(source);
        ScoredImage[] first = Read(scored), second = Read(scored);
        SingleScores.AssertOwn(first);
        SingleScores.AssertOwn(second);
        CollectionAssert.AreNotEqual(first.Select(row => row.ImagePath).ToArray(), second.Select(row => row.ImagePath).ToArray());
        Assert.AreEqual(2, source.Passes);
        Assert.AreEqual(2 * 42, read);
    }

    [TestMethod]
    public void AnotherNumberInEachPass_GivesThatNumberOfRows()
    {
        IDataView scored = Transform(new EachPass(pass => SingleScores.Rows(10 * pass)));
        foreach (int rows in new[] { 10, 20, 30 })
        {
            ScoredImage[] read = Read(scored);
            Assert.AreEqual(rows, read.Length);
            SingleScores.AssertOwn(read);
        }
    }

    [TestMethod]
    public void ASourceThatCanBeReadOnce_IsScored()
    {
        var source = new EachPass(pass => pass == 1 ? SingleScores.Rows(50) : throw new InvalidOperationException("The reader is at its end."));
        ScoredImage[] read = Read(Transform(source));
        Assert.AreEqual(50, read.Length);
        SingleScores.AssertOwn(read);
    }

    [TestMethod]
    [Timeout(Limit)]
    public void ALiveSource_IsScoredRowByRow_WithABatchSizeOfOne()
    {
        LabeledImage[] rows = SingleScores.Rows(12);
        using var queue = new BlockingCollection<LabeledImage> { rows[0] };
        var model = TinyModel.Transformer.WithEngine(ConvNeXtEngine.Managed, batchSize: 1);
        IDataView scored = model.Transform(_context.Data.LoadFromEnumerable(queue.GetConsumingEnumerable()));
        var read = new List<ScoredImage>();
        foreach (ScoredImage row in _context.Data.CreateEnumerable<ScoredImage>(scored, reuseRowObject: false))
        {
            read.Add(row); // the next row comes only after the result of this one
            if (read.Count < rows.Length) queue.Add(rows[read.Count]);
            else queue.CompleteAdding();
        }
        CollectionAssert.AreEqual(rows.Select(row => row.ImagePath).ToArray(), read.Select(row => row.ImagePath).ToArray());
        SingleScores.AssertOwn(read);
    }

    [TestMethod]
    public void ASlowSource_IsScoredInOrder()
    {
        LabeledImage[] rows = SingleScores.Rows(24);
        ScoredImage[] read = Read(Transform(rows.Select(row =>
        {
            Thread.Sleep(3);
            return row;
        })));
        CollectionAssert.AreEqual(rows.Select(row => row.ImagePath).ToArray(), read.Select(row => row.ImagePath).ToArray());
        SingleScores.AssertOwn(read);
    }

    [TestMethod]
    public void TheSourceIsRead_OnTheThreadOfItsConsumer()
    {
        var threads = new ConcurrentDictionary<int, bool>();
        Read(Transform(SingleScores.Rows(70).Select(row =>
        {
            threads[Environment.CurrentManagedThreadId] = true;
            return row;
        })));
        CollectionAssert.AreEqual(new[] { Environment.CurrentManagedThreadId }, threads.Keys.ToArray());
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(6)]
    [DataRow(7)]
    [DataRow(40)]
    public void AnErrorOfTheSource_ReachesTheConsumerAtItsRow(int failing)
    {
        IEnumerable<LabeledImage> Source()
        {
            foreach (LabeledImage row in SingleScores.Rows(failing)) yield return row;
            throw new IOException("the source broke");
        }
        var read = new List<ScoredImage>();
        var error = Assert.ThrowsExactly<IOException>(() => read.AddRange(_context.Data.CreateEnumerable<ScoredImage>(Transform(Source()), false)));
        Assert.AreEqual("the source broke", error.Message);
        SingleScores.AssertOwn(read);

        using DataViewRowCursor cursor = Open(Transform(Source()));
        for (int row = 0; row < failing; row++) Assert.IsTrue(cursor.MoveNext(), $"row {row}");
        Assert.ThrowsExactly<IOException>(() => cursor.MoveNext());
        Assert.ThrowsExactly<IOException>(() => cursor.MoveNext(), "the rows after it are not passed over");
    }

    private static DataViewRowCursor Open(IDataView view) => view.GetRowCursor([view.Schema["ImagePath"], view.Schema["Score"]]);

    private IDataView Transform(IEnumerable<LabeledImage> rows) => TinyModel.Transformer.Transform(_context.Data.LoadFromEnumerable(rows));

    private ScoredImage[] Read(IDataView scored) => [.. _context.Data.CreateEnumerable<ScoredImage>(scored, reuseRowObject: false)];
}
