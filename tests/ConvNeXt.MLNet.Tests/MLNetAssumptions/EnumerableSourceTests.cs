using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.MLNetAssumptions;

/// <summary>Each cursor over an enumerable reads it anew, row by row; so Scoring/ScoredDataView.cs opens one.</summary>
[TestClass]
public sealed class EnumerableSourceTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void Rows_AreStreamed_AndReadAgainByEachCursor()
    {
        int made = 0;
        IDataView view = _context.Data.LoadFromEnumerable(Generate());
        Assert.AreEqual(0, made, "nothing is read before a cursor asks");
        using (DataViewRowCursor cursor = view.GetRowCursor(view.Schema))
        {
            Assert.IsTrue(cursor.MoveNext());
            Assert.IsTrue(cursor.MoveNext());
            Assert.AreEqual(2, made);
        }
        Assert.AreEqual(100, view.GetColumn<float>("X").Count());
        Assert.AreEqual(102, made);

        IEnumerable<NumberedRow> Generate()
        {
            for (int i = 0; i < 100; i++)
            {
                made++;
                yield return new NumberedRow { X = i };
            }
        }
    }

    [TestMethod]
    public void ANullRow_Throws_WhenItIsRead()
    {
        IDataView view = _context.Data.LoadFromEnumerable(new List<NumberedRow> { new(), null! });
        Assert.ThrowsExactly<InvalidOperationException>(() => view.GetColumn<float>("X").Count());
    }
}

/// <summary>A row with a number and a text that belongs to it.</summary>
internal sealed class NumberedRow
{
    public float X { get; set; }

    public string Name { get; set; } = "";

    public static NumberedRow[] Create(int count) => [.. Enumerable.Range(0, count).Select(i => new NumberedRow { X = i, Name = $"row {i}" })];
}
