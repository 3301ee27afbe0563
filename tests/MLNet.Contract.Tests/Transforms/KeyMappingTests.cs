using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLNet.Contract.Tests.Transforms;

/// <summary>MapValueToKey and MapKeyToValue. The first tests are what official ML.NET 5.0 did when it was recorded.</summary>
[TestClass]
public class KeyMappingTests : TransformTestBase
{
    private IDataView Letters => Texts("", "b", "a", "b");

    [TestMethod]
    public void ByOccurrence_NumbersValuesAsTheyCome_EmptyIsMissing()
    {
        IDataView mapped = Ml.Transforms.Conversion.MapValueToKey("K", "L").Fit(Letters).Transform(Letters);
        Assert.AreEqual("Key<UInt32, 0-1>", mapped.Schema["K"].Type.ToString());
        Assert.AreEqual("b,a", KeyValues<ReadOnlyMemory<char>>(mapped.Schema["K"]));
        Assert.AreEqual("0,1,2,1", Values<uint>(mapped, "K"));
        Assert.AreEqual("KeyValues:Vector<String, 2>", Annotations(mapped.Schema["K"]));
    }

    [TestMethod]
    public void ByValue_NumbersValuesInTheirOrder()
    {
        IDataView mapped = Ml.Transforms.Conversion.MapValueToKey("K", "L", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Fit(Letters).Transform(Letters);
        Assert.AreEqual("Key<UInt32, 0-1>", mapped.Schema["K"].Type.ToString());
        Assert.AreEqual("a,b", KeyValues<ReadOnlyMemory<char>>(mapped.Schema["K"]));
        Assert.AreEqual("0,2,1,2", Values<uint>(mapped, "K"));
        Assert.AreEqual("KeyValues:Vector<String, 2>", Annotations(mapped.Schema["K"]));
    }

    [TestMethod]
    [DataRow(ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence)]
    [DataRow(ValueToKeyMappingEstimator.KeyOrdinality.ByValue)]
    public void UnseenValues_BecomeTheMissingKey_AndEmptyText(ValueToKeyMappingEstimator.KeyOrdinality ordinality)
    {
        ITransformer model = Ml.Transforms.Conversion.MapValueToKey("K", "L", keyOrdinality: ordinality)
            .Append(Ml.Transforms.Conversion.MapKeyToValue("Back", "K")).Fit(Letters);
        IDataView unseen = model.Transform(Texts("zz", ""));
        Assert.AreEqual("0,0", Values<uint>(unseen, "K"));
        Assert.AreEqual(",", Values<ReadOnlyMemory<char>>(unseen, "Back"));
    }

    [TestMethod]
    public void MaximumNumberOfKeys_KeepsTheFirstValuesOnly()
    {
        IDataView mapped = Ml.Transforms.Conversion.MapValueToKey("K", "L", maximumNumberOfKeys: 1).Fit(Letters).Transform(Letters);
        Assert.AreEqual("Key<UInt32, 0-0>", mapped.Schema["K"].Type.ToString());
        Assert.AreEqual("0,1,0,1", Values<uint>(mapped, "K"));
    }

    [TestMethod]
    public void MaximumNumberOfKeys_MustBePositive() => Assert.ThrowsException<ArgumentOutOfRangeException>(
        () => Ml.Transforms.Conversion.MapValueToKey("K", "L", maximumNumberOfKeys: 0).Fit(Letters));

    [TestMethod]
    public void KeyData_NamesTheValues_WhateverTheDataHolds()
    {
        IDataView mapped = Ml.Transforms.Conversion.MapValueToKey("K", "L", keyData: Texts("b", "c")).Fit(Letters).Transform(Letters);
        Assert.AreEqual("Key<UInt32, 0-1>", mapped.Schema["K"].Type.ToString());
        Assert.AreEqual("0,1,0,1", Values<uint>(mapped, "K"));
        Assert.AreEqual("b,c", KeyValues<ReadOnlyMemory<char>>(mapped.Schema["K"]));
    }

    [TestMethod]
    public void KeyData_MustBeOneColumn_OfTheColumnsType()
    {
        IDataView two = Load(new { A = "x", B = "y" });
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => Ml.Transforms.Conversion.MapValueToKey("K", "L", keyData: two));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => Ml.Transforms.Conversion.MapValueToKey("K", "L", keyData: Numbers(1, 2)).Fit(Letters));
    }

    [TestMethod]
    public void Floats_NaNIsMissing_AndComesBackAsNaN()
    {
        IDataView numbers = Numbers(2, float.NaN, 1);
        IDataView mapped = Ml.Transforms.Conversion.MapValueToKey("K", "X").Append(Ml.Transforms.Conversion.MapKeyToValue("Back", "K"))
            .Fit(numbers).Transform(numbers);
        Assert.AreEqual("Key<UInt32, 0-1>", mapped.Schema["K"].Type.ToString());
        Assert.AreEqual("1,0,2", Values<uint>(mapped, "K"));
        Assert.AreEqual("2,NaN,1", Values<float>(mapped, "Back"));
    }

    [TestMethod]
    public void KeyValuesAsText_ShowNumbersAsText_AndMapBackToText()
    {
        IDataView numbers = Numbers(2.5f, 1);
        IDataView mapped = Ml.Transforms.Conversion.MapValueToKey("K", "X", addKeyValueAnnotationsAsText: true)
            .Append(Ml.Transforms.Conversion.MapKeyToValue("Back", "K")).Fit(numbers).Transform(numbers);
        Assert.AreEqual("KeyValues:Vector<String, 2>", Annotations(mapped.Schema["K"]));
        Assert.AreEqual("2.5,1", Values<ReadOnlyMemory<char>>(mapped, "Back"));
    }

    [TestMethod]
    public void SeveralColumns_HaveADictionaryEach()
    {
        IDataView rows = Load(new { A = "x", B = "p" }, new { A = "y", B = "x" });
        IDataView mapped = Ml.Transforms.Conversion.MapValueToKey([new InputOutputColumnPair("A"), new InputOutputColumnPair("C", "B")])
            .Fit(rows).Transform(rows);
        Assert.AreEqual("x,y", KeyValues<ReadOnlyMemory<char>>(mapped.Schema["A"]));
        Assert.AreEqual("p,x", KeyValues<ReadOnlyMemory<char>>(mapped.Schema["C"]));
        Assert.AreEqual("A:Key<UInt32, 0-1>; B:String; C:Key<UInt32, 0-1>", Describe(mapped.Schema));
    }

    [TestMethod]
    public void Vectors_AreMappedItemByItem_BySharedKeys()
    {
        IDataView rows = Load(new VectorRow { V = ["b", "", "a"] }, new VectorRow { V = ["c", "a", "b"] });
        IDataView mapped = Ml.Transforms.Conversion.MapValueToKey("K", "V").Append(Ml.Transforms.Conversion.MapKeyToValue("Back", "K"))
            .Fit(rows).Transform(rows);
        Assert.AreEqual("Vector<Key<UInt32, 0-2>, 3>", mapped.Schema["K"].Type.ToString());
        Assert.AreEqual("1,0,2 | 3,2,1", Vectors<uint>(mapped, "K"));
        Assert.AreEqual("b,,a | c,a,b", Vectors<ReadOnlyMemory<char>>(mapped, "Back"));
    }

    [TestMethod]
    public void SparseVectors_CountTheValueTheyLeaveOut()
    {
        IDataView rows = Load(new SparseRow { V = new VBuffer<float>(3, 1, [5f], [1]) }, new SparseRow { V = new VBuffer<float>(3, 1, [7f], [0]) });
        var definition = SchemaDefinition.Create(typeof(SparseRow));
        definition["V"]!.ColumnType = new VectorDataViewType(NumberDataViewType.Single, 3);
        rows = Ml.Data.LoadFromEnumerable(Ml.Data.CreateEnumerable<SparseRow>(rows, reuseRowObject: false), definition);
        IDataView mapped = Ml.Transforms.Conversion.MapValueToKey("K", "V").Fit(rows).Transform(rows);
        Assert.AreEqual("0,5,7", KeyValues<float>(mapped.Schema["K"]));
        Assert.AreEqual("1,2,1 | 3,1,1", Vectors<uint>(mapped, "K"));
    }

    [TestMethod]
    public void KeysOfKeys_TakeOverTheValues()
    {
        IDataView mapped = Ml.Transforms.Conversion.MapValueToKey("K", "L")
            .Append(Ml.Transforms.Conversion.MapValueToKey("K2", "K", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue))
            .Fit(Texts("b", "a")).Transform(Letters);
        Assert.AreEqual("0,1,2,1", Values<uint>(mapped, "K2"));
        Assert.AreEqual("b,a", KeyValues<ReadOnlyMemory<char>>(mapped.Schema["K2"]));
    }

    [TestMethod]
    public void AMissingInputColumn_IsNamed()
    {
        var error = Assert.ThrowsException<ArgumentOutOfRangeException>(() => Ml.Transforms.Conversion.MapValueToKey("K", "Nope").Fit(Letters));
        StringAssert.Contains(error.Message, "'Nope'");
        error = Assert.ThrowsException<ArgumentOutOfRangeException>(() => Ml.Transforms.Conversion.MapKeyToValue("K", "Nope").Fit(Letters));
        StringAssert.Contains(error.Message, "'Nope'");
    }

    [TestMethod]
    public void MapKeyToValue_NeedsKeysWithValues()
    {
        var noKey = Ml.Transforms.Conversion.MapKeyToValue("Back", "L");
        Assert.ThrowsException<InvalidOperationException>(() => noKey.Fit(Letters));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => Ml.Transforms.CopyColumns("M", "L").Append(noKey).Fit(Letters));
    }

    [TestMethod]
    public void AModelAppliedToAnotherType_SaysWhatItMaps()
    {
        ITransformer model = Ml.Transforms.Conversion.MapValueToKey("K", "L").Fit(Letters);
        var error = Assert.ThrowsException<InvalidOperationException>(() => model.Transform(Load(new { L = 1f })));
        StringAssert.Contains(error.Message, "String");
        StringAssert.Contains(error.Message, "Single");
    }

    [TestMethod]
    public void APredictionEngine_NeedsTheColumnInItsInput()
    {
        ITransformer model = Ml.Transforms.Conversion.MapValueToKey("K", "L").Fit(Letters);
        var error = Assert.ThrowsException<ArgumentOutOfRangeException>(() => Ml.Model.CreatePredictionEngine<NumberRow, KeyRow>(model));
        Assert.AreEqual("Could not find input column 'L' (Parameter 'inputSchema')", error.Message);
        using var engine = Ml.Model.CreatePredictionEngine<TextRow, KeyRow>(model);
        Assert.AreEqual(2u, engine.Predict(new TextRow { L = "a" }).K);
        Assert.AreEqual(0u, engine.Predict(new TextRow { L = "unseen" }).K);
    }

    public sealed class KeyRow
    {
        public uint K;
    }

    public sealed class VectorRow
    {
        [VectorType(3)]
        public string[] V = [];
    }

    public sealed class SparseRow
    {
        public VBuffer<float> V;
    }
}
