using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Contract.Tests.Data;

namespace MLNet.Contract.Tests.Prediction;

[TestClass]
public sealed class PredictionEngineTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void AnEngine_PredictsRowByRow_AndThePositionMovesOn()
    {
        var twice = new TwiceTransformer();
        using PredictionEngine<NumberedRow, Doubled> engine = _ml.Model.CreatePredictionEngine<NumberedRow, Doubled>(twice);
        Doubled first = engine.Predict(new NumberedRow { X = 4, G = "g" });
        Doubled second = engine.Predict(new NumberedRow { X = 5 });
        Assert.AreEqual((4f, 8f, "g"), (first.X, first.Y, first.G));
        Assert.AreEqual((5f, 10f, ""), (second.X, second.Y, second.G));
        CollectionAssert.AreEqual(new long[] { 0, 1 }, twice.Positions);
        Assert.AreEqual("X,G,Y", string.Join(",", engine.OutputSchema.Select(column => column.Name)));
    }

    [TestMethod]
    public void AResultThatIsGiven_IsFilled()
    {
        using PredictionEngine<NumberedRow, Doubled> engine = _ml.Model.CreatePredictionEngine<NumberedRow, Doubled>(new TwiceTransformer());
        var result = new Doubled();
        Doubled given = result;
        engine.Predict(new NumberedRow { X = 1 }, ref given);
        Assert.AreSame(result, given);
        Assert.AreEqual(2f, result.Y);
        Doubled? none = null;
        engine.Predict(new NumberedRow { X = 2 }, ref none!);
        Assert.AreEqual(4f, none!.Y);
    }

    [TestMethod]
    public void ANullExample_IsRefused()
    {
        using PredictionEngine<NumberedRow, Doubled> engine = _ml.Model.CreatePredictionEngine<NumberedRow, Doubled>(new TwiceTransformer());
        Assert.AreEqual("Value cannot be null. (Parameter 'example')",
            Assert.ThrowsException<ArgumentNullException>(() => engine.Predict(null!)).Message);
    }

    [TestMethod]
    public void ATransformerThatIsNoRowMapper_IsRefused()
    {
        var error = Assert.ThrowsException<ArgumentOutOfRangeException>(
            () => _ml.Model.CreatePredictionEngine<NumberedRow, Doubled>(new TwiceTransformer(isRowToRowMapper: false)));
        Assert.AreEqual("Must be a row to row mapper (Parameter 'transformer')", error.Message);
    }

    [TestMethod]
    public void TheEngine_DisposesItsTransformerOnce_UnlessItIsNotItsOwn()
    {
        var owned = new TwiceTransformer();
        PredictionEngine<NumberedRow, Doubled> engine = _ml.Model.CreatePredictionEngine<NumberedRow, Doubled>(owned);
        engine.Dispose();
        engine.Dispose();
        Assert.AreEqual(1, owned.Disposed);

        var borrowed = new TwiceTransformer();
        _ml.Model.CreatePredictionEngine<NumberedRow, Doubled>(borrowed, new PredictionEngineOptions { OwnsTransformer = false }).Dispose();
        Assert.AreEqual(0, borrowed.Disposed);
        _ml.Model.CreatePredictionEngine<NumberedRow, Doubled>(borrowed, new PredictionEngineOptions()).Dispose();
        Assert.AreEqual(1, borrowed.Disposed);
    }

    [TestMethod]
    public void AResultMemberWithoutAColumn_IsLeftAlone_OrAnError()
    {
        var twice = new TwiceTransformer();
        using PredictionEngine<NumberedRow, WithMore> engine = _ml.Model.CreatePredictionEngine<NumberedRow, WithMore>(twice);
        Assert.AreEqual((6f, 0f), (engine.Predict(new NumberedRow { X = 3 }).Y, engine.Predict(new NumberedRow()).More));
        var error = Assert.ThrowsException<ArgumentOutOfRangeException>(
            () => _ml.Model.CreatePredictionEngine<NumberedRow, WithMore>(twice, ignoreMissingColumns: false));
        Assert.AreEqual("Could not find  column 'More' (Parameter 'Schema')", error.Message);
    }

    [TestMethod]
    public void AResultMemberOfAnotherType_IsAnError()
    {
        var error = Assert.ThrowsException<InvalidOperationException>(
            () => _ml.Model.CreatePredictionEngine<LabelledRow, LabelAsNumber>(new TwiceTransformer()));
        Assert.AreEqual("Can't bind the IDataView column 'L' of type 'String' to field or property 'L' of type 'System.UInt32'.", error.Message);
    }

    [TestMethod]
    public void AnInputColumnThatTheClassLacks_IsNamed()
    {
        ITransformer model = _ml.Transforms.LoadRawImageBytes("Raw", null, "L").Fit(_ml.Data.LoadFromEnumerable([new LabelledRow()]));
        var error = Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Model.CreatePredictionEngine<NumberedRow, Doubled>(model));
        Assert.AreEqual("Could not find input column 'L' (Parameter 'inputSchema')", error.Message);
    }

    [TestMethod]
    public void AnInputSchema_GivesItsTypesToTheInputClass()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Var", new VectorDataViewType(NumberDataViewType.Single, 2));
        builder.AddColumn("X", NumberDataViewType.Single);
        var twice = new TwiceTransformer();
        using PredictionEngine<WithVector, VectorResult> engine = _ml.Model.CreatePredictionEngine<WithVector, VectorResult>(twice, builder.ToSchema());
        Assert.AreEqual("Vector<Single, 2>", engine.OutputSchema["Var"].Type.ToString());
        Assert.AreEqual(2f, engine.Predict(new WithVector { X = 1 }).Y);

        builder.AddColumn("Elsewhere", NumberDataViewType.Single);
        Assert.ThrowsException<InvalidOperationException>(
            () => _ml.Model.CreatePredictionEngine<WithVector, VectorResult>(new TwiceTransformer(), builder.ToSchema()));
    }

    [TestMethod]
    public void SchemaDefinitions_RenameMembersOnBothSides()
    {
        SchemaDefinition input = SchemaDefinition.Create(typeof(Named));
        input["Value"]!.ColumnName = "X";
        SchemaDefinition output = SchemaDefinition.Create(typeof(Named));
        output["Value"]!.ColumnName = "Y";
        using PredictionEngine<Named, Named> engine = _ml.Model.CreatePredictionEngine<Named, Named>(new TwiceTransformer(), true, input, output);
        Assert.AreEqual(14f, engine.Predict(new Named { Value = 7 }).Value);
    }

    [TestMethod]
    public void AReusedResult_CostsNoMemoryPerPrediction()
    {
        var twice = new TwiceTransformer();
        twice.Positions.Capacity = 4096;
        using PredictionEngine<WithVector, VectorResult> engine = _ml.Model.CreatePredictionEngine<WithVector, VectorResult>(twice);
        var example = new WithVector { X = 1, Var = new float[100] };
        var result = new VectorResult();
        for (int i = 0; i < 100; i++)
            engine.Predict(example, ref result);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            engine.Predict(example, ref result);
        long each = (GC.GetAllocatedBytesForCurrentThread() - before) / 1000;
        Assert.IsTrue(each < 16, $"{each} bytes per prediction");
    }

    internal sealed class Doubled
    {
        public float X { get; set; }

        public float Y { get; set; }

        public string? G { get; set; }
    }

    internal sealed class WithMore
    {
        public float Y { get; set; }

        public float More { get; set; }
    }

    internal sealed class LabelledRow
    {
        public float X { get; set; }

        public string? L { get; set; }
    }

    internal sealed class LabelAsNumber
    {
        public uint L { get; set; }
    }

    internal sealed class WithVector
    {
        public float[]? Var { get; set; }

        public float X { get; set; }
    }

    internal sealed class VectorResult
    {
        public float[]? Var { get; set; }

        public float Y { get; set; }
    }

    internal sealed class Named
    {
        public float Value { get; set; }
    }
}
