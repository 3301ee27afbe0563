using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Tests.Training.Distributed;

/// <summary>Gradients in pieces, in the order in which backward finishes them.</summary>
[TestClass]
public sealed class GradientBucketsTests
{
    [TestMethod]
    [DataRow(ConvNeXtVariant.Atto)]
    [DataRow(ConvNeXtVariant.Tiny)]
    public void Pieces_CoverAllGradientsOnce_FromTheHeadToTheStem(ConvNeXtVariant variant)
    {
        using var network = Network.Create(ConvNeXtArchitectures.Get(variant), forTraining: true, SimdSupport.Best);
        var exchange = new CountingExchange();
        var pieces = new GradientBuckets(network.Parameters, exchange).Pieces;
        long end = 0;
        foreach (var piece in pieces.OrderBy(piece => piece.Offset))
        {
            Assert.IsGreaterThanOrEqualTo(end, piece.Offset);
            foreach (var layout in network.Parameters.Layouts.Where(layout => layout.Offset >= end && layout.Offset < piece.Offset)) Assert.Fail(layout.Parameter.Name);
            end = piece.Offset + piece.Count;
        }
        Assert.IsTrue(network.Parameters.Layouts.All(layout => layout.Offset + layout.Size <= end));
        Assert.AreEqual(LayerPosition.Head, pieces[0].Highest);
        Assert.AreEqual(LayerPosition.Stem, pieces[^1].Lowest);
        Assert.IsTrue(pieces.Zip(pieces.Skip(1)).All(pair => !(pair.First.Lowest < pair.Second.Highest)));
    }

    [TestMethod]
    public void Pieces_BeginWhileEarlierLayersAreComputed_AndOnlyWithTheLastBatchOfAStep()
    {
        var config = ConvNeXtArchitectures.Get(ConvNeXtVariant.Atto) with { ClassCount = 3 };
        var exchange = new CountingExchange();
        using var engine = new ManagedTrainingEngine(new TrainingEngineSettings
        {
            Config = config,
            Weights = ConvNeXt.Backbone.Training.WeightInitializer.Create(config, 1, 1),
            BatchSize = 1,
            Height = 32,
            Width = 32,
            Rules = ConvNeXt.Backbone.Training.Optimization.ParameterRules.Create(config, 0, 1, default),
            Exchange = exchange,
        });
        engine.AccumulateGradients(Batch(isLast: false));
        Assert.AreEqual(0, exchange.Begun);
        engine.AccumulateGradients(Batch(isLast: true));
        int whole = exchange.Begun;
        Assert.IsGreaterThan(1, exchange.AtProgress.Distinct().Count(), "in several moments of backward");
        engine.ApplyGradients(new OptimizerStep(1e-3));
        Assert.AreEqual(whole, exchange.Begun);
        Assert.AreEqual(1, exchange.Completed);

        // A rank without an image in the last batch begins all pieces at the step.
        engine.ApplyGradients(new OptimizerStep(1e-3));
        Assert.AreEqual(2 * whole, exchange.Begun);
    }

    private static TrainingBatch Batch(bool isLast) =>
        new() { Images = new float[3 * 32 * 32], Targets = [1, 0, 0], Count = 1, Height = 32, Width = 32, IsLastOfStep = isLast };

    private sealed unsafe class CountingExchange : IGradientExchange
    {
        public int Begun { get; private set; }

        public int Completed { get; private set; }

        public List<int> AtProgress { get; } = [];

        public void Begin(float* values, long count) => Begun++;

        public void Progress() => AtProgress.Add(Begun);

        public void Complete() => Completed++;
    }
}
