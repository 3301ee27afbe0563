using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.MLNetAssumptions;

/// <summary>Two cursors with the same seed go in the same order, whatever columns each reads; else Scoring/ScoredDataView.cs pairs the wrong rows.</summary>
[TestClass]
public sealed class RowOrderTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void AShuffle_FollowsItsSeed_InEachPass()
    {
        IDataView rows = _context.Data.LoadFromEnumerable(NumberedRow.Create(40));
        IDataView shuffled = _context.Data.ShuffleRows(rows, seed: 1);
        float[] order = [.. shuffled.GetColumn<float>("X")];
        CollectionAssert.AreEqual(order, shuffled.GetColumn<float>("X").ToArray());
        CollectionAssert.AreEqual(order.Select(x => $"row {x}").ToArray(), shuffled.GetColumn<string>("Name").ToArray());
        CollectionAssert.AreNotEqual(order, _context.Data.ShuffleRows(rows, seed: 2).GetColumn<float>("X").ToArray());
        CollectionAssert.AreNotEqual(order, rows.GetColumn<float>("X").ToArray());
    }

    [TestMethod]
    public void ACache_GivesTwoCursorsAtOnce_TheSameRandomOrder_AndReadsItsSourceOnce()
    {
        int read = 0;
        IEnumerable<NumberedRow> source = NumberedRow.Create(200).Select(row =>
        {
            Interlocked.Increment(ref read);
            return row;
        });
        IDataView cached = _context.Data.Cache(_context.Data.LoadFromEnumerable(source), "X", "Name");
        Assert.IsTrue(cached.CanShuffle);
        using DataViewRowCursor numbers = cached.GetRowCursor([cached.Schema["X"]], new Random(5));
        using DataViewRowCursor names = cached.GetRowCursor([cached.Schema["Name"]], new Random(5));
        ValueGetter<float> getNumber = numbers.GetGetter<float>(cached.Schema["X"]);
        ValueGetter<ReadOnlyMemory<char>> getName = names.GetGetter<ReadOnlyMemory<char>>(cached.Schema["Name"]);
        var order = new List<float>();
        while (numbers.MoveNext())
        {
            Assert.IsTrue(names.MoveNext());
            float number = 0;
            ReadOnlyMemory<char> name = default;
            getNumber(ref number);
            getName(ref name);
            Assert.AreEqual($"row {number}", name.ToString());
            order.Add(number);
        }
        Assert.AreEqual(200, order.Distinct().Count());
        Assert.IsFalse(order.SequenceEqual(order.Order()));
        Assert.AreEqual(200, read);
    }
}
