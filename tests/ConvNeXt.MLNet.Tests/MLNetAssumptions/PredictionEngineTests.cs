using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.MLNetAssumptions;

/// <summary>What a PredictionEngine does with its transformer; Scoring/ScoredRow.cs computes once for each position of its row.</summary>
[TestClass]
public sealed class PredictionEngineTests
{
    private readonly MLContext _context = new(seed: 1);

    /// <summary>
    /// This is why a model of ConvNeXtClassificationTransformer.cs and ConvNeXtFeaturizingTransformer.cs can be used after it was disposed: owning is the
    /// default, and so one engine disposes the model of all others.
    /// </summary>
    [TestMethod]
    public void AnEngine_DisposesItsTransformerOnce_UnlessItDoesNotOwnIt()
    {
        RecordingTransformer owned = CreateTransformer(), borrowed = CreateTransformer();
        PredictionEngine<NumberedRow, Copied> engine = _context.Model.CreatePredictionEngine<NumberedRow, Copied>(owned);
        engine.Dispose();
        engine.Dispose();
        Assert.AreEqual(1, owned.Disposed);

        _context.Model.CreatePredictionEngine<NumberedRow, Copied>(borrowed, new PredictionEngineOptions { OwnsTransformer = false }).Dispose();
        Assert.AreEqual(0, borrowed.Disposed);
    }

    [TestMethod]
    public void ThePosition_MovesOn_AndTheRowHasTheMappersOwnSchema()
    {
        RecordingTransformer transformer = CreateTransformer();
        using PredictionEngine<NumberedRow, Copied> engine = _context.Model.CreatePredictionEngine<NumberedRow, Copied>(transformer);
        for (int i = 0; i < 3; i++)
        {
            Assert.AreEqual(i, engine.Predict(new NumberedRow { X = i }).Y);
            Assert.AreEqual(i, transformer.Input!.Position);
        }
        Assert.AreSame(transformer.Mapper!.InputSchema, transformer.Input!.Schema);
    }

    private RecordingTransformer CreateTransformer() =>
        new(_context.Transforms.CopyColumns("Y", "X").Fit(_context.Data.LoadFromEnumerable(NumberedRow.Create(1))));

    private sealed class Copied
    {
        public float Y { get; set; }
    }

    /// <summary>Passes everything on to another transformer, and keeps what it was given.</summary>
    private sealed class RecordingTransformer(ITransformer inner) : ITransformer, IRowToRowMapper, IDisposable
    {
        public int Disposed { get; private set; }

        public IRowToRowMapper? Mapper { get; private set; }

        public DataViewRow? Input { get; private set; }

        public bool IsRowToRowMapper => true;

        public DataViewSchema InputSchema => Mapper!.InputSchema;

        public DataViewSchema OutputSchema => Mapper!.OutputSchema;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inner.GetOutputSchema(inputSchema);

        public IDataView Transform(IDataView input) => inner.Transform(input);

        public void Save(ModelSaveContext ctx) => inner.Save(ctx);

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
        {
            Mapper = inner.GetRowToRowMapper(inputSchema);
            return this;
        }

        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> columns) => Mapper!.GetDependencies(columns);

        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) => Mapper!.GetRow(Input = input, activeColumns);

        public void Dispose() => Disposed++;
    }
}
