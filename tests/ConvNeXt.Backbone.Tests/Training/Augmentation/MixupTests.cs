using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.Tests.Engines;
using ConvNeXt.Tests.Training.Recipes;

namespace ConvNeXt.Tests.Training.Augmentation;

[TestClass]
public sealed class MixupTests
{
    [TestMethod]
    public void MixedTargets_EqualTheOfficialOnes()
    {
        int compared = 0;
        foreach (var example in GoldenRecipe.Read("mixup_cutmix.json").GetProperty("target_examples").EnumerateArray())
        {
            int classes = example.GetProperty("num_classes").GetInt32();
            int[] labels = GoldenRecipe.Integers(example.GetProperty("labels"));
            double share = example.GetProperty("lam").GetDouble(), smoothing = example.GetProperty("smoothing").GetDouble();
            float[] target = new float[classes];
            for (int image = 0; image < labels.Length; image++)
            {
                SoftTargets.Mix(labels[image], labels[^(image + 1)], share, smoothing, target);
                double[] expected = GoldenRecipe.Doubles(example.GetProperty("targets")[image]);
                for (int label = 0; label < classes; label++) Assert.AreEqual(expected[label], target[label], 1e-7, $"example {compared}, image {image}, class {label}");
            }
            compared++;
        }
        Assert.AreEqual(5, compared);
    }

    [TestMethod]
    public void CutMixBoxes_EqualTheOfficialOnes_Exactly()
    {
        int compared = 0;
        foreach (var example in GoldenRecipe.Read("mixup_cutmix.json").GetProperty("cutmix_boxes").EnumerateArray())
        {
            int Integer(string name) => example.GetProperty(name).GetInt32();
            var mix = BatchMix.Cut(Integer("height"), Integer("width"), example.GetProperty("lam_drawn").GetDouble(), Integer("center_y"), Integer("center_x"));
            var box = mix.Box!.Value;
            CollectionAssert.AreEqual(GoldenRecipe.Integers(example.GetProperty("box_yl_yh_xl_xh")), new[] { box.Top, box.Bottom, box.Left, box.Right });
            Assert.AreEqual(example.GetProperty("lam_corrected").GetDouble(), mix.Share, 1e-15);
            compared++;
        }
        Assert.IsTrue(compared >= 30, $"{compared}");
    }

    [TestMethod]
    public void Defaults_AreTheOfficialOnes()
    {
        var facts = GoldenRecipe.Read("mixup_cutmix.json").GetProperty("facts");
        double Fact(string name) => facts.GetProperty(name).GetDouble();
        var options = new Mixup();
        options.Validate();
        Assert.AreEqual(
            (Fact("mixup_alpha"), Fact("cutmix_alpha"), Fact("prob"), Fact("switch_prob")),
            (options.MixupAlpha, options.CutMixAlpha, options.Probability, options.SwitchProbability));
    }

    [TestMethod]
    public void MixedImages_EqualThoseOfTheRecordedTrainingBatch()
    {
        const double Share = 0.7; // "lam" of the recording's description
        using var file = SafetensorsFile.Open(GoldenNetwork.File("train", "fb_v1_small.batch.safetensors"));
        var (images, count, height, width) = GoldenNetwork.Images(file, "raw_images");
        new BatchMix(Share, null).Apply(images, count, height, width);
        float[] expected = GoldenNetwork.Images(file, "images").Images;
        for (int i = 0; i < images.Length; i++) Assert.AreEqual(expected[i], images[i], 1e-6f);

        long[] labels = file.ReadInt64s("labels");
        double[] targets = file.ReadDoubles("targets_f64");
        int classes = targets.Length / count;
        float[] target = new float[classes];
        for (int image = 0; image < count; image++)
        {
            SoftTargets.Mix((int)labels[image], (int)labels[count - 1 - image], Share, smoothing: 0.1, target);
            Assert.IsTrue(GoldenNetwork.Difference(targets.AsSpan(image * classes, classes), target) <= 1e-7);
        }
    }

