using ConvNeXt.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLNet.Contract.Tests.Transforms;

/// <summary>Every transform, saved and loaded, gives the same output, alone and in a chain.</summary>
[TestClass]
public class SavedTransformTests : TransformTestBase
{
    private static readonly string[] KeyColumns =
        ["A", "B", "Name", "Whole", "Flag", "When", "Zone", "Long", "Span", "Small", "Big", "Double", "Short", "Word", "SmallSigned", "Unsigned"];

    private static readonly DateTimeOffset East = new(2024, 1, 2, 3, 4, 5, TimeSpan.FromHours(2));
    private static readonly DateTimeOffset West = new(2000, 1, 2, 3, 4, 5, TimeSpan.FromHours(-8));

    private IDataView Rows => Load(
        new Row { A = 1.5f, B = [2, float.NaN], Name = "x", Whole = 7, Flag = true, When = new DateTime(2024, 5, 6, 7, 8, 9), Zone = East },
        new Row { A = -4, B = [5, 6], Name = "größe", Whole = -9, Flag = false, When = new DateTime(1999, 1, 1), Zone = West },
        new Row { A = 1.5f, B = [2, 6], Name = "x", Whole = 7, Flag = true, Long = 1L << 40, Span = TimeSpan.FromSeconds(2.5) });

    [TestMethod]
    public void KeysOfEveryType_MapTheSameAfterLoading()
    {
        ITransformer model = Ml.Transforms.Conversion.MapValueToKey([.. KeyColumns.Select(n => new InputOutputColumnPair("K" + n, n))])
            .Append(Ml.Transforms.Conversion.MapKeyToValue([.. KeyColumns.Select(n => new InputOutputColumnPair("V" + n, "K" + n))])).Fit(Rows);
        ITransformer loaded = SaveAndLoad(model, Rows.Schema);
        foreach (string name in KeyColumns)
        {
            AssertSameColumn(model, loaded, "K" + name);
            AssertSameColumn(model, loaded, "V" + name);
        }
        Assert.AreEqual("x,größe", KeyValues<ReadOnlyMemory<char>>(loaded.GetOutputSchema(Rows.Schema)["KName"]));
    }

    [TestMethod]
    public void KeysOfKeys_AreSaved()
    {
        ITransformer model = Ml.Transforms.Conversion.MapValueToKey("K", "Name").Append(Ml.Transforms.Conversion.MapValueToKey("K2", "K")).Fit(Rows);
        ITransformer loaded = SaveAndLoad(model, Rows.Schema);
        AssertSameColumn(model, loaded, "K2");
        Assert.AreEqual("x,größe", KeyValues<ReadOnlyMemory<char>>(loaded.GetOutputSchema(Rows.Schema)["K2"]));
    }

    [TestMethod]
    public void KeyValuesAsText_StayText()
    {
        ITransformer model = Ml.Transforms.Conversion.MapValueToKey("K", "A", addKeyValueAnnotationsAsText: true).Fit(Rows);
        Assert.AreEqual("1.5,-4", KeyValues<ReadOnlyMemory<char>>(SaveAndLoad(model, Rows.Schema).GetOutputSchema(Rows.Schema)["K"]));
    }

    [TestMethod]
    public void AnEmptyDictionary_IsSaved()
    {
        ITransformer model = Ml.Transforms.Conversion.MapValueToKey("K", "L").Fit(Texts("", ""));
        IDataView mapped = SaveAndLoad(model, Texts().Schema).Transform(Texts("a", ""));
        Assert.AreEqual("Key<UInt32, 0-0>", mapped.Schema["K"].Type.ToString());
        Assert.AreEqual("0,0", Values<uint>(mapped, "K"));
        Assert.AreEqual("", Annotations(mapped.Schema["K"]));
    }

