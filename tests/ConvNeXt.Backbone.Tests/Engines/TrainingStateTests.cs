using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Engines;

/// <summary>Clipping, freezing, the average and the state of a training engine.</summary>
[TestClass]
public sealed class TrainingStateTests
{
    private static readonly ConvNeXtConfig Config = new() { Depths = [1, 2, 1, 1], Widths = [12, 20, 40, 72], ClassCount = 7, DropPathRate = 0.3f };

    private static readonly OptimizerStep Step = new(0.01);

    [TestMethod]
    [DataRow(0.05)]
    [DataRow(1e6)]
    public void Clipping_MultipliesGradientsByTheLimitOverTheirNorm_AndNeverEnlargesThem(double limit)
    {
        using ManagedTrainingEngine clipped = EngineInputs.Trainer(Config, 2), plain = EngineInputs.Trainer(Config, 2);
        clipped.AccumulateGradients(EngineInputs.Batch(Config, 5));
        double norm = Math.Sqrt(clipped.ExportGradients().Tensors.Sum(tensor => tensor.Values.Sum(value => (double)value * value)));
        double measured = clipped.ApplyGradients(Step with { MaxGradientNorm = limit })!.Value;
        Assert.AreEqual(norm, measured, 1e-5 * norm);

        // AdamW itself does not see the size of gradients, its first moment does: a tenth of the gradient after one step.
        plain.AccumulateGradients(EngineInputs.Batch(Config, 5));
        var gradients = plain.ExportGradients();
        double factor = Math.Min(1, limit / (norm + 1e-6));
        foreach (var moment in clipped.ExportState().FirstMoments.Tensors)
        {
            float[] gradient = gradients[moment.Name].Values;
            for (int i = 0; i < gradient.Length; i++) Assert.AreEqual(0.1 * factor * gradient[i], moment.Values[i], 1e-6 * Math.Abs(gradient[i]) + 1e-12, moment.Name);
        }
    }

    [TestMethod]
    public void AnInfiniteLimit_MeasuresTheNorm_AndChangesNothing_AndWithoutOneItIsNotMeasured()
    {
        using ManagedTrainingEngine measured = EngineInputs.Trainer(Config, 2), plain = EngineInputs.Trainer(Config, 2);
        measured.AccumulateGradients(EngineInputs.Batch(Config, 5));
        plain.AccumulateGradients(EngineInputs.Batch(Config, 5));
        Assert.IsTrue(measured.ApplyGradients(Step with { MaxGradientNorm = double.PositiveInfinity }) > 0);
        Assert.IsNull(plain.ApplyGradients(Step));
        AssertEqual(plain.ExportState(), measured.ExportState());
    }

    [TestMethod]
    public void GradientsThatAreNotFinite_AreNotApplied_WhereTheNormIsMeasured()
    {
        using var engine = EngineInputs.Trainer(Config, 2);
        var before = engine.ExportState();
        var batch = EngineInputs.Batch(Config, 5);
        batch.Images[17] = float.NaN;
        engine.AccumulateGradients(batch);
        Assert.IsFalse(double.IsFinite(engine.ApplyGradients(Step with { MaxGradientNorm = 1 })!.Value));
        AssertEqual(before, engine.ExportState());
        Assert.IsTrue(engine.ExportGradients().Tensors.All(tensor => tensor.Values.All(value => value == 0)));
    }

    [TestMethod]
    public void AStateInAnotherEngine_GoesOnToTheSameBits()
    {
        var settings = EngineInputs.Settings(Config) with { AverageDecay = 0.9 };
        using ManagedTrainingEngine one = new(settings), other = new(settings with { Weights = WeightInitializer.Create(Config, seed: 99), Threads = 1 });
        var frozen = new HashSet<string> { "stages.1.1.gamma", "head.bias" };
        Train(one, 2);
        one.SetFrozen(frozen);
        Train(one, 1);
        var state = one.ExportState();
        Assert.AreEqual((3L, 2L), (state.Steps["norm.bias"], state.Steps["head.bias"]));

        other.AccumulateGradients(EngineInputs.Batch(Config, 3)); // what the state forgets
        other.ImportState(state);
        AssertEqual(state, other.ExportState());
        one.SetFrozen(new HashSet<string>());
        Train(one, 2);
        Train(other, 2);
        AssertEqual(one.ExportState(), other.ExportState());

        static void Train(ManagedTrainingEngine engine, int steps)
        {
            for (int step = 0; step < steps; step++)
            {
                engine.AccumulateGradients(EngineInputs.Batch(Config, 5));
                engine.ApplyGradients(Step);
            }
        }
    }

