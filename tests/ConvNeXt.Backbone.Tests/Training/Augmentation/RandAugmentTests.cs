using System.Text.Json;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Tests.Imaging;
using ConvNeXt.Tests.Training.Recipes;

namespace ConvNeXt.Tests.Training.Augmentation;

[TestClass]
public sealed class RandAugmentTests
{
    private static readonly ImageOperations Official = new(Interpolation.Bicubic, RgbTriple.ImageNetMean);

    [TestMethod]
    public void OperationsOnAPhoto_EqualPillow_BitForBit()
    {
        var index = GoldenRecipe.Read("randaugment_images", "index.json");
        var input = PngPixels.Read(TestFolders.Data("golden", "recipe", "randaugment_images", "input.png"));
        int compared = 0;
        foreach (var entry in index.GetProperty("images").EnumerateArray())
        {
            string file = entry.GetProperty("file").GetString()!;
            double argument = entry.GetProperty("arg") is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : 0;
            var expected = PngPixels.Read(TestFolders.Data("golden", "recipe", "randaugment_images", file));
            CollectionAssert.AreEqual(expected.Pixels, Apply(input, Named(entry.GetProperty("op")), argument), file);
            compared++;
        }
        Assert.AreEqual(29, compared);
        CollectionAssert.AreEqual(new[] { 124, 116, 104 }, GoldenRecipe.Integers(index.GetProperty("fill_color_rgb")));
        CollectionAssert.AreEqual(new byte[] { 124, 116, 104 }, Apply(input, ImageOperation.TranslateX, 0.405)[^3..], "what comes in has the mean colour");
    }

    [TestMethod]
    public void Strengths_EqualTimms_AtAllMagnitudes()
    {
        int compared = 0;
        var operations = GoldenRecipe.Read("randaugment.json").GetProperty("ops").EnumerateArray().ToArray();
        foreach (var entry in operations)
        {
            var operation = Named(entry.GetProperty("op"));
            bool hasSign = entry.TryGetProperty("random_sign", out var sign) && sign.GetBoolean();
            Assert.AreEqual(hasSign, OperationStrength.HasSign(operation, increasing: true), $"{operation}");
            if (!entry.TryGetProperty("arg_at_level", out var levels)) continue;
            foreach (var level in levels.EnumerateObject())
            {
                double magnitude = double.Parse(level.Name, System.Globalization.CultureInfo.InvariantCulture);
                double[] expected = GoldenRecipe.Doubles(level.Value);
                int[] signs = expected.Length == 2 ? [-1, 1] : [1];
                for (int i = 0; i < signs.Length; i++)
                    Assert.AreEqual(expected[i], OperationStrength.ArgumentOf(operation, magnitude, signs[i], increasing: true), 1e-12, $"{operation} {magnitude}");
                compared++;
            }
        }
        CollectionAssert.AreEqual(Enum.GetValues<ImageOperation>(), operations.Select(entry => Named(entry.GetProperty("op"))).ToArray(), "the same fifteen in the same order");
        Assert.AreEqual(12 * 10, compared);
    }

    [TestMethod]
    [DataRow(ImageOperation.Posterize, 9, 3)]
    [DataRow(ImageOperation.Solarize, 9, 230)]
    [DataRow(ImageOperation.Contrast, 9, 1.72)]
    [DataRow(ImageOperation.Sharpness, 0, 0.1)]
    public void WithoutIncreasing_StrengthsAreThoseOfTimmsOtherList(object operation, double magnitude, double expected)
    {
        Assert.IsFalse(OperationStrength.HasSign((ImageOperation)operation, increasing: false));
        Assert.AreEqual(expected, OperationStrength.ArgumentOf((ImageOperation)operation, magnitude, 1, increasing: false), 1e-12);
    }

    [TestMethod]
    public void Defaults_AreTheOfficialPolicy()
    {
        var golden = GoldenRecipe.Read("randaugment.json");
        var options = new RandAugment();
        Assert.AreEqual("rand-m9-mstd0.5-inc1", golden.GetProperty("policy").GetString());
        Assert.AreEqual((9, 0.5, true), (options.Magnitude, options.MagnitudeDeviation, options.Increasing));
        Assert.AreEqual(golden.GetProperty("num_ops_per_image").GetInt32(), options.Operations);
        Assert.AreEqual(golden.GetProperty("prob_per_op").GetDouble(), options.OperationProbability);
    }

