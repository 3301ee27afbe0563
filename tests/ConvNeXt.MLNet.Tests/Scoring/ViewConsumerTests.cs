using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.Scoring;

/// <summary>What is done with a scored view: filtered, shuffled, cached, saved, measured, read by several threads, left in the middle.</summary>
[TestClass]
public sealed class ViewConsumerTests
{
    private const int Limit = 60_000;

    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void RowsTakenSkippedFilteredAndShuffled_KeepTheirScores()
    {
        IDataView scored = Transform(SingleScores.Rows(60));
        foreach ((IDataView view, int rows) in new[]
        {
            (_context.Data.TakeRows(scored, 5), 5),
            (_context.Data.SkipRows(scored, 50), 10),
            (_context.Data.FilterRowsByMissingValues(scored, "Score"), 60),
            (_context.Data.ShuffleRows(scored, seed: 4), 60),
        })
        {
            ScoredImage[] read = Read(view);
            Assert.AreEqual(rows, read.Length);
            SingleScores.AssertOwn(read);
        }
        CollectionAssert.AreNotEqual(Read(scored).Select(row => row.ImagePath).ToArray(), Read(_context.Data.ShuffleRows(scored, seed: 4)).Select(row => row.ImagePath).ToArray());
    }

    [TestMethod]
    public void ACacheAndABinaryFile_HoldTheSameRows_AndReadTheSourceOnce()
    {
        var source = new EachPass(_ => SingleScores.Rows(40));
        IDataView cached = _context.Data.Cache(Transform(source));
        SingleScores.AssertOwn(Read(cached));
        SingleScores.AssertOwn(Read(cached));
        Assert.AreEqual(1, source.Passes);

        string file = Path.Combine(TestFolders.CreateTemporary(), "scored.idv");
        using (FileStream stream = File.Create(file)) _context.Data.SaveAsBinary(Transform(SingleScores.Rows(40)), stream);
        ScoredImage[] loaded = Read(_context.Data.LoadFromBinary(file));
        Assert.AreEqual(40, loaded.Length);
        SingleScores.AssertOwn(loaded);
    }

    [TestMethod]
    public void Evaluate_ReadsTheSourceOnceAPass_AndMeasuresEachRowWithItsLabel()
    {
        IDataView expected = TinyModel.Transformer.Transform(TinyModel.WithKeys(_context, TinyModel.TestSet));
        IDataView keys = TinyModel.WithKeys(_context, TinyModel.TestSet);
        var mapping = _context.Transforms.Conversion.MapValueToKey("Label").Fit(_context.Data.LoadFromEnumerable(TinyModel.TestSet));
        var changing = new EachPass(pass =>
        {
            LabeledImage[] rows = [.. TinyModel.TestSet];
            new Random(pass).Shuffle(rows);
            return rows;
        });
        IDataView scored = TinyModel.Transformer.Transform(mapping.Transform(_context.Data.LoadFromEnumerable(changing)));
        Assert.AreEqual(
            _context.MulticlassClassification.Evaluate(expected).MicroAccuracy, _context.MulticlassClassification.Evaluate(scored).MicroAccuracy);
        Assert.AreEqual(keys.GetRowCount(), TinyModel.TestSet.Count);
    }

    [TestMethod]
    public void TwoThreads_GoThroughOneView()
    {
        IDataView scored = Transform(SingleScores.Rows(60));
        var results = new ScoredImage[2][];
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(i => new Thread(() => results[i] = Read(scored)))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        foreach (ScoredImage[] rows in results)
        {
            Assert.AreEqual(60, rows.Length);
            SingleScores.AssertOwn(rows);
        }
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(9)]
    public void ACursorDisposedInTheMiddle_DisposesItsSource_AndGivesNoMoreRows(int rows)
    {
        ObservedView source = Observe(SingleScores.Rows(200));
        DataViewRowCursor cursor = Open(TinyModel.Transformer.Transform(source));
        for (int i = 0; i < rows; i++) Assert.IsTrue(cursor.MoveNext());
        cursor.Dispose();
        cursor.Dispose();
        Assert.IsFalse(cursor.MoveNext());
        Assert.AreEqual((1, 1), (source.Opened, source.Disposed));
    }

    [TestMethod]
    [Timeout(Limit)]
    public void ACursorDisposedByAnotherThread_EndsTheLoopOfItsConsumer()
    {
        int read = 0;
        ObservedView source = Observe(Enumerable.Range(0, int.MaxValue).Select(i => TinyModel.TestSet[i % 30]));
        DataViewRowCursor cursor = Open(TinyModel.Transformer.Transform(source));
        using var some = new ManualResetEventSlim();
        Exception? failure = null;
        var consumer = new Thread(() =>
        {
            try
            {
                while (cursor.MoveNext())
                    if (++read == 100) some.Set();
            }
            catch (Exception e)
            {
                failure = e;
                some.Set();
            }
        });
        consumer.Start();
        some.Wait();
        cursor.Dispose();
        consumer.Join();
        Assert.IsNull(failure, failure?.ToString());
        Assert.AreEqual((1, 1), (source.Opened, source.Disposed));
        Assert.IsFalse(cursor.MoveNext());
    }

    [TestMethod]
    [Timeout(Limit)]
    public void Dispose_DoesNotWaitForASourceThatGivesNothing()
    {
        using var entered = new ManualResetEventSlim();
        using var proceed = new ManualResetEventSlim();
        IEnumerable<LabeledImage> Blocked()
        {
            entered.Set();
            proceed.Wait();
            yield return TinyModel.TestSet[0];
        }
        ObservedView source = Observe(Blocked());
        DataViewRowCursor cursor = Open(TinyModel.Transformer.Transform(source));
        bool more = true;
        var consumer = new Thread(() => more = cursor.MoveNext());
        consumer.Start();
        entered.Wait();
        cursor.Dispose();
        Assert.AreEqual(0, source.Disposed, "the consumer is inside");
        proceed.Set();
        consumer.Join();
        Assert.IsFalse(more);
        Assert.AreEqual(1, source.Disposed);
    }

    private ObservedView Observe(IEnumerable<LabeledImage> rows) => new(_context.Data.LoadFromEnumerable(rows));

    private static DataViewRowCursor Open(IDataView view) => view.GetRowCursor([view.Schema["ImagePath"], view.Schema["Score"]]);

    private IDataView Transform(IEnumerable<LabeledImage> rows) => TinyModel.Transformer.Transform(_context.Data.LoadFromEnumerable(rows));

    private ScoredImage[] Read(IDataView view) => [.. _context.Data.CreateEnumerable<ScoredImage>(view, reuseRowObject: false)];
}
