using Microsoft.ML;
using Microsoft.ML.Transforms;

namespace MLNet.Contract.Tests.Transforms;

/// <summary>CustomMapping by a lambda, and by a factory so that it can be saved.</summary>
[TestClass]
public class CustomMappingTests : TransformTestBase
{
    private const string Contract = "Contract test: doubles";

    [TestMethod]
    public void ALambda_AddsColumns()
    {
        IDataView mapped = Ml.Transforms.CustomMapping<NumberRow, Doubled>((source, target) => target.Twice = source.X * 2, contractName: null)
            .Fit(Numbers(1, 2)).Transform(Numbers(1, 2));
        Assert.AreEqual("X:Single; Twice:Single", Describe(mapped.Schema));
        Assert.AreEqual("2,4", Values<float>(mapped, "Twice"));
    }

    [TestMethod]
    public void TheAction_RunsOncePerRow_HoweverManyColumnsAreRead()
    {
        int calls = 0;
        IDataView mapped = Ml.Transforms.CustomMapping<NumberRow, TwoColumns>((source, target) =>
        {
            calls++;
            target.P = source.X;
            target.Q = -source.X;
        }, contractName: null).Fit(Numbers(1)).Transform(Numbers(1, 2, 3));
        List<TwoColumns> rows = [.. Ml.Data.CreateEnumerable<TwoColumns>(mapped, reuseRowObject: false)];
        Assert.AreEqual(3, calls);
        Assert.AreEqual(-3, rows[2].Q);
    }

    [TestMethod]
    public void AMissingOrMistypedInput_IsNamed()
    {
        var mapping = Ml.Transforms.CustomMapping<NumberRow, Doubled>((source, target) => target.Twice = source.X, contractName: null);
        StringAssert.Contains(Assert.ThrowsException<ArgumentOutOfRangeException>(() => mapping.Fit(Texts("a"))).Message, "'X'");
        StringAssert.Contains(Assert.ThrowsException<InvalidOperationException>(() => mapping.Fit(Load(new { X = "text" }))).Message, "'X'");
        // In a chain the same is found earlier, by the shapes.
        StringAssert.Contains(Assert.ThrowsException<ArgumentOutOfRangeException>(
            () => Ml.Transforms.CopyColumns("Y", "X").Append(mapping).Fit(Load(new { X = "text" }))).Message, "'X'");
    }

    [TestMethod]
    public void WithoutAContract_ItCannotBeSaved()
    {
        ITransformer model = Ml.Transforms.CustomMapping<NumberRow, Doubled>((source, target) => target.Twice = source.X, contractName: null).Fit(Numbers(1));
        Assert.ThrowsException<InvalidOperationException>(() => SaveAndLoad(model, Numbers(1).Schema));
    }

    [TestMethod]
    public void WithAFactory_ItLoadsAgain_WithoutRegisteringAnAssembly()
    {
        ITransformer model = Ml.Transforms.CustomMapping(new DoublingFactory().GetMapping(), Contract).Fit(Numbers(1));
        ITransformer loaded = SaveAndLoad(model, Numbers(1).Schema);
        Assert.AreEqual("3,5", Values<float>(loaded.Transform(Numbers(1.5f, 2.5f)), "Twice"));
    }

    [TestMethod]
    public void AnUnknownContract_IsNamedOnLoading()
    {
        ITransformer model = Ml.Transforms.CustomMapping(new DoublingFactory().GetMapping(), "no such contract").Fit(Numbers(1));
        Exception error = Assert.ThrowsException<InvalidOperationException>(() => SaveAndLoad(model, Numbers(1).Schema));
        StringAssert.Contains(error.ToString(), "no such contract");
    }

    [TestMethod]
    public void InAPredictionEngine_EveryRowIsMapped()
    {
        ITransformer model = Ml.Transforms.CustomMapping(new DoublingFactory().GetMapping(), Contract).Fit(Numbers(1));
        using var engine = Ml.Model.CreatePredictionEngine<NumberRow, Doubled>(model);
        for (int i = 0; i < 5; i++) Assert.AreEqual(2 * i, engine.Predict(new NumberRow { X = i }).Twice);
    }

    [CustomMappingFactoryAttribute(Contract)]
    public sealed class DoublingFactory : CustomMappingFactory<NumberRow, Doubled>
    {
        public override Action<NumberRow, Doubled> GetMapping() => (source, target) => target.Twice = source.X * 2;
    }

    public sealed class Doubled
    {
        public float Twice { get; set; }
    }

    public sealed class TwoColumns
    {
        public float P { get; set; }

        public float Q { get; set; }
    }
}