    [TestMethod]
    public void OperationsAreApplied_AsOftenAsTheirProbabilitySays()
    {
        const int Images = 4000;
        var grey = new RgbImage(8, 8, [.. Enumerable.Repeat((byte)50, 192)]);
        var augment = new RandAugment { Magnitude = 10, MagnitudeDeviation = 0, Operations = 1 };
        int changed = 0;
        for (int item = 0; item < Images; item++)
        {
            var random = new CounterRandom(1, RandomPurpose.Augmentation, 0, item);
            if (!Apply(grey, (ref PixelBuffers image) => augment.Apply(Official, ref image, ref random)).AsSpan().SequenceEqual(grey.Pixels)) changed++;
        }
        // At the largest magnitude ten of the fifteen change an even grey of 50: not AutoContrast, Equalize, Color, Contrast and Sharpness.
        Assert.AreEqual(0.5 * 10 / 15, (double)changed / Images, 0.03);
    }

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(1, 7)]
    [DataRow(2, 2)]
    [DataRow(64, 3)]
    public void ImagesOfExtremeShape_ComeThroughAllOperations(int width, int height)
    {
        var image = PreprocessingTests.Noise(width, height, seed: 1);
        foreach (var operation in Enum.GetValues<ImageOperation>())
            foreach (int sign in new[] { -1, 1 })
                Assert.AreEqual(image.Pixels.Length, Apply(image, operation, OperationStrength.ArgumentOf(operation, 9, sign, increasing: true)).Length, $"{operation}");
    }

    [TestMethod]
    public void OperationsWithoutEffect_LeaveTheImage()
    {
        var image = PreprocessingTests.Noise(31, 17, seed: 2);
        var identities = new (ImageOperation Operation, double Argument)[]
        {
            (ImageOperation.Rotate, 0), (ImageOperation.ShearX, 0), (ImageOperation.ShearY, 0), (ImageOperation.TranslateX, 0), (ImageOperation.TranslateY, 0),
            (ImageOperation.Posterize, 8), (ImageOperation.Solarize, 256), (ImageOperation.SolarizeAdd, 0),
            (ImageOperation.Color, 1), (ImageOperation.Contrast, 1), (ImageOperation.Brightness, 1), (ImageOperation.Sharpness, 1),
        };
        foreach (var (operation, argument) in identities) CollectionAssert.AreEqual(image.Pixels, Apply(image, operation, argument), $"{operation}");
    }

    [TestMethod]
    public void RotatedBilinear_IsBetweenItsNeighbours_AndABicubicOneOvershoots()
    {
        byte[] halves = new byte[16 * 16 * 3];
        for (int i = 0; i < halves.Length; i++) halves[i] = (byte)(i / 3 % 16 < 8 ? 100 : 150);
        var image = new RgbImage(16, 16, halves);
        var bilinear = new ImageOperations(Interpolation.Bilinear, new RgbTriple(0.5f, 0.5f, 0.5f));
        byte[] smooth = Apply(image, (ref PixelBuffers pixels) => bilinear.Apply(ImageOperation.Rotate, 20, ref pixels));
        Assert.IsTrue(smooth.All(value => value is >= 100 and <= 150), "the fill colour 128 is, too");
        Assert.IsTrue(Apply(image, ImageOperation.Rotate, 20).Any(value => value is < 100 or > 150));
    }

    private static byte[] Apply(RgbImage image, ImageOperation operation, double argument) =>
        Apply(image, (ref PixelBuffers pixels) => Official.Apply(operation, argument, ref pixels));

    private static byte[] Apply(RgbImage image, Change change)
    {
        var pixels = new PixelBuffers(image.Width, image.Height);
        image.Pixels.CopyTo(pixels.Pixels);
        change(ref pixels);
        byte[] result = pixels.Pixels.ToArray();
        pixels.Dispose();
        return result;
    }

    private static ImageOperation Named(JsonElement name) =>
        Enum.Parse<ImageOperation>(name.GetString()!.Replace("Increasing", "", StringComparison.Ordinal).Replace("Rel", "", StringComparison.Ordinal));

    private delegate void Change(ref PixelBuffers image);
}
