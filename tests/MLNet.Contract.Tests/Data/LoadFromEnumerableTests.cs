using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Contract.Tests.Data;

[TestClass]
public sealed class LoadFromEnumerableTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void Members_BecomeColumns_FieldsFirst_WithTheirTypes()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(new List<EveryType>());
        Assert.AreEqual("S:String; M:String; B:Boolean; I1:SByte; U1:Byte; I2:Int16; U2:UInt16; I4:Int32; U4:UInt32; I8:Int64; U8:UInt64; R4:Single; " +
            "R8:Double; DT:DateTime; DZ:DateTimeOffset; TS:TimeSpan; Id:DataViewRowId; V:Vector<Single>; F3:Vector<Single, 3>; F23:Vector<Single, 2, 3>; " +
            "SV:Vector<String>; VB:Vector<Single>; Bytes:Vector<Byte, 4>; K:Key<UInt32, 0-4>; Renamed:Single; Prop:Single; ReadOnlyProp:Single",
            string.Join("; ", view.Schema.Select(column => $"{column.Name}:{column.Type}")));
    }

    [TestMethod]
    public void EveryType_ComesBack_AsItWas()
    {
        var row = new EveryType
        {
            S = "text",
            M = "memory".AsMemory(),
            B = true,
            I1 = -1,
            U1 = 255,
            I2 = -2,
            U2 = 65535,
            I4 = -3,
            U4 = 4,
            I8 = -5,
            U8 = 6,
            R4 = 1.5f,
            R8 = 2.5,
            DT = new DateTime(2024, 2, 29),
            DZ = new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.FromHours(2)),
            TS = TimeSpan.FromMinutes(7),
            Id = new DataViewRowId(8, 9),
            V = [1, 2],
            F3 = [1, 2, 3],
            F23 = [1, 2, 3, 4, 5, 6],
            SV = ["a", "b"],
            VB = new VBuffer<float>(4, 1, [7], [2]),
            Bytes = [1, 2, 3, 4],
            K = 3,
            Original = 10,
            Left = 11,
            Prop = 12,
        };
        IDataView view = _ml.Data.LoadFromEnumerable([row]);
        EveryType back = _ml.Data.CreateEnumerable<EveryType>(view, reuseRowObject: false).Single();

        Assert.AreEqual((row.S, row.M.ToString(), row.B), (back.S, back.M.ToString(), back.B));
        Assert.AreEqual((row.I1, row.U1, row.I2, row.U2, row.I4, row.U4), (back.I1, back.U1, back.I2, back.U2, back.I4, back.U4));
        Assert.AreEqual((row.I8, row.U8, row.R4, row.R8), (back.I8, back.U8, back.R4, back.R8));
        Assert.AreEqual((row.DT, row.DZ, row.TS, row.Id), (back.DT, back.DZ, back.TS, back.Id));
        CollectionAssert.AreEqual(row.V, back.V);
        CollectionAssert.AreEqual(row.F3, back.F3);
        CollectionAssert.AreEqual(row.F23, back.F23);
        CollectionAssert.AreEqual(row.SV, back.SV);
        CollectionAssert.AreEqual(new float[] { 0, 0, 7, 0 }, back.VB.DenseValues().ToArray());
        CollectionAssert.AreEqual(row.Bytes, back.Bytes);
        Assert.AreEqual((4u, 10f, 0f, 12f), (back.K, back.Original, back.Left, back.Prop), "the key is one higher, a member without a column is left alone");
    }

    [TestMethod]
    public void ASequence_HasNoCount_AListHasOne_NeitherShuffles()
    {
        IDataView stream = _ml.Data.LoadFromEnumerable(Generate());
        IDataView list = _ml.Data.LoadFromEnumerable(SampleRow.Four());
        Assert.AreEqual((false, (long?)null), (stream.CanShuffle, stream.GetRowCount()));
        Assert.AreEqual((false, (long?)4), (list.CanShuffle, list.GetRowCount()));

        static IEnumerable<SampleRow> Generate()
        {
            yield return new SampleRow();
        }
    }

    [TestMethod]
    public void Rows_AreStreamed_AndReadAgainByEachCursor()
    {
        int made = 0;
        IDataView view = _ml.Data.LoadFromEnumerable(Generate());
        Assert.AreEqual(0, made, "nothing is read before a cursor asks");
        using (DataViewRowCursor cursor = view.GetRowCursor(view.Schema))
        {
            Assert.IsTrue(cursor.MoveNext());
            Assert.IsTrue(cursor.MoveNext());
            Assert.AreEqual((2, 1L), (made, cursor.Position));
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
    public void AKeyMember_IsOneHigherInTheView_AndMissingWhenOutOfRange()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(SampleRow.Four());
        CollectionAssert.AreEqual(new uint[] { 1, 3, 0, 2 }, view.GetColumn<uint>("K").ToArray());
    }

    [TestMethod]
    public void ANullTextIsEmpty_ANullArrayHasNoItems_AFixedSizeIsNotChecked()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(SampleRow.Four());
        CollectionAssert.AreEqual(new[] { "", "b", "a", "b" }, view.GetColumn<string>("L").ToArray());
        CollectionAssert.AreEqual(new[] { 1, 2, 2, 0 }, view.GetColumn<float[]>("V").Select(v => v.Length).ToArray());
        CollectionAssert.AreEqual(new[] { 0, 1, 0, 0 }, view.GetColumn<VBuffer<float>>("Var").Select(v => v.Length).ToArray());
    }

    [TestMethod]
    public void ANullRow_IsAnError()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(new List<NumberedRow> { new(), null! });
        var error = Assert.ThrowsException<InvalidOperationException>(() => view.GetColumn<float>("X").Count());
        Assert.AreEqual("Encountered null when iterating over data, this is not supported.", error.Message);
    }

    [TestMethod]
    public void TypesThatNoColumnHas_AreRefused()
    {
        const string message = "Could not determine an IDataView type and registered custom types for member {0} (Parameter 'rawType')";
        var nullable = Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.LoadFromEnumerable(new List<WithNullable>()));
        Assert.AreEqual(string.Format(message, "F"), nullable.Message);
        var number = Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.LoadFromEnumerable(new List<WithDecimal>()));
        Assert.AreEqual(string.Format(message, "D"), number.Message);
        IDataView floats = _ml.Data.LoadFromEnumerable(new List<WithFloat>());
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.CreateEnumerable<WithNullable>(floats, reuseRowObject: false).Count());
    }

    [TestMethod]
    public void ASchemaDefinition_ChangesNamesTypesAndAnnotations()
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(SampleRow));
        definition["Var"]!.ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1);
        definition["Var"]!.AddAnnotation("SlotNames", new[] { "only" }, new VectorDataViewType(TextDataViewType.Instance, 1));
        definition["L"]!.ColumnName = "Label";
        definition.Remove(definition["V"]!);
        IDataView view = _ml.Data.LoadFromEnumerable(SampleRow.Four(), definition);

        Assert.AreEqual("K:Key<UInt32, 0-2>; Var:Vector<Single, 1>; Label:String",
            string.Join("; ", view.Schema.Select(column => $"{column.Name}:{column.Type}")));
        VBuffer<ReadOnlyMemory<char>> names = default;
        view.Schema["Var"].Annotations.GetValue("SlotNames", ref names);
        Assert.AreEqual("only", names.GetValues()[0].ToString());
    }

    [TestMethod]
    public void ASchema_GivesItsTypesAndAnnotationsToTheMembers()
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add<ReadOnlyMemory<char>>("Note", TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = "n".AsMemory());
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Var", new VectorDataViewType(NumberDataViewType.Single, 1), annotations.ToAnnotations());
        IDataView view = _ml.Data.LoadFromEnumerable(SampleRow.Four(), builder.ToSchema());

        Assert.AreEqual("Vector<Single, 1>", view.Schema["Var"].Type.ToString());
        ReadOnlyMemory<char> note = default;
        view.Schema["Var"].Annotations.GetValue("Note", ref note);
        Assert.AreEqual("n", note.ToString());

        builder.AddColumn("Elsewhere", TextDataViewType.Instance);
        Assert.ThrowsException<InvalidOperationException>(() => _ml.Data.LoadFromEnumerable(SampleRow.Four(), builder.ToSchema()));
    }

    [TestMethod]
    public void TwoMembersOfOneColumnName_AreRefused()
        => Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.LoadFromEnumerable(new List<SameNameTwice>()));

    [TestMethod]
    public void ACursor_EndsItself_AndSaysWhenItStandsAtNoRow()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(NumberedRow.Forty());
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["X"]]);
        Assert.AreEqual(-1, cursor.Position);
        Assert.IsTrue(cursor.IsColumnActive(view.Schema["X"]));
        Assert.IsFalse(cursor.IsColumnActive(view.Schema["G"]));
        ValueGetter<DataViewRowId> id = cursor.GetIdGetter();
        DataViewRowId value = default;
        Assert.ThrowsException<InvalidOperationException>(() => id(ref value));
        for (int i = 0; i < 40; i++)
            Assert.IsTrue(cursor.MoveNext());
        id(ref value);
        Assert.AreEqual(new DataViewRowId(39, 0), value);
        Assert.IsFalse(cursor.MoveNext());
        Assert.IsFalse(cursor.MoveNext());
        Assert.AreEqual(-1, cursor.Position);
    }

    private sealed class WithFloat
    {
        public float F { get; set; }
    }

    private sealed class WithNullable
    {
        public float? F { get; set; }
    }

    private sealed class WithDecimal
    {
        public decimal D { get; set; }
    }

    private sealed class SameNameTwice
    {
        public float A { get; set; }

        [ColumnName("A")]
        public float B { get; set; }
    }
}
