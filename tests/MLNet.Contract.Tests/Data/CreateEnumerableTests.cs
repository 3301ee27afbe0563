using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Contract.Tests.Data;

[TestClass]
public sealed class CreateEnumerableTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void Objects_GetKeysAsTheyAreInTheView_EmptyArraysAsNull_TextsNeverNull()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(SampleRow.Four());
        Assert.AreEqual("K=1 V=1 Var=null L='' | K=3 V=1,2 Var=[1] L='b' | K=0 V=0,0 Var=null L='a' | K=2 V=null Var=null L='b'",
            string.Join(" | ", _ml.Data.CreateEnumerable<SampleRow>(view, reuseRowObject: false)));
    }

    [TestMethod]
    public void AReusedRow_IsTheSameObject_WithNewValues()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(NumberedRow.Forty());
        NumberedRow? first = null;
        int count = 0;
        foreach (NumberedRow row in _ml.Data.CreateEnumerable<NumberedRow>(view, reuseRowObject: true))
        {
            first ??= row;
            Assert.AreSame(first, row);
            Assert.AreEqual(count++, row.X);
        }

        Assert.AreEqual(40, _ml.Data.CreateEnumerable<NumberedRow>(view, reuseRowObject: false).Distinct().Count());
    }

    [TestMethod]
    public void AReusedArray_IsKeptWhereItFits_AndReplacedWhereNot()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(SampleRow.Four());
        var arrays = new List<float[]?>();
        foreach (SampleRow row in _ml.Data.CreateEnumerable<SampleRow>(view, reuseRowObject: true))
            arrays.Add(row.V);
        Assert.AreNotSame(arrays[0], arrays[1]);
        Assert.AreSame(arrays[1], arrays[2]);
        Assert.AreEqual(0, arrays[3]!.Length, "an array that was there is replaced by an empty one, not by null");
    }

    [TestMethod]
    public void AMemberWithoutAColumn_IsAnError_OrLeftAlone()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(SampleRow.Four());
        var error = Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.CreateEnumerable<NumberedRow>(view, reuseRowObject: false));
        Assert.AreEqual("Could not find  column 'X' (Parameter 'Schema')", error.Message);
        NumberedRow row = _ml.Data.CreateEnumerable<NumberedRow>(view, reuseRowObject: false, ignoreMissingColumns: true).First();
        Assert.AreEqual((0f, (string?)null), (row.X, row.G));
    }

    [TestMethod]
    public void AMemberOfAnotherType_IsAnError_ThatNamesBoth()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(SampleRow.Four());
        var error = Assert.ThrowsException<InvalidOperationException>(() => _ml.Data.CreateEnumerable<LabelAsNumber>(view, reuseRowObject: false));
        Assert.AreEqual("Can't bind the IDataView column 'L' of type 'String' to field or property 'L' of type 'System.UInt32'.", error.Message);
        Assert.ThrowsException<InvalidOperationException>(() => _ml.Data.CreateEnumerable<VectorAsNumber>(view, reuseRowObject: false));
    }

    [TestMethod]
    public void ASchemaDefinition_SaysWhichColumnAMemberIsFilledFrom()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(NumberedRow.Forty());
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Target), SchemaDefinition.Direction.Write);
        definition["Name"]!.ColumnName = "G";
        Assert.AreEqual("g3", _ml.Data.CreateEnumerable<Target>(view, reuseRowObject: false, schemaDefinition: definition).ElementAt(3).Name);
    }

    [TestMethod]
    public void EachEnumeration_ReadsTheViewAgain()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(NumberedRow.Forty());
        IEnumerable<NumberedRow> rows = _ml.Data.CreateEnumerable<NumberedRow>(view, reuseRowObject: false);
        Assert.AreEqual(40, rows.Count());
        Assert.AreEqual(40, rows.Count());
    }

    [TestMethod]
    public void GetOnlyProperties_AreRead_AndNotWritten()
    {
        IDataView view = _ml.Data.LoadFromEnumerable([new EveryType { Prop = 4 }]);
        Assert.AreEqual(8f, view.GetColumn<float>("ReadOnlyProp").Single());
        Assert.AreEqual(4f, _ml.Data.CreateEnumerable<EveryType>(view, reuseRowObject: false).Single().Prop);
    }

    private sealed class LabelAsNumber
    {
        public uint L { get; set; }
    }

    private sealed class VectorAsNumber
    {
        public float V { get; set; }
    }

    private sealed class Target
    {
        public string? Name { get; set; }
    }
}
