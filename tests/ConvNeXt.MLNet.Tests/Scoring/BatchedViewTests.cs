using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.Scoring;

[TestClass]
public sealed class BatchedViewTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void BatchedScores_EqualSingleRows_BitForBit()
    {
        IDataView data = _context.Data.LoadFromEnumerable(Rows(75));
        ScoredImage[] batched = [.. _context.Data.CreateEnumerable<ScoredImage>(TinyModel.Transformer.Transform(data), reuseRowObject: false)];
        using PredictionEngine<LabeledImage, ScoredImage> engine = _context.Model.CreatePredictionEngine<LabeledImage, ScoredImage>(TinyModel.Transformer);

        Assert.AreEqual(75, batched.Length);
        foreach ((ScoredImage row, LabeledImage image) in batched.Zip(Rows(75)))
        {
            Assert.AreEqual(image.ImagePath, row.ImagePath, "rows stay in order");
            ScoredImage single = engine.Predict(image);
            CollectionAssert.AreEqual(single.Score, row.Score);
            Assert.AreEqual(single.PredictedLabel, row.PredictedLabel);
            Assert.AreEqual(1, row.Score.Sum(), 1e-5);
        }
    }

    [TestMethod]
    public void NothingIsComputed_WhereNeitherColumnIsAskedFor()
    {
        int read = 0;
        IDataView data = Observed(Rows(50), () => Interlocked.Increment(ref read));
        IDataView scored = TinyModel.Transformer.Transform(data);
        Assert.AreEqual(0, read, "Transform reads nothing");

        using (DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Label"]]))
        {
            while (cursor.MoveNext())
            {
            }
            Assert.IsFalse(cursor.IsColumnActive(scored.Schema["Score"]));
            Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]));
        }
        Assert.AreEqual(0, read, "no image path was asked for");
        Assert.AreEqual(50, scored.GetRowCount());
    }

    [TestMethod]
    public void TheFirstRow_IsScoredBeforeAnotherIsRead()
    {
        int read = 0;
        IDataView scored = TinyModel.Transformer.Transform(_context.Data.LoadFromEnumerable(Counted()));
        using (DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Score"]]))
        {
            Assert.IsTrue(cursor.MoveNext());
        }
        Assert.AreEqual(1, read, "the first row waits for no other");

        IEnumerable<LabeledImage> Counted()
        {
            foreach (LabeledImage row in Rows(2000))
            {
                Interlocked.Increment(ref read);
                yield return row;
            }
        }
    }

    [TestMethod]
    public void SourceColumns_AreUntouched_AndCursorSetsWork()
    {
        IDataView scored = TinyModel.Transformer.Transform(_context.Data.LoadFromEnumerable(Rows(20)));
        foreach (DataViewRowCursor cursor in scored.GetRowCursorSet(scored.Schema, 4))
            using (cursor)
            {
                ValueGetter<ReadOnlyMemory<char>> getPath = cursor.GetGetter<ReadOnlyMemory<char>>(scored.Schema["ImagePath"]);
                ValueGetter<VBuffer<float>> getScore = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
                ReadOnlyMemory<char> path = default;
                VBuffer<float> score = default;
                int rows = 0;
                for (; cursor.MoveNext(); rows++)
                {
                    getPath(ref path);
                    getScore(ref score);
                    Assert.AreEqual(Rows(20)[rows].ImagePath, path.ToString());
                    Assert.AreEqual(3, score.Length);
                }
                Assert.AreEqual(20, rows);
            }
        DataViewRowCursor[] withoutScore = scored.GetRowCursorSet([scored.Schema["Label"]], 4);
        Assert.IsTrue(withoutScore.Length >= 1);
        foreach (DataViewRowCursor cursor in withoutScore) cursor.Dispose();
        CollectionAssert.AreEqual(new[] { "ImagePath", "Label", "Score", "PredictedLabel" }, scored.Schema.Select(column => column.Name).ToArray());
    }

    [TestMethod]
    public void ShuffledSource_KeepsScoresWithTheirRows()
    {
        IDataView cached = _context.Data.Cache(_context.Data.LoadFromEnumerable(Rows(30)));
        IDataView inOrder = TinyModel.Transformer.Transform(cached);
        var expected = _context.Data.CreateEnumerable<ScoredImage>(inOrder, reuseRowObject: false).ToDictionary(row => row.ImagePath);
        IDataView shuffled = TinyModel.Transformer.Transform(_context.Data.ShuffleRows(cached, seed: 3));
        ScoredImage[] rows = [.. _context.Data.CreateEnumerable<ScoredImage>(shuffled, reuseRowObject: false)];
        CollectionAssert.AreNotEqual(expected.Keys.ToArray(), rows.Select(row => row.ImagePath).ToArray());
        foreach (ScoredImage row in rows) CollectionAssert.AreEqual(expected[row.ImagePath].Score, row.Score);
    }

    [TestMethod]
    public void UnreadableImages_GetNaNAndAMissingLabel_NeverAnotherRowsResult()
    {
        var messages = new List<string>();
        _context.Log += (_, message) => messages.Add(message.Message);
        string folder = TestFolders.CreateTemporary();
        string good = TinyModel.TestSet[0].ImagePath;
        string truncated = Path.Combine(folder, "truncated.bmp"), empty = Path.Combine(folder, "empty.png"), missing = Path.Combine(folder, "missing.jpg");
        File.WriteAllBytes(truncated, File.ReadAllBytes(good)[..1000]);
        File.WriteAllBytes(empty, []);
        string?[] paths = [good, truncated, good, empty, missing, "", good];
        LabeledImage[] rows = [.. paths.Select(path => new LabeledImage { ImagePath = path!, Label = "x" })];
        ConvNeXtClassificationTransformer model = Reload(TinyModel.Transformer, _context);

        ScoredImage[] batched = [.. _context.Data.CreateEnumerable<ScoredImage>(model.Transform(_context.Data.LoadFromEnumerable(rows)), reuseRowObject: false)];
        using PredictionEngine<LabeledImage, ScoredImage> engine = _context.Model.CreatePredictionEngine<LabeledImage, ScoredImage>(model);
        ScoredImage[] single = [.. rows.Select(engine.Predict)];

        foreach (ScoredImage[] scored in new[] { batched, single })
            for (int i = 0; i < paths.Length; i++)
            {
                bool readable = paths[i] == good;
                Assert.AreEqual(readable, scored[i].PredictedLabel != 0, $"row {i}");
                Assert.IsTrue(readable ? scored[i].Score.SequenceEqual(scored[0].Score) : scored[i].Score.All(float.IsNaN), $"row {i}");
            }
        foreach (string path in new[] { truncated, empty, missing })
            Assert.AreEqual(2, messages.Count(message => message.Contains(path) && message.Contains("NaN")), string.Join('\n', messages));
    }

    [TestMethod]
    public void LoadedImages_ScoreAsTheirFilesDo()
    {
        IDataView paths = _context.Data.LoadFromEnumerable(TinyModel.TestSet.Select(image => new Photo { Photograph = image.ImagePath }));
        IDataView images = _context.Transforms.LoadImages("ImagePath", "", "Photograph").Fit(paths).Transform(paths);
        IDataView bytes = _context.Transforms.LoadRawImageBytes("ImagePath", "", "Photograph").Fit(paths).Transform(paths);
        float[] expected = Scores(_context.Data.LoadFromEnumerable(TinyModel.TestSet));
        CollectionAssert.AreEqual(expected, Scores(images));
        CollectionAssert.AreEqual(expected, Scores(bytes));

        float[] Scores(IDataView data) =>
            [.. _context.Data.CreateEnumerable<OnlyScore>(TinyModel.Transformer.Transform(data), reuseRowObject: false).SelectMany(row => row.Score)];
    }

    [TestMethod]
    [DoNotParallelize] // what other tests hold at the same time would count
    public void Memory_StaysFlat_WhateverTheNumberOfRows()
    {
        IDataView scored = TinyModel.Transformer.Transform(_context.Data.LoadFromEnumerable(Rows(2000)));
        using DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Score"]]);
        long Held(int rows)
        {
            for (int i = 0; i < rows; i++) Assert.IsTrue(cursor.MoveNext());
            return GC.GetTotalMemory(forceFullCollection: true);
        }
        long early = Held(200), late = Held(1700);
        Assert.IsTrue(late - early < 2_000_000, $"after 200 rows {early:N0} bytes were held, after 1,900 rows {late:N0}");
    }

    private static LabeledImage[] Rows(int count) => [.. Enumerable.Range(0, count).Select(i => TinyModel.TestSet[i % TinyModel.TestSet.Count])];

    /// <summary>A view that counts how often an image path is really read.</summary>
    private IDataView Observed(IEnumerable<LabeledImage> rows, Action whenRead)
    {
        IDataView source = _context.Data.LoadFromEnumerable(rows);
        return _context.Transforms.CustomMapping<PathIn, PathOut>((input, output) =>
        {
            whenRead();
            output.ImagePath = input.ImagePath;
        }, contractName: null).Fit(source).Transform(source);
    }

    private static ConvNeXtClassificationTransformer Reload(ConvNeXtClassificationTransformer model, MLContext context)
    {
        using var stream = new MemoryStream();
        context.Model.Save(model, null, stream);
        stream.Position = 0;
        return (ConvNeXtClassificationTransformer)context.Model.Load(stream, out _);
    }

    private sealed class Photo
    {
        public string Photograph { get; set; } = "";
    }

    private sealed class OnlyScore
    {
        public float[] Score { get; set; } = [];
    }

    private sealed class PathIn
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class PathOut
    {
        public string ImagePath { get; set; } = "";
    }
}