    [TestMethod]
    public void ColumnTransforms_DoTheSameAfterLoading()
    {
        ITransformer model = Ml.Transforms.CopyColumns("C", "A").Append(Ml.Transforms.Concatenate("All", "C", "B", "A")).Append(Ml.Transforms.DropColumns("B"))
            .Append(Ml.Transforms.SelectColumns("All", "Name", "C")).Fit(Rows);
        ITransformer loaded = SaveAndLoad(model, Rows.Schema);
        Assert.AreEqual("All:Vector<Single, 4>; Name:String; C:Single", Describe(loaded.GetOutputSchema(Rows.Schema)));
        Assert.AreEqual(SlotNames(model.GetOutputSchema(Rows.Schema)["All"]), SlotNames(loaded.GetOutputSchema(Rows.Schema)["All"]));
        AssertSameColumn(model, loaded, "All");
        AssertSameColumn(model, loaded, "C");
    }

    [TestMethod]
    public void ASecondSaving_WritesTheSameBytes()
    {
        ITransformer model = EveryTransform();
        using MemoryStream first = Save(model), second = Save(SaveAndLoad(model, Rows.Schema));
        ModelEntries.AssertSame(ModelEntries.Read(first), ModelEntries.Read(second));
    }

    [TestMethod]
    public void TheSameModel_IsWrittenAsTheOfficialOneWasRecorded()
    {
        using MemoryStream written = Save(EveryTransform());
        using FileStream recorded = File.OpenRead(TestFolders.Data("mlnet", "every_column_transform.zip"));
        ModelEntries.AssertSame(WithoutVersion(ModelEntries.Read(recorded)), WithoutVersion(ModelEntries.Read(written)));
    }

    private ITransformer EveryTransform() =>
        Ml.Transforms.Conversion.MapValueToKey([.. KeyColumns.Select(n => new InputOutputColumnPair("K" + n, n))], addKeyValueAnnotationsAsText: true)
            .Append(Ml.Transforms.Conversion.MapValueToKey("Sorted", "Name", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue))
            .Append(Ml.Transforms.Conversion.MapValueToKey("KeyOfKey", "KA"))
            .Append(Ml.Transforms.Conversion.MapKeyToValue([.. KeyColumns.Select(n => new InputOutputColumnPair("V" + n, "K" + n))]))
            .Append(Ml.Transforms.Concatenate("All", "A", "B", "A"))
            .Append(Ml.Transforms.CopyColumns("Copy", "KeyOfKey"))
            .Append(Ml.Transforms.DropColumns("B", "Whole"))
            .Append(Ml.Transforms.SelectColumns(["All", "Copy", "Sorted"], keepHidden: true))
            .Fit(Rows);

    private static List<(string Name, byte[] Bytes)> WithoutVersion(List<(string Name, byte[] Bytes)> entries) =>
        [.. entries.Where(entry => entry.Name != "TrainingInfo/Version.txt")];

    private MemoryStream Save(ITransformer model)
    {
        var stream = new MemoryStream();
        Ml.Model.Save(model, Rows.Schema, stream);
        stream.Position = 0;
        return stream;
    }

    private void AssertSameColumn(ITransformer expected, ITransformer actual, string column)
    {
        IDataView before = expected.Transform(Rows), after = actual.Transform(Rows);
        Assert.AreEqual(before.Schema[column].Type, after.Schema[column].Type);
        Assert.AreEqual(3, Texts(after, column).Length);
        CollectionAssert.AreEqual(Texts(before, column), Texts(after, column), column);
    }

    private static string[] Texts(IDataView view, string column) =>
        [.. view.Preview().ColumnView.Single(c => c.Column.Name == column && !c.Column.IsHidden).Values.Select(value => value.ToString()!)];

    public sealed class Row
    {
        public float A;

        [VectorType(2)]
        public float[] B = [];

        public string Name = "";

        public int Whole;

        public bool Flag;

        public DateTime When;

        public DateTimeOffset Zone;

        public long Long;

        public TimeSpan Span;

        public byte Small = 3;

        public ulong Big = ulong.MaxValue;

        public double Double = 0.1;

        public short Short = -2;

        public ushort Word = 65535;

        public sbyte SmallSigned = -128;

        public uint Unsigned = 11;
    }
}