    [TestMethod]
    [DataRow(4)]
    [DataRow(5)]
    [DataRow(1)]
    public void CutMix_ExchangesTheBox_AndTheMiddleImageOfAnOddBatchStays(int count)
    {
        const int Height = 6, Width = 5, Length = Height * Width * 3;
        float[] images = new float[count * Length];
        for (int i = 0; i < images.Length; i++) images[i] = i / Length;
        var box = new CutMixBox(1, 4, 2, 5);
        new BatchMix(0.7, box).Apply(images, count, Height, Width);
        for (int i = 0; i < images.Length; i++)
        {
            int image = i / Length, y = i % Length / (Width * 3), x = i / 3 % Width;
            bool inside = y >= box.Top && y < box.Bottom && x >= box.Left && x < box.Right;
            Assert.AreEqual(inside ? count - 1 - image : image, images[i]);
        }
    }

    [TestMethod]
    public void Mixup_OfAnOddBatch_LeavesTheMiddleImage()
    {
        const int Length = 2 * 2 * 3;
        float[] images = new float[3 * Length];
        for (int i = 0; i < images.Length; i++) images[i] = i / Length;
        new BatchMix(0.75, null).Apply(images, 3, 2, 2);
        for (int i = 0; i < images.Length; i++) Assert.AreEqual(new[] { 0.5f, 1f, 1.5f }[i / Length], images[i]);
    }

    [TestMethod]
    [DataRow(0.8, 1.0, 1.0, 0.5, 0.5, 0.5, DisplayName = "either, half of the time")]
    [DataRow(0.8, 0.0, 1.0, 0.5, 1.0, 0.0, DisplayName = "Mixup alone")]
    [DataRow(0.0, 1.0, 1.0, 0.5, 0.0, 1.0, DisplayName = "CutMix alone")]
    [DataRow(0.8, 1.0, 0.4, 0.25, 0.3, 0.1, DisplayName = "seldom, and then mostly Mixup")]
    public void KindsAreDrawn_AsOftenAsTheirProbabilitiesSay(double mixup, double cutMix, double probability, double switchProbability, double mixed, double cut)
    {
        const int Batches = 5000;
        var options = new Mixup { MixupAlpha = mixup, CutMixAlpha = cutMix, Probability = probability, SwitchProbability = switchProbability };
        int ofMixup = 0, ofCutMix = 0;
        for (int batch = 0; batch < Batches; batch++)
        {
            var random = new CounterRandom(1, RandomPurpose.Mixing, 0, batch);
            var mix = options.Draw(32, 32, ref random);
            if (mix.Box is not null) ofCutMix++;
            else if (mix.Share < 1) ofMixup++;
        }
        Assert.AreEqual(mixed, (double)ofMixup / Batches, 0.03);
        Assert.AreEqual(cut, (double)ofCutMix / Batches, 0.03);
    }

    [TestMethod]
    [DataRow(0.8)]
    [DataRow(1.0)]
    [DataRow(0.1)]
    [DataRow(4.0)]
    public void BetaDraws_HaveMeanAndVarianceOfTheDistribution(double alpha)
    {
        const int Draws = 20000;
        var random = new CounterRandom(2, RandomPurpose.Mixing, 0, 0);
        double sum = 0, squares = 0;
        for (int i = 0; i < Draws; i++)
        {
            double value = random.NextBeta(alpha, alpha);
            Assert.IsTrue(value is >= 0 and <= 1);
            sum += value;
            squares += (value - 0.5) * (value - 0.5);
        }
        Assert.AreEqual(0.5, sum / Draws, 0.01);
        Assert.AreEqual(1 / (4 * (2 * alpha + 1)), squares / Draws, 0.005);
    }

    [TestMethod]
    public void SettingsOutOfRange_AreNamed()
    {
        Expect(new Mixup { MixupAlpha = -1 }, nameof(Mixup.MixupAlpha));
        Expect(new Mixup { MixupAlpha = 0, CutMixAlpha = 0 }, nameof(Mixup.MixupAlpha));
        Expect(new Mixup { CutMixAlpha = double.NaN }, nameof(Mixup.CutMixAlpha));
        Expect(new Mixup { Probability = 1.1 }, nameof(Mixup.Probability));
        Expect(new Mixup { SwitchProbability = -0.1 }, nameof(Mixup.SwitchProbability));

        static void Expect(Mixup bad, string name) =>
            Assert.AreEqual(name, Assert.ThrowsExactly<ArgumentOutOfRangeException>(new TrainingOptions { Mixup = bad }.Validate).ParamName);
    }
}
