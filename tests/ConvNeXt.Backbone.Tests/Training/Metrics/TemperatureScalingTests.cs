using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Metrics;

namespace ConvNeXt.Tests.Training.Metrics;

[TestClass]
public sealed class TemperatureScalingTests
{
    [TestMethod]
    [DataRow(1.0)]
    [DataRow(3.0)]
    [DataRow(0.25)]
    public void Fit_FindsWhatLogitsWereMultipliedBy(double factor)
    {
        // Of 100 images at probability p, 100 p are right: calibrated as they are, so that the factor is the temperature.
        var logits = new List<float[]>();
        var labels = new List<int>();
        foreach (double probability in new[] { 0.55, 0.7, 0.9 })
        {
            for (int image = 0; image < 100; image++)
            {
                logits.Add([(float)(factor * Math.Log(probability / (1 - probability))), 0]);
                labels.Add(image < Math.Round(100 * probability) ? 0 : 1);
            }
        }
        Assert.AreEqual(factor, TemperatureScaling.Fit(logits, labels), 1e-5);
    }

    [TestMethod]
    public void Fit_HasTheLeastLossOfAll()
    {
        var random = new Random(4);
        float[][] logits = [.. Enumerable.Range(0, 60).Select(_ => (float[])[.. Enumerable.Range(0, 5).Select(_ => (float)(8 * random.NextDouble()))])];
        int[] labels = [.. logits.Select(scores => random.NextDouble() < 0.6 ? Array.IndexOf(scores, scores.Max()) : random.Next(5))];
        double temperature = TemperatureScaling.Fit(logits, labels), least = Loss(temperature);
        Assert.IsTrue(temperature is > 1 and < 9, $"{temperature}");
        Assert.IsTrue(least < Loss(1) - 0.01);
        foreach (double other in new[] { 0.9, 0.999, 1.001, 1.1 }) Assert.IsTrue(least < Loss(temperature * other), $"{other}");

        double Loss(double t) => logits.Zip(labels, (scores, label) => Math.Log(scores.Sum(score => Math.Exp(score / t))) - scores[label] / t).Average();
    }

    [TestMethod]
    public void SetsWithoutAFiniteOptimum_GetTheBounds()
    {
        Assert.AreEqual(TemperatureScaling.Least, TemperatureScaling.Fit([[2, 0], [0, 2]], [0, 1]), "all are right");
        Assert.AreEqual(TemperatureScaling.Largest, TemperatureScaling.Fit([[2, 0], [0, 2]], [1, 0]), "all are wrong");
        Assert.ThrowsExactly<ArgumentException>(() => TemperatureScaling.Fit([], []));
    }

    [TestMethod]
    public void Session_CalibratesTheKeptWeights_AndLeavesThem()
    {
        var config = new ConvNeXtConfig { Depths = [1, 1, 1, 1], Widths = [8, 16, 24, 32], ClassCount = 3, LayerScaleInit = 0.1f };
        var options = new TrainingOptions { Epochs = 4, WarmupEpochs = 1, BatchSize = 8, Preprocessing = ImagePreprocessing.ForSize(32), Seed = 5 };
        TrainingResult plain = Run(options), calibrated = Run(options with { CalibrateTemperature = true });

        Assert.IsNull(plain.Calibration);
        Calibration calibration = calibrated.Calibration!;
        Assert.AreEqual(plain.BestEpoch!.Validation!.Loss, calibration.Before.Loss, 1e-9);
        Assert.IsTrue(calibration.After.Loss < calibration.Before.Loss, $"{calibration}");
        Assert.AreEqual(calibration.Before.MicroAccuracy, calibration.After.MicroAccuracy);
        foreach (var tensor in plain.Weights.Tensors) CollectionAssert.AreEqual(tensor.Values, calibrated.Weights[tensor.Name].Values, tensor.Name);

        string message = Assert.ThrowsExactly<ArgumentException>(
            () => new TrainingSession(config, null, options with { CalibrateTemperature = true }, new SyntheticImages(30, 3))).Message;
        StringAssert.Contains(message, "CalibrateTemperature needs a validation set");

        TrainingResult Run(TrainingOptions o) => new TrainingSession(config, null, o, new SyntheticImages(30, 3), new SyntheticImages(13, 3, seed: 2)).Run();
    }
}
