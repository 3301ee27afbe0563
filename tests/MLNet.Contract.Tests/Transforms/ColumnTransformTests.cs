using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Contract.Tests.Transforms;

/// <summary>Concatenate, CopyColumns, SelectColumns and DropColumns.</summary>
[TestClass]
public class ColumnTransformTests : TransformTestBase
{
    private IDataView Rows => Load(new Row { A = 1, B = [2, 3], Name = "x" }, new Row { A = 4, B = [5, 6], Name = "y" });

    [TestMethod]
    public void Concatenate_JoinsScalarsAndVectors_AndNamesTheScalarsSlots()
    {
        IDataView joined = Ml.Transforms.Concatenate("All", "A", "B", "A").Fit(Rows).Transform(Rows);
        Assert.AreEqual("Vector<Single, 4>", joined.Schema["All"].Type.ToString());
        Assert.AreEqual("1,2,3,1 | 4,5,6,4", Vectors<float>(joined, "All"));
        Assert.AreEqual("A,,,A", SlotNames(joined.Schema["All"]));
        Assert.AreEqual("SlotNames:Vector<String, 4>", Annotations(joined.Schema["All"]));
    }

    [TestMethod]
    public void Concatenate_PrefixesSlotNamesWithTheirColumn()
    {
        IDataView twice = Ml.Transforms.Concatenate("Two", "A", "A").Append(Ml.Transforms.Concatenate("Three", "Two", "A")).Fit(Rows).Transform(Rows);
        Assert.AreEqual("Two.A,Two.A,A", SlotNames(twice.Schema["Three"]));
    }

    [TestMethod]
    public void Concatenate_PassesASingleVectorOn()
    {
        IDataView joined = Ml.Transforms.Concatenate("V", "B").Fit(Rows).Transform(Rows);
        Assert.AreEqual("Vector<Single, 2>", joined.Schema["V"].Type.ToString());
        Assert.AreEqual("2,3 | 5,6", Vectors<float>(joined, "V"));
        Assert.AreEqual("", Annotations(joined.Schema["V"]));
    }

    [TestMethod]
    public void Concatenate_OfAVectorOfUnknownLength_HasUnknownLength()
    {
        IDataView rows = Load(new VariableRow { A = 1, V = [2] }, new VariableRow { A = 3, V = [4, 5] });
        IDataView joined = Ml.Transforms.Concatenate("All", "A", "V").Fit(rows).Transform(rows);
        Assert.AreEqual("Vector<Single>", joined.Schema["All"].Type.ToString());
        Assert.AreEqual("1,2 | 3,4,5", Vectors<float>(joined, "All"));
    }

    [TestMethod]
    public void Concatenate_RefusesOtherTypes_AndNoColumns()
    {
        var error = Assert.ThrowsException<ArgumentOutOfRangeException>(() => Ml.Transforms.Concatenate("All", "A", "Name").Fit(Rows).Transform(Rows));
        StringAssert.Contains(error.Message, "'Name'");
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => Ml.Transforms.Concatenate("All"));
    }

    [TestMethod]
    public void CopyColumns_KeepsTypeValuesAndAnnotations()
    {
        IDataView copied = Ml.Transforms.Conversion.MapValueToKey("K", "Name").Append(Ml.Transforms.CopyColumns("C", "K")).Fit(Rows).Transform(Rows);
        Assert.AreEqual(copied.Schema["K"].Type, copied.Schema["C"].Type);
        Assert.AreEqual("1,2", Values<uint>(copied, "C"));
        Assert.AreEqual("x,y", KeyValues<ReadOnlyMemory<char>>(copied.Schema["C"]));
    }

    [TestMethod]
    public void SelectColumns_KeepsTheOrderOfTheSelection()
    {
        IDataView selected = Ml.Transforms.SelectColumns("Name", "A").Fit(Rows).Transform(Rows);
        Assert.AreEqual("Name:String; A:Single", Describe(selected.Schema));
        Assert.AreEqual("1,4", Values<float>(selected, "A"));
        Assert.AreEqual("x,y", Values<ReadOnlyMemory<char>>(selected, "Name"));
    }

    [TestMethod]
    public void SelectColumns_KeepsHiddenColumnsOnRequestOnly()
    {
        IDataView hiding = Ml.Transforms.CopyColumns("A", "Name").Fit(Rows).Transform(Rows);
        Assert.AreEqual(1, Ml.Transforms.SelectColumns(["A"], keepHidden: false).Fit(hiding).Transform(hiding).Schema.Count);
        Assert.AreEqual(2, Ml.Transforms.SelectColumns(["A"], keepHidden: true).Fit(hiding).Transform(hiding).Schema.Count);
    }

    [TestMethod]
    public void DropColumns_LeavesTheOthersInTheirOrder()
    {
        IDataView dropped = Ml.Transforms.DropColumns("B").Fit(Rows).Transform(Rows);
        Assert.AreEqual("A:Single; Name:String", Describe(dropped.Schema));
        Assert.AreEqual("1,4", Values<float>(dropped, "A"));
    }

    [TestMethod]
    public void UnknownColumns_AreNamed()
    {
        foreach (Action action in (Action[])
        [
            () => Ml.Transforms.SelectColumns("Nope").Fit(Rows), () => Ml.Transforms.DropColumns("Nope").Fit(Rows),
            () => Ml.Transforms.CopyColumns("C", "Nope").Fit(Rows), () => Ml.Transforms.Concatenate("C", "Nope").Fit(Rows).Transform(Rows),
        ])
            StringAssert.Contains(Assert.ThrowsException<ArgumentOutOfRangeException>(action).Message, "'Nope'");
    }

    [TestMethod]
    public void SelectColumns_OfNone_IsRefused() => Assert.ThrowsException<InvalidOperationException>(() => Ml.Transforms.SelectColumns([], keepHidden: false));

    [TestMethod]
    public void InAChain_ShapesAreCheckedBeforeAnythingIsFitted()
    {
        bool read = false;
        IEnumerable<Row> Watched()
        {
            read = true;
            yield return new Row { A = 1, B = [1, 2], Name = "x" };
        }
        var chain = Ml.Transforms.Conversion.MapValueToKey("Name").Append(Ml.Transforms.DropColumns("Name"))
            .Append(Ml.Transforms.Conversion.MapKeyToValue("Name"));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => chain.Fit(Ml.Data.LoadFromEnumerable(Watched())));
        Assert.IsFalse(read);
    }

    public sealed class Row
    {
        public float A;

        [VectorType(2)]
        public float[] B = [];

        public string Name = "";
    }

    public sealed class VariableRow
    {
        public float A;

        public float[] V = [];
    }
}
