using System.Text.Json;
using ConvNeXt.Backbone;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Imaging.Operations;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Tests.Imaging;
using ConvNeXt.Tests.Training.Recipes;

namespace ConvNeXt.Tests.Training.Augmentation;

[TestClass]
public sealed class AugmentationTests
{
    private const int Size = 32;

    private static readonly TrainingOptions Plain = new() { Crop = null, HorizontalFlip = 0, Preprocessing = ImagePreprocessing.ForSize(Size) };
    private static readonly RgbImage Picture = PreprocessingTests.Noise(50, 40, seed: 5);

    [TestMethod]
    public void CropAndFlip_HaveTheOfficialDefaults()
    {
        var golden = GoldenRecipe.Read("train_transform.json");
        var crop = golden.GetProperty("random_resized_crop");
        var options = new RandomResizedCrop();
        CollectionAssert.AreEqual(GoldenRecipe.Doubles(crop.GetProperty("area_scale")), new[] { options.MinScale, options.MaxScale });
        CollectionAssert.AreEqual(GoldenRecipe.Doubles(crop.GetProperty("aspect")), new[] { options.MinRatio, options.MaxRatio });
        Assert.AreEqual(golden.GetProperty("horizontal_flip").GetDouble(), new TrainingOptions().HorizontalFlip);
        var preprocessing = ImagePreprocessing.ForSize(224);
        Assert.AreEqual(Interpolation.Bicubic, preprocessing.Interpolation);
        Check(golden.GetProperty("mean"), preprocessing.Mean);
        Check(golden.GetProperty("std"), preprocessing.StandardDeviation);

        static void Check(JsonElement expected, RgbTriple actual) =>
            CollectionAssert.AreEqual(expected.EnumerateArray().Select(value => value.GetSingle()).ToArray(), new[] { actual.Red, actual.Green, actual.Blue });
    }

    [TestMethod]
    public void Steps_ComeInTheOfficialOrder()
    {
        string[] order = [.. GoldenRecipe.Read("train_transform.json").GetProperty("order").EnumerateArray().Select(step => step.GetString()!)];
        CollectionAssert.AreEqual(
            new[] { "RandomResizedCropAndInterpolation", "RandomHorizontalFlip", "RandAugment", "ToTensor", "Normalize", "RandomErasing" }, order);

        // The same draws by hand: resize, mirror, augment, normalise, erase.
        var options = Plain with { Crop = new(), HorizontalFlip = 1, RandAugment = new() { OperationProbability = 1 }, RandomErasing = new() { Probability = 1 } };
        var random = new CounterRandom(options.Seed, RandomPurpose.Augmentation, 3, 4);
        var area = options.Crop.Choose(Picture.Width, Picture.Height, inputRatio: 1, ref random);
        var pixels = new PixelBuffers(Size, Size);
        ImageResizer.Resize(Picture, area, Size, Size, new PixelArea(0, 0, Size, Size), Interpolation.Bicubic, pixels.Pixels);
        random.NextDouble();
        PixelMirror.Apply(pixels.Pixels, Size);
        options.RandAugment.Apply(new ImageOperations(Interpolation.Bicubic, RgbTriple.ImageNetMean), ref pixels, ref random);
        float[] expected = new float[options.Preprocessing.Length];
        PixelNormalizer.Get(RgbTriple.ImageNetMean, RgbTriple.ImageNetStandardDeviation).Convert(pixels.Pixels, expected);
        options.RandomErasing.Apply(expected, Size, Size, ref random);
        pixels.Dispose();
        CollectionAssert.AreEqual(expected, Augment(options, epoch: 3, item: 4));
    }

    [TestMethod]
    public void Augmentation_IsAnotherInEachEpochAndForEachItem_AndTheSameWhenRepeated()
    {
        var options = Plain with { Crop = new(), HorizontalFlip = 0.5, RandAugment = new(), RandomErasing = new() { Probability = 1 } };
        float[] first = Augment(options, 0, 0);
        CollectionAssert.AreEqual(first, Augment(options, 0, 0));
        CollectionAssert.AreNotEqual(first, Augment(options, 1, 0));
        CollectionAssert.AreNotEqual(first, Augment(options, 0, 1));
        CollectionAssert.AreNotEqual(first, Augment(options with { Seed = 1 }, 0, 0));
    }

