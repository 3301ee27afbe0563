using Microsoft.ML;
using Microsoft.ML.Data;

namespace Compat.Tests.Data;

/// <summary>Views stream: what a pass over many rows allocates does not grow with the rows.</summary>
[TestClass]
public sealed class StreamingTests
{
    private const int Rows = 100_000;

    private readonly MLContext _ml = new(seed: 1);
    private readonly Item[] _items = [.. Enumerable.Range(0, 8).Select(i => new Item { X = i, Name = "name " + i, V = [i, i + 1, i + 2], K = (uint)i })];

    [TestMethod]
    public void ACursorOverObjects_AllocatesNothingPerRow()
        => AssertFlat(() => Read(_ml.Data.LoadFromEnumerable(Items())));

    [TestMethod]
    public void TakeSkipFilterAndSplit_AllocateNothingPerRow()
    {
        AssertFlat(() => Read(_ml.Data.TakeRows(_ml.Data.SkipRows(_ml.Data.LoadFromEnumerable(Items()), 1000), Rows - 2000)));
        AssertFlat(() => Read(_ml.Data.FilterRowsByColumn(_ml.Data.LoadFromEnumerable(Items()), nameof(Item.X), 0, 6)));
        AssertFlat(() => Read(_ml.Data.TrainTestSplit(_ml.Data.LoadFromEnumerable(Items()), 0.5).TrainSet));
        AssertFlat(() => Read(_ml.Data.TrainTestSplit(_ml.Data.LoadFromEnumerable(Items()), 0.5, nameof(Item.Name)).TrainSet));
    }

    [TestMethod]
    public void AShuffle_AllocatesForItsPoolOnly()
        => AssertFlat(() => Read(_ml.Data.ShuffleRows(_ml.Data.LoadFromEnumerable(Items()), seed: 1, shufflePoolSize: 500)), limit: 500 * 256);

    [TestMethod]
    public void AReusedObject_AllocatesNothingPerRow_ButItsTexts()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(Items());
        AssertFlat(() =>
        {
            int count = 0;
            foreach (Numbers row in _ml.Data.CreateEnumerable<Numbers>(view, reuseRowObject: true))
                count += row.V!.Length;
            return count;
        });
    }

    private static void AssertFlat(Func<int> pass, long limit = 64 * 1024)
    {
        pass();
        long before = GC.GetAllocatedBytesForCurrentThread();
        int rows = pass();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.IsTrue(rows > Rows / 4, $"{rows} rows");
        Assert.IsTrue(allocated < limit, $"{allocated:N0} bytes over {rows:N0} rows");
    }

    private static int Read(IDataView view)
    {
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        ValueGetter<float> x = cursor.GetGetter<float>(view.Schema[nameof(Item.X)]);
        ValueGetter<ReadOnlyMemory<char>> name = cursor.GetGetter<ReadOnlyMemory<char>>(view.Schema[nameof(Item.Name)]);
        ValueGetter<VBuffer<float>> v = cursor.GetGetter<VBuffer<float>>(view.Schema[nameof(Item.V)]);
        ValueGetter<uint> k = cursor.GetGetter<uint>(view.Schema[nameof(Item.K)]);
        float xs = 0;
        ReadOnlyMemory<char> names = default;
        VBuffer<float> vs = default;
        uint ks = 0;
        int rows = 0;
        for (; cursor.MoveNext(); rows++)
        {
            x(ref xs);
            name(ref names);
            v(ref vs);
            k(ref ks);
            Assert.IsTrue(ks == xs + 1 && vs.GetValues()[2] == xs + 2 && names.Length == 6);
        }

        return rows;
    }

    private IEnumerable<Item> Items() => Enumerable.Range(0, Rows).Select(i => _items[i % _items.Length]);

    internal sealed class Item
    {
        public float X { get; set; }

        public string? Name { get; set; }

        [VectorType(3)]
        public float[]? V { get; set; }

        [KeyType(8)]
        public uint K { get; set; }
    }

    internal sealed class Numbers
    {
        public float X { get; set; }

        public float[]? V { get; set; }

        public uint K { get; set; }
    }
}
