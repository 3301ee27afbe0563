using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Contract.Tests.Core;

/// <summary>Schemas, their types and annotations.</summary>
[TestClass]
public class SchemaTests
{
    [TestMethod]
    public void ALaterColumn_HidesTheEarlierOfItsName()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("A", NumberDataViewType.Single);
        builder.AddColumn("B", TextDataViewType.Instance);
        builder.AddColumn("A", NumberDataViewType.Int32);
        var schema = builder.ToSchema();

        Assert.AreEqual(3, schema.Count);
        CollectionAssert.AreEqual(new[] { true, false, false }, schema.Select(column => column.IsHidden).ToArray());
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, schema.Select(column => column.Index).ToArray());
        Assert.AreEqual(2, schema["A"].Index);
        Assert.AreEqual(NumberDataViewType.Single, schema[0].Type);
    }

    [TestMethod]
    public void AMissingColumn_IsNullOrAnError()
    {
        var schema = new DataViewSchema.Builder().ToSchema();
        Assert.IsNull(schema.GetColumnOrNull("A"));
        var error = Assert.ThrowsException<ArgumentOutOfRangeException>(() => schema["A"]);
        StringAssert.Contains(error.Message, "Column 'A' not found");
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => schema[0]);
        Assert.ThrowsException<ArgumentNullException>(() => schema.GetColumnOrNull(""));
    }

    [TestMethod]
    public void Types_PrintTheirNames()
    {
        Assert.AreEqual("String", TextDataViewType.Instance.ToString());
        Assert.AreEqual("Boolean", BooleanDataViewType.Instance.ToString());
        Assert.AreEqual("SByte", NumberDataViewType.SByte.ToString());
        Assert.AreEqual("Double", NumberDataViewType.Double.ToString());
        Assert.AreEqual("DateTimeOffset", DateTimeOffsetDataViewType.Instance.ToString());
        Assert.AreEqual("DataViewRowId", RowIdDataViewType.Instance.ToString());
        Assert.AreEqual("Key<UInt32, 0-4>", new KeyDataViewType(typeof(uint), 5).ToString());
        Assert.AreEqual("Key<Byte, 0-254>", new KeyDataViewType(typeof(byte), 255).ToString());
        Assert.AreEqual("Vector<Single>", new VectorDataViewType(NumberDataViewType.Single).ToString());
        Assert.AreEqual("Vector<Single, 3>", new VectorDataViewType(NumberDataViewType.Single, 3).ToString());
        Assert.AreEqual("Vector<Single, 2, 3>", new VectorDataViewType(NumberDataViewType.Single, 2, 3).ToString());
        Assert.AreEqual("Vector<Single, *, 3>", new VectorDataViewType(NumberDataViewType.Single, 0, 3).ToString());
        Assert.AreEqual("Vector<Key<UInt32, 0-4>, 2>", new VectorDataViewType(new KeyDataViewType(typeof(uint), 5), 2).ToString());
    }

    [TestMethod]
    public void Types_AreEqualByWhatTheySay()
    {
        Assert.AreEqual(new KeyDataViewType(typeof(uint), 5), new KeyDataViewType(typeof(uint), 5));
        Assert.AreNotEqual(new KeyDataViewType(typeof(uint), 5), new KeyDataViewType(typeof(uint), 6));
        Assert.AreNotEqual(new KeyDataViewType(typeof(uint), 5), new KeyDataViewType(typeof(byte), 5));
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 2, 3), new VectorDataViewType(NumberDataViewType.Single, 2, 3));
        Assert.AreNotEqual(new VectorDataViewType(NumberDataViewType.Single, 2, 3), new VectorDataViewType(NumberDataViewType.Single, 6));
        Assert.AreEqual(new KeyDataViewType(typeof(uint), 5).GetHashCode(), new KeyDataViewType(typeof(uint), 5).GetHashCode());
        Assert.IsFalse(NumberDataViewType.Single.Equals(NumberDataViewType.Double));
    }

    [TestMethod]
    public void Keys_TakeUnsignedTypesAndCountsThatFit()
    {
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => new KeyDataViewType(typeof(int), 5));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => new KeyDataViewType(typeof(uint), 0));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => new KeyDataViewType(typeof(byte), 256));
        Assert.IsTrue(KeyDataViewType.IsValidDataType(typeof(ushort)));
        Assert.IsFalse(KeyDataViewType.IsValidDataType(typeof(float)));
    }

    [TestMethod]
    public void Annotations_AreFetchedByTheirType()
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddPrimitiveValue("Number", NumberDataViewType.Single, 2.5f);
        builder.Add("Names", new VectorDataViewType(TextDataViewType.Instance, 2), (ref VBuffer<ReadOnlyMemory<char>> value) => value = new(2, ["a".AsMemory(), "b".AsMemory()]));
        var annotations = builder.ToAnnotations();

        float number = 0;
        annotations.GetValue("Number", ref number);
        Assert.AreEqual(2.5f, number);
        VBuffer<ReadOnlyMemory<char>> names = default;
        annotations.GetValue("Names", ref names);
        Assert.AreEqual("b", names.GetItemOrDefault(1).ToString());
        Assert.AreEqual("Number, Names", annotations.ToString());

        Assert.ThrowsException<InvalidOperationException>(() => annotations.GetValue("None", ref number));
        int wrong = 0;
        Assert.ThrowsException<InvalidOperationException>(() => annotations.GetValue("Number", ref wrong));
        Assert.ThrowsException<ArgumentException>(() => builder.Add("Wrong", NumberDataViewType.Single, (ref int value) => value = 1));
    }

    [TestMethod]
    public void AColumn_PrintsItsTypeAndAnnotations()
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.AddPrimitiveValue("Unit", TextDataViewType.Instance, "mm".AsMemory());
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Width", NumberDataViewType.Single, annotations.ToAnnotations());
        builder.AddColumn("Name", TextDataViewType.Instance);
        var schema = builder.ToSchema();
        Assert.AreEqual("Width: Single {Unit}", schema[0].ToString());
        Assert.AreEqual("Name: String", schema[1].ToString());
        Assert.AreEqual("2 columns", schema.ToString());
    }

    [TestMethod]
    public void SelectedAnnotations_CanBeTakenOver()
    {
        var source = new DataViewSchema.Annotations.Builder();
        source.AddPrimitiveValue("A", NumberDataViewType.Single, 1f);
        source.AddPrimitiveValue("B", NumberDataViewType.Single, 2f);
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(source.ToAnnotations(), name => name == "B");
        float value = 0;
        builder.ToAnnotations().GetValue("B", ref value);
        Assert.AreEqual(2f, value);
        Assert.AreEqual(1, builder.ToAnnotations().Schema.Count);
    }
}
