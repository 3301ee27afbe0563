using Microsoft.ML;
using Microsoft.ML.Data;

namespace Compat.Tests.ModelFiles;

/// <summary>A component of another assembly is found by what the model file says of it, without being registered.</summary>
[TestClass]
public class ForeignComponentTests
{
    [TestMethod]
    public void AForeignComponent_IsLoadedWithoutRegistering()
    {
        var context = new MLContext();
        var data = context.Data.LoadFromEnumerable([new Row { A = 1 }, new Row { A = 2 }]);
        using var stream = new MemoryStream();
        context.Model.Save(new Shift(context, "B", "A", 0.5f), data.Schema, stream);

        var fresh = new MLContext();
        var model = fresh.Model.Load(stream, out var schema);
        Assert.IsInstanceOfType<Shift>(model);
        Assert.AreEqual("by 0.5", ((Shift)model).Note);
        Assert.AreEqual("A: Single", string.Join(", ", schema));
        CollectionAssert.AreEqual(new[] { 1.5f, 2.5f }, model.Transform(data).GetColumn<float>("B").ToArray());
    }

    [TestMethod]
    public void AChainOfForeignComponents_PredictsAsBefore()
    {
        var context = new MLContext();
        var data = context.Data.LoadFromEnumerable([new Row { A = 1 }]);
        var chain = new TransformerChain<ITransformer>(new Shift(context, "B", "A", 1), new Shift(context, "A", "B", 10));
        using var stream = new MemoryStream();
        context.Model.Save(chain, data.Schema, stream);

        var model = new MLContext().Model.Load(stream, out _);
        Assert.AreEqual(2, ((TransformerChain<ITransformer>)model).Count());
        using var engine = context.Model.CreatePredictionEngine<Row, Result>(model);
        Assert.AreEqual(17f, engine.Predict(new Row { A = 6 }).A);
    }

    [TestMethod]
    public void ADamagedComponent_SaysWhatIsWrong()
    {
        var context = new MLContext();
        using var stream = new MemoryStream();
        context.Model.Save(new Shift(context, "B", "A", float.NaN), null, stream);
        var error = Assert.ThrowsException<FormatException>(() => context.Model.Load(stream, out _));
        StringAssert.Contains(error.Message, "The shift is NaN, it must be a number.");
    }

    [TestMethod]
    public void AModelWithoutSchema_LoadsWithNone()
    {
        var context = new MLContext();
        using var stream = new MemoryStream();
        context.Model.Save(new Shift(context, "B", "A", 1), null, stream);
        context.Model.Load(stream, out var schema);
        Assert.IsNull(schema);
    }

    private sealed class Row
    {
        public float A { get; set; }
    }

    private sealed class Result
    {
        public float A { get; set; }
    }
}
