using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Contract.Tests.Data;

[TestClass]
public sealed class RowOperationsTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _rows;

    public RowOperationsTests() => _rows = _ml.Data.LoadFromEnumerable(NumberedRow.Forty());

    [TestMethod]
    public void AShuffle_FollowsItsSeed()
    {
        IDataView shuffled = _ml.Data.ShuffleRows(_rows, seed: 1);
        float[] order = shuffled.GetColumn<float>("X").ToArray();
        Assert.AreEqual("31,12,11,29,5,10,16,22,32,19,23,4", string.Join(",", order.Take(12)));
        CollectionAssert.AreEqual(order, shuffled.GetColumn<float>("X").ToArray(), "each pass has the same order");
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 40).Select(i => (float)i).ToArray(), order);
        CollectionAssert.AreNotEqual(order, _ml.Data.ShuffleRows(_rows, seed: 2).GetColumn<float>("X").ToArray());
        Assert.IsTrue(shuffled.CanShuffle);
    }

    [TestMethod]
    public void ASmallPool_MovesRowsForwardByAtMostItsSize_AndKeepsRowsWhole()
    {
        IDataView shuffled = _ml.Data.ShuffleRows(_rows, seed: 5, shufflePoolSize: 4);
        NumberedRow[] rows = _ml.Data.CreateEnumerable<NumberedRow>(shuffled, reuseRowObject: false).ToArray();
        Assert.AreEqual(40, rows.Select(row => row.X).Distinct().Count());
        for (int i = 0; i < rows.Length; i++)
        {
            Assert.IsTrue(rows[i].X <= i + 3, $"row {rows[i].X} came at {i}");
            Assert.AreEqual("g" + (rows[i].X % 5), rows[i].G);
        }
    }

    [TestMethod]
    public void AShuffle_HandsOutCopiesOfVectors()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(SampleRow.Four());
        SampleRow[] rows = _ml.Data.CreateEnumerable<SampleRow>(_ml.Data.ShuffleRows(view, seed: 3), reuseRowObject: false).ToArray();
        CollectionAssert.AreEquivalent(_ml.Data.CreateEnumerable<SampleRow>(view, reuseRowObject: false).Select(row => row.ToString()).ToArray(),
            rows.Select(row => row.ToString()).ToArray());
    }

    [TestMethod]
    public void TakeAndSkip_KeepTheOrder_AndCount()
    {
        IDataView view = _ml.Data.TakeRows(_ml.Data.SkipRows(_rows, 5), 3);
        CollectionAssert.AreEqual(new float[] { 5, 6, 7 }, view.GetColumn<float>("X").ToArray());
        Assert.AreEqual(3L, view.GetRowCount());
        Assert.AreEqual(35L, _ml.Data.SkipRows(_rows, 5).GetRowCount());
        Assert.AreEqual(0L, _ml.Data.SkipRows(_rows, 50).GetRowCount());
        Assert.AreEqual(0, _ml.Data.SkipRows(_rows, 50).GetColumn<float>("X").Count());
        Assert.AreEqual(40, _ml.Data.TakeRows(_rows, long.MaxValue).GetColumn<float>("X").Count());
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.TakeRows(_rows, 0));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.SkipRows(_rows, -1));
    }

    [TestMethod]
    public void Take_ReadsNoRowBeyondIt()
    {
        int made = 0;
        IDataView view = _ml.Data.TakeRows(_ml.Data.LoadFromEnumerable(NumberedRow.Forty().Select(row =>
        {
            made++;
            return row;
        })), 3);
        Assert.AreEqual(3, view.GetColumn<float>("X").Count());
        Assert.AreEqual(3, made);
    }

    [TestMethod]
    public void FilterByColumn_TakesTheLowerBoundAndNotTheUpper()
    {
        CollectionAssert.AreEqual(new float[] { 3, 4, 5 }, _ml.Data.FilterRowsByColumn(_rows, "X", 3, 6).GetColumn<float>("X").ToArray());
        Assert.AreEqual(37, _ml.Data.FilterRowsByColumn(_rows, "X", lowerBound: 3).GetColumn<float>("X").Count());
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.FilterRowsByColumn(_rows, "G", 0, 1));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.FilterRowsByColumn(_rows, "X", 2, 2));
    }

    [TestMethod]
    public void FilterByColumn_LeavesOutNaN_AndReadsTheOtherColumnsOfTheRow()
    {
        IDataView view = _ml.Data.LoadFromEnumerable([new NumberedRow { X = float.NaN, G = "a" }, new NumberedRow { X = 1, G = "b" }]);
        CollectionAssert.AreEqual(new[] { "b" }, _ml.Data.FilterRowsByColumn(view, "X").GetColumn<string>("G").ToArray());
    }

    [TestMethod]
    public void FilterByKeyFraction_CutsTheKeysRange()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(SampleRow.Four());
        CollectionAssert.AreEqual(new uint[] { 1, 2 }, _ml.Data.FilterRowsByKeyColumnFraction(view, "K", 0, 0.6).GetColumn<uint>("K").ToArray());
        CollectionAssert.AreEqual(new uint[] { 3 }, _ml.Data.FilterRowsByKeyColumnFraction(view, "K", 0.6, 1).GetColumn<uint>("K").ToArray());
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.FilterRowsByKeyColumnFraction(view, "L", 0, 1));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.FilterRowsByKeyColumnFraction(view, "K", 0, 1.5));
    }

    [TestMethod]
    public void FilterByMissingValues_KnowsNaN_MissingKeys_AndVectorsOfThem()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(
        [
            new SampleRow { K = 0, V = [1, 2], Var = [] },
            new SampleRow { K = 1, V = [1, float.NaN], Var = [1] },
            new SampleRow { K = 9, V = [1, 2], Var = [2] },
            new SampleRow { K = 2, V = [3, 4], Var = [float.NaN] },
        ]);
        CollectionAssert.AreEqual(new uint[] { 1, 2, 3 }, _ml.Data.FilterRowsByMissingValues(view, "K").GetColumn<uint>("K").ToArray());
        CollectionAssert.AreEqual(new uint[] { 1, 0, 3 }, _ml.Data.FilterRowsByMissingValues(view, "V").GetColumn<uint>("K").ToArray());
        CollectionAssert.AreEqual(new uint[] { 1 }, _ml.Data.FilterRowsByMissingValues(view, "K", "V", "Var").GetColumn<uint>("K").ToArray());
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.FilterRowsByMissingValues(view, "L"));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.FilterRowsByMissingValues(view));
    }

    [TestMethod]
    public void FilterByPredicate_DropsTheRowsForWhichItIsTrue()
    {
        IDataView view = _ml.Data.FilterByCustomPredicate<NumberedRow>(_rows, row => row.X > 3 || row.G == "g1");
        CollectionAssert.AreEqual(new float[] { 0, 2, 3 }, view.GetColumn<float>("X").ToArray());
        CollectionAssert.AreEqual(new[] { "g0", "g2", "g3" }, view.GetColumn<string>("G").ToArray());
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.FilterByCustomPredicate<SampleRow>(_rows, row => true));
    }

    [TestMethod]
    public void ACache_ReadsItsSourceOncePerColumn_AndCanShuffle()
    {
        int made = 0;
        IDataView cached = _ml.Data.Cache(_ml.Data.LoadFromEnumerable(Generate()));
        Assert.IsTrue(cached.CanShuffle);
        for (int pass = 0; pass < 3; pass++)
            CollectionAssert.AreEqual(Enumerable.Range(0, 200).Select(i => (float)i).ToArray(), cached.GetColumn<float>("X").ToArray());
        Assert.AreEqual(200, made);
        Assert.AreEqual(200L, cached.GetRowCount());
        Assert.AreEqual("g7", cached.GetColumn<string>("G").ElementAt(7));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.Cache(_rows, "Nothing"));

        using DataViewRowCursor cursor = cached.GetRowCursor(cached.Schema, new Random(3));
        ValueGetter<float> x = cursor.GetGetter<float>(cached.Schema["X"]);
        ValueGetter<ReadOnlyMemory<char>> g = cursor.GetGetter<ReadOnlyMemory<char>>(cached.Schema["G"]);
        var order = new List<float>();
        while (cursor.MoveNext())
        {
            float value = 0;
            ReadOnlyMemory<char> name = default;
            x(ref value);
            g(ref name);
            Assert.AreEqual("g" + value, name.ToString());
            order.Add(value);
        }

        Assert.AreEqual(200, order.Distinct().Count());
        Assert.IsFalse(order.SequenceEqual(order.Order()));

        IEnumerable<NumberedRow> Generate()
        {
            for (int i = 0; i < 200; i++)
            {
                made++;
                yield return new NumberedRow { X = i, G = "g" + i };
            }
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void ASetOfCursors_HasEveryRowOnce_AndItsBatchesGiveTheOrderBack(bool filtered)
    {
        IDataView view = _ml.Data.Cache(_ml.Data.LoadFromEnumerable(Enumerable.Range(0, 1000).Select(i => new NumberedRow { X = i })));
        if (filtered)
            view = _ml.Data.FilterRowsByColumn(view, "X", 100, 900);
        var rows = new List<(long Batch, float X)>();
        foreach (DataViewRowCursor cursor in view.GetRowCursorSet([view.Schema["X"]], 3))
        {
            using (cursor)
            {
                ValueGetter<float> x = cursor.GetGetter<float>(view.Schema["X"]);
                long batch = -1;
                while (cursor.MoveNext())
                {
                    Assert.IsTrue(cursor.Batch >= batch, "batches ascend");
                    batch = cursor.Batch;
                    float value = 0;
                    x(ref value);
                    rows.Add((batch, value));
                }
            }
        }

        float[] expected = [.. Enumerable.Range(filtered ? 100 : 0, filtered ? 800 : 1000).Select(i => (float)i)];
        CollectionAssert.AreEquivalent(expected, rows.Select(row => row.X).ToArray());
        if (rows.Select(row => row.Batch).Distinct().Count() > 1)
            CollectionAssert.AreEqual(expected, rows.OrderBy(row => row.Batch).Select(row => row.X).ToArray());
    }

    [TestMethod]
    public void GetColumn_ReadsTheTypeOfTheColumn_TextAsString_VectorsAsArrays()
    {
        IDataView view = _ml.Data.LoadFromEnumerable([new EveryType { S = "a", SV = ["b", "c"], F3 = [1, 2, 3], VB = new VBuffer<float>(3, 1, [5], [1]) }]);
        Assert.AreEqual("a", view.GetColumn<string>("S").Single());
        Assert.AreEqual("a", view.GetColumn<ReadOnlyMemory<char>>("S").Single().ToString());
        CollectionAssert.AreEqual(new[] { "b", "c" }, view.GetColumn<string[]>("SV").Single());
        CollectionAssert.AreEqual(new float[] { 1, 2, 3 }, view.GetColumn<float[]>(view.Schema["F3"]).Single());
        CollectionAssert.AreEqual(new float[] { 0, 5, 0 }, view.GetColumn<float[]>("VB").Single());
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => view.GetColumn<int>("S"));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => view.GetColumn<double[]>("F3"));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => view.GetColumn<int>("Nothing"));
    }

    [TestMethod]
    public void APreview_HoldsTheFirstRows()
    {
        DataDebuggerPreview preview = _rows.Preview(maxRows: 3);
        Assert.AreEqual("2 columns, 3 rows", preview.ToString());
        CollectionAssert.AreEqual(new object[] { 0f, 1f, 2f }, preview.ColumnView[0].Values);
        Assert.AreEqual("G: String", preview.ColumnView[1].ToString());
        Assert.AreEqual(new KeyValuePair<string, object>("X", 1f), preview.RowView[1].Values[0]);
        Assert.AreEqual("3 columns, 100 rows", _ml.Transforms.CopyColumns("Y", "X").Preview(_ml.Data.LoadFromEnumerable(new NumberedRow[200].Select(_ =>
            new NumberedRow()))).ToString());
    }
}
