using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Distillation;
using ConvNeXt.Backbone.Engines.Managed;

namespace ConvNeXt.Tests.Engines;

/// <summary>Learning from a teacher's probabilities in the managed engine; the TorchSharp engine has the same tests.</summary>
[TestClass]
public sealed class TeacherObjectiveTests
{
    [TestMethod]
    [DataRow(false, DisplayName = "probabilities")]
    [DataRow(true, DisplayName = "probabilities and maps")]
    public void Gradients_AreTheSlopesOfTheLoss(bool withFeatures)
    {
        using var lessons = new TeacherLessons(EngineInputs.Settings(TeacherLessons.Config), withFeatures);
        using var engine = new ManagedTrainingEngine(lessons.Settings);
        lessons.AssertGradientsAreSlopes(engine);
    }

    [TestMethod]
    public unsafe void PartsOfABatch_AddUpToTheWhole()
    {
        const int classes = 4, count = 5;
        var random = new Random(1);
        ITrainingObjective objective = Objective(random, count, classes);
        var batch = Batch(random, count, classes);
        float[] logits = Values(random, count * classes), whole = new float[logits.Length], parts = new float[logits.Length];
        double wholeLoss, partsLoss = 0;
        fixed (float* from = logits, toWhole = whole, toParts = parts)
        {
            wholeLoss = objective.AtLogits(from, batch, BatchPart.Whole(batch), classes, toWhole);
            foreach (var part in new[] { new BatchPart(0, 2), new BatchPart(2, 3) })
                partsLoss += objective.AtLogits(from + (part.First * classes), batch, part, classes, toParts + (part.First * classes));
        }

        Assert.AreEqual(wholeLoss, partsLoss, 1e-9);
        for (int i = 0; i < whole.Length; i++) Assert.AreEqual(whole[i], parts[i], 1e-7f);
    }

    [TestMethod]
    public unsafe void AtTemperatureOne_WithoutLabels_ItIsCrossEntropyWithTheTeachersProbabilities()
    {
        const int classes = 4, count = 3;
        var random = new Random(2);
        var teacher = new TeacherObjective(temperature: 1, labelWeight: 0, count, classes);
        Values(random, count * classes).CopyTo(teacher.Logits, 0);
        teacher.Weights.AsSpan().Fill(1);
        var batch = Batch(random, count, classes);
        for (int image = 0; image < count; image++)
        {
            double sum = 0;
            for (int c = 0; c < classes; c++) sum += Math.Exp(teacher.Logits[(image * classes) + c]);
            for (int c = 0; c < classes; c++) batch.Targets[(image * classes) + c] = (float)(Math.Exp(teacher.Logits[(image * classes) + c]) / sum);
        }

        float[] logits = Values(random, count * classes), expected = new float[logits.Length], actual = new float[logits.Length];
        fixed (float* from = logits, toExpected = expected, toActual = actual)
        {
            CrossEntropyObjective.Instance.AtLogits(from, batch, BatchPart.Whole(batch), classes, toExpected);
            ((ITrainingObjective)teacher).AtLogits(from, batch, BatchPart.Whole(batch), classes, toActual);
        }

        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], actual[i], 1e-6f);
    }

    private static TeacherObjective Objective(Random random, int count, int classes)
    {
        var objective = new TeacherObjective(temperature: 2, labelWeight: 0.4, count, classes);
        Values(random, count * classes).CopyTo(objective.Logits, 0);
        for (int image = 0; image < count; image++) objective.Weights[image] = 0.2f * (image + 1);
        return objective;
    }

    private static TrainingBatch Batch(Random random, int count, int classes) => new()
    {
        Images = [],
        Targets = [.. Values(random, count * classes).Select(MathF.Abs)],
        Count = count,
        Height = 32,
        Width = 32,
        GradientScale = 0.5f,
    };

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 6) - 3)];
}