    [TestMethod]
    public void Augmentation_LeavesNothingToTheGarbageCollector()
    {
        var options = Plain with { Crop = new(), HorizontalFlip = 0.5, RandAugment = new(), RandomErasing = new() { Probability = 1 } };
        var augmentation = new TrainingAugmentation(options);
        float[] result = new float[options.Preprocessing.Length];
        for (int item = 0; item < 50; item++) augmentation.Apply(Picture, 0, item, result); // fills the pools
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int item = 0; item < 50; item++) augmentation.Apply(Picture, 0, item, result);
        long each = (GC.GetAllocatedBytesForCurrentThread() - before) / 50;
        Assert.IsTrue(each < 1024, $"{each} bytes an image");
    }

    [TestMethod]
    public void ColorJitter_IsLeftOutBesideRandAugment_AsInTheOfficialCode()
    {
        StringAssert.Contains(GoldenRecipe.Read("randaugment.json").GetProperty("color_jitter").GetString(), "NOT applied because RandAugment is on");
        var augmented = Plain with { RandAugment = new() };
        CollectionAssert.AreEqual(Augment(augmented, 0, 0), Augment(augmented with { ColorJitter = new() }, 0, 0));
        CollectionAssert.AreNotEqual(Augment(Plain, 0, 0), Augment(Plain with { ColorJitter = new() }, 0, 0));
        Assert.AreEqual(new ColorJitter { Brightness = 0.4, Contrast = 0.4, Saturation = 0.4 }, new ColorJitter());
    }

    [TestMethod]
    public void ColorJitter_StaysWithinItsStrength_AndReachesBothEnds()
    {
        var grey = new RgbImage(Size, Size, [.. Enumerable.Repeat((byte)100, Size * Size * 3)]);
        var options = Plain with
        {
            Preprocessing = Plain.Preprocessing with { CropRatio = 1, Mean = default, StandardDeviation = new(1 / 255f, 1 / 255f, 1 / 255f) },
            ColorJitter = new() { Brightness = 0.3, Contrast = 0.5, Saturation = 0.5 }, // only brightness changes an even grey
        };
        float[] levels = [.. Enumerable.Range(0, 400).Select(item => Augment(options, 0, item, grey)[0])];
        Assert.AreEqual(70, levels.Min(), 1.5f);
        Assert.AreEqual(130, levels.Max(), 1.5f);
    }

    [TestMethod]
    public void RandomErasing_HasTheOfficialDefaults()
    {
        var golden = GoldenRecipe.Read("random_erasing.json");
        var options = new RandomErasing();
        Assert.AreEqual(golden.GetProperty("probability").GetDouble(), options.Probability);
        Assert.AreEqual(golden.GetProperty("count").GetInt32(), options.Count);
        CollectionAssert.AreEqual(GoldenRecipe.Doubles(golden.GetProperty("area_fraction")), new[] { options.MinArea, options.MaxArea });
        CollectionAssert.AreEqual(GoldenRecipe.Doubles(golden.GetProperty("aspect_ratio")), new[] { options.MinRatio, options.MaxRatio });
    }

    [TestMethod]
    [DataRow(100.0, 1.0, 10, 10)]
    [DataRow(6.25, 1.0, 2, 2, DisplayName = "2.5 is rounded to even")]
    [DataRow(12.25, 1.0, 4, 4, DisplayName = "3.5 is rounded to even")]
    [DataRow(900.0, 0.25, 15, 60, DisplayName = "the ratio is of height to width")]
    public void ErasedRectangle_HasTheOfficialSize(double area, double ratio, int height, int width) =>
        Assert.AreEqual((height, width), RandomErasing.SizeOf(area, ratio));

    [TestMethod]
    public void ErasedRectangles_AreSmallerThanTheImage_AndReachItsBorders()
    {
        var options = new RandomErasing();
        int top = int.MaxValue, left = int.MaxValue, bottom = 0, right = 0;
        double smallest = 1, largest = 0;
        for (int item = 0; item < 5000; item++)
        {
            var random = new CounterRandom(1, RandomPurpose.Augmentation, 0, item);
            var area = options.Choose(48, 64, ref random)!.Value;
            Assert.IsTrue(area.IsWithin(64, 48) && area.Width < 64 && area.Height < 48, $"{area}");
            (top, left, bottom, right) = (Math.Min(top, area.Y), Math.Min(left, area.X), Math.Max(bottom, area.Y + area.Height), Math.Max(right, area.X + area.Width));
            double share = area.Width * area.Height / (48.0 * 64);
            (smallest, largest) = (Math.Min(smallest, share), Math.Max(largest, share));
        }
        Assert.AreEqual((0, 0, 48, 64), (top, left, bottom, right));
        Assert.AreEqual(0.02, smallest, 0.003);
        Assert.AreEqual(1 / 3.0, largest, 0.01);
    }

    [TestMethod]
    public void ErasedPixels_AreStandardNormal_InOneRectangle_AQuarterOfTheTime()
    {
        const int Images = 2000;
        const float Untouched = 100;
        int erased = 0;
        long values = 0;
        double sum = 0, squares = 0;
        float[] image = new float[Size * Size * 3];
        for (int item = 0; item < Images; item++)
        {
            Array.Fill(image, Untouched);
            var random = new CounterRandom(1, RandomPurpose.Augmentation, 0, item);
            new RandomErasing().Apply(image, Size, Size, ref random);
            int[] changed = [.. Enumerable.Range(0, image.Length).Where(i => image[i] != Untouched)];
            if (changed.Length == 0) continue;
            erased++;
            int[] rows = [.. changed.Select(i => i / (Size * 3)).Distinct()], columns = [.. changed.Select(i => i / 3 % Size).Distinct()];
            Assert.AreEqual(rows.Length * columns.Length * 3, changed.Length, "every channel of a rectangle");
            values += changed.Length;
            sum += changed.Sum(i => (double)image[i]);
            squares += changed.Sum(i => (double)image[i] * image[i]);
            Assert.AreEqual(changed.Length, changed.Select(i => image[i]).Distinct().Count(), 3, "each value is drawn anew");
        }
        Assert.AreEqual(0.25, (double)erased / Images, 0.03);
        Assert.AreEqual(0, sum / values, 0.01);
        Assert.AreEqual(1, squares / values, 0.02);
    }

    [TestMethod]
    public void SettingsOutOfRange_AreNamed()
    {
        Expect(Plain with { RandAugment = new() { Magnitude = 11 } }, nameof(RandAugment.Magnitude));
        Expect(Plain with { RandAugment = new() { MagnitudeDeviation = double.NaN } }, nameof(RandAugment.MagnitudeDeviation));
        Expect(Plain with { RandAugment = new() { Operations = 0 } }, nameof(RandAugment.Operations));
        Expect(Plain with { RandAugment = new() { OperationProbability = 2 } }, nameof(RandAugment.OperationProbability));
        Expect(Plain with { RandomErasing = new() { MinArea = 0 } }, nameof(RandomErasing.MinArea));
        Expect(Plain with { RandomErasing = new() { MaxArea = 0.01 } }, nameof(RandomErasing.MaxArea));
        Expect(Plain with { RandomErasing = new() { MinRatio = 4 } }, nameof(RandomErasing.MaxRatio));
        Expect(Plain with { RandomErasing = new() { Count = 0 } }, nameof(RandomErasing.Count));
        Expect(Plain with { ColorJitter = new() { Brightness = 1.5 } }, nameof(ColorJitter.Brightness));
        (Plain with { RandAugment = new(), RandomErasing = new(), ColorJitter = new() }).Validate();

        static void Expect(TrainingOptions options, string name) =>
            Assert.AreEqual(name, Assert.ThrowsExactly<ArgumentOutOfRangeException>(options.Validate).ParamName);
    }

    private static float[] Augment(TrainingOptions options, int epoch, int item, RgbImage? picture = null)
    {
        float[] result = new float[options.Preprocessing.Length];
        new TrainingAugmentation(options).Apply(picture ?? Picture, epoch, item, result);
        return result;
    }
}
