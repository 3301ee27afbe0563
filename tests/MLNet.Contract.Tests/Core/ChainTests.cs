using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Contract.Tests.Core;

/// <summary>Chains of estimators and transformers, and saving and loading them.</summary>
[TestClass]
public class ChainTests
{
    private readonly MLContext _ml = new(seed: 1);

    private IDataView Rows => _ml.Data.LoadFromEnumerable([new Row { A = 1, Name = "x" }, new Row { A = 2, Name = "y" }]);

    [TestMethod]
    public void AnEstimatorChain_FitsOneAfterAnother()
    {
        var chain = _ml.Transforms.CopyColumns("B", "A").Append(_ml.Transforms.CopyColumns("C", "B"));
        var model = chain.Fit(Rows);
        Assert.AreEqual(2, model.Count());
        Assert.IsNotNull(model.LastTransformer);
        CollectionAssert.AreEqual(new float[] { 1, 2 }, model.Transform(Rows).GetColumn<float>("C").ToArray());
        Assert.AreEqual("A,Name,B,C", string.Join(",", model.GetOutputSchema(Rows.Schema).Select(column => column.Name)));
    }

    [TestMethod]
    public void AMissingColumn_IsToldBeforeAnythingIsFitted()
    {
        bool fitted = false;
        var chain = _ml.Transforms.CopyColumns("B", "A").WithOnFitDelegate(_ => fitted = true).Append(_ml.Transforms.CopyColumns("C", "None"));
        var error = Assert.ThrowsException<ArgumentOutOfRangeException>(() => chain.Fit(Rows));
        StringAssert.Contains(error.Message, "'None'");
        Assert.IsFalse(fitted);
    }

    [TestMethod]
    public void WithOnFitDelegate_GivesTheTransformer()
    {
        ITransformer? given = null;
        var model = _ml.Transforms.CopyColumns("B", "A").WithOnFitDelegate(transformer => given = transformer).Fit(Rows);
        Assert.AreSame(model, given);
    }

    [TestMethod]
    public void ACacheCheckpoint_ReadsItsInputOnce()
    {
        int read = 0;
        IEnumerable<Row> Count()
        {
            read++;
            yield return new Row { A = 1, Name = "x" };
        }
        var data = _ml.Data.LoadFromEnumerable(Count());
        var keys = _ml.Transforms.CopyColumns("B", "Name").AppendCacheCheckpoint(_ml)
            .Append(_ml.Transforms.Conversion.MapValueToKey("K1", "B")).Append(_ml.Transforms.Conversion.MapValueToKey("K2", "B"));
        keys.Fit(data);
        Assert.AreEqual(1, read);
    }

    [TestMethod]
    public void Scopes_ChooseTheMembers()
    {
        var copy = _ml.Transforms.CopyColumns("B", "A").Fit(Rows);
        var again = _ml.Transforms.CopyColumns("C", "A").Fit(Rows);
        var chain = new TransformerChain<ITransformer>([copy, again], [TransformerScope.TrainTest, TransformerScope.Everything]);
        Assert.IsNull(chain.Transform(Rows).Schema.GetColumnOrNull("B"));
        Assert.IsNotNull(chain.Transform(Rows, TransformerScope.Training).Schema.GetColumnOrNull("B"));
        Assert.AreEqual(1, chain.GetModelFor(TransformerScope.Scoring).Count());
    }

    [TestMethod]
    public void AnAddedColumn_StandsBehindTheOneItHides()
    {
        var data = _ml.Transforms.CopyColumns("A", "Name").Fit(Rows).Transform(Rows);
        Assert.AreEqual("A: Single | A: String | Name: String", string.Join(" | ", data.Schema));
        Assert.IsTrue(data.Schema[0].IsHidden);
        Assert.AreEqual(1, data.Schema["A"].Index);
    }

    [TestMethod]
    public void ASavedChain_LoadsWithItsSchema()
    {
        var model = _ml.Transforms.Conversion.MapValueToKey("Key", "Name").Append(_ml.Transforms.Conversion.MapKeyToValue("Back", "Key")).Fit(Rows);
        using var stream = new MemoryStream();
        _ml.Model.Save(model, Rows.Schema, stream);

        var loaded = new MLContext().Model.Load(stream, out var schema);
        Assert.AreEqual("A: Single | Name: String", string.Join(" | ", schema));
        CollectionAssert.AreEqual(new[] { "x", "y" }, loaded.Transform(Rows).GetColumn<string>("Back").ToArray());
    }

    [TestMethod]
    public void ASchemaWithAnnotations_IsSavedWithThem()
    {
        var keys = _ml.Transforms.Conversion.MapValueToKey("Key", "Name").Fit(Rows);
        var data = keys.Transform(Rows);
        using var stream = new MemoryStream();
        _ml.Model.Save(_ml.Transforms.CopyColumns("B", "A").Fit(data), data.Schema, stream);

        new MLContext().Model.Load(stream, out var schema);
        Assert.AreEqual("Key<UInt32, 0-1>", schema["Key"].Type.ToString());
        VBuffer<ReadOnlyMemory<char>> values = default;
        schema["Key"].GetKeyValues(ref values);
        Assert.AreEqual("x,y", string.Join(",", values.DenseValues()));
    }

    [TestMethod]
    public void ALoadedModel_MapsSingleRows()
    {
        var model = _ml.Transforms.CopyColumns("B", "A").Append(_ml.Transforms.CopyColumns("C", "B")).Fit(Rows);
        using var stream = new MemoryStream();
        _ml.Model.Save(model, Rows.Schema, stream);
        var loaded = _ml.Model.Load(stream, out _);
        Assert.IsTrue(loaded.IsRowToRowMapper);
        var mapper = loaded.GetRowToRowMapper(Rows.Schema);
        var needed = mapper.GetDependencies([mapper.OutputSchema["C"]]);
        Assert.AreEqual("A", string.Join(",", needed.Select(column => column.Name)));
    }

    [TestMethod]
    public void Cursors_GiveOnlyTheColumnsAskedFor()
    {
        var data = _ml.Transforms.CopyColumns("B", "A").Fit(Rows).Transform(Rows);
        using var cursor = data.GetRowCursor([data.Schema["B"]]);
        Assert.IsTrue(cursor.IsColumnActive(data.Schema["B"]));
        Assert.IsFalse(cursor.IsColumnActive(data.Schema["Name"]));
        var getter = cursor.GetGetter<float>(data.Schema["B"]);
        Assert.ThrowsException<InvalidOperationException>(() => cursor.GetGetter<int>(data.Schema["B"]));
        Assert.AreEqual(-1, cursor.Position);
        float value = 0;
        for (int row = 0; cursor.MoveNext(); row++)
        {
            getter(ref value);
            Assert.AreEqual(row + 1, value);
            Assert.AreEqual(row, cursor.Position);
        }
        Assert.IsFalse(cursor.MoveNext());
    }

    private sealed class Row
    {
        public float A { get; set; }

        public string Name { get; set; } = "";
    }
}