    [TestMethod]
    public void AStateThatDoesNotFit_IsRefused_SayingWhy()
    {
        using ManagedTrainingEngine without = EngineInputs.Trainer(Config, 2), with = new(EngineInputs.Settings(Config) with { AverageDecay = 0.9 });
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => with.ImportState(without.ExportState())).Message, "no average");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => without.ImportState(with.ExportState())).Message, "engine keeps none");
        var state = without.ExportState();
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => without.ImportState(state with { Steps = state.Steps.Remove("norm.bias") })).Message, "norm.bias");
        Assert.ThrowsExactly<WeightMismatchException>(() => without.ImportState(state with { SecondMoments = new WeightSet() }));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => without.ExportWeights(average: true)).Message, "AverageDecay");
    }

    [TestMethod]
    [DataRow("head.", "norm.", DisplayName = "head and norm")]
    [DataRow("head.", "norm.", "stages.3.", "downsample_layers.3.", DisplayName = "the last stage")]
    [DataRow("stages.1.1.dwconv.weight", "head.bias", DisplayName = "a part of a block in the middle")]
    public void FrozenParameters_StayAsTheyAre_AndTheOthersTrainAsIfTheyWereNot(params string[] trained)
    {
        bool IsTrained(string name) => trained.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
        using ManagedTrainingEngine part = EngineInputs.Trainer(Config, 2), whole = EngineInputs.Trainer(Config, 2);
        var before = part.ExportWeights();
        part.SetFrozen(before.Tensors.Select(tensor => tensor.Name).Where(name => !IsTrained(name)).ToHashSet());
        part.AccumulateGradients(EngineInputs.Batch(Config, 5));
        whole.AccumulateGradients(EngineInputs.Batch(Config, 5));
        double norm = Math.Sqrt(whole.ExportGradients().Tensors.Where(tensor => IsTrained(tensor.Name)).Sum(tensor => tensor.Values.Sum(value => (double)value * value)));
        Assert.IsTrue(part.ExportGradients().Tensors.All(tensor => IsTrained(tensor.Name) || tensor.Values.All(value => value == 0)));
        Assert.AreEqual(norm, part.ApplyGradients(Step with { MaxGradientNorm = double.PositiveInfinity })!.Value, 1e-5 * norm);
        whole.ApplyGradients(Step);

        WeightSet after = part.ExportWeights(), free = whole.ExportWeights();
        foreach (var tensor in after.Tensors)
        {
            CollectionAssert.AreEqual((IsTrained(tensor.Name) ? free : before)[tensor.Name].Values, tensor.Values, tensor.Name);
            if (IsTrained(tensor.Name)) CollectionAssert.AreNotEqual(before[tensor.Name].Values, tensor.Values, tensor.Name);
        }
    }

    [TestMethod]
    public void NamesThatCannotBeFrozen_AreAllNamed()
    {
        using var engine = EngineInputs.Trainer(Config, 2);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => engine.SetFrozen(new HashSet<string> { "head.bias", "tail.bias", "stages.9" })).Message, "stages.9, tail.bias");
    }

    private static void AssertEqual(TrainingEngineState expected, TrainingEngineState actual)
    {
        CollectionAssert.AreEquivalent(expected.Steps, actual.Steps);
        AssertEqualTensors(expected.Weights, actual.Weights);
        AssertEqualTensors(expected.FirstMoments, actual.FirstMoments);
        AssertEqualTensors(expected.SecondMoments, actual.SecondMoments);
        Assert.AreEqual(expected.Average is null, actual.Average is null);
        if (expected.Average is not null) AssertEqualTensors(expected.Average, actual.Average!);
    }

    private static void AssertEqualTensors(WeightSet expected, WeightSet actual)
    {
        foreach (var (one, other) in expected.Tensors.Zip(actual.Tensors)) CollectionAssert.AreEqual(one.Values, other.Values, one.Name);
    }
}
