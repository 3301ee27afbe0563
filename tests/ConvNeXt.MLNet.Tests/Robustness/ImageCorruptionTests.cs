using System.Text.Json;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Robustness;

namespace ConvNeXt.Tests.Robustness;

/// <summary>The corruptions of ImageNet-C: published parameters, what each does to the statistics of an image, and that the same draws give the same bits.</summary>
[TestClass]
public sealed class ImageCorruptionTests
{
    private const int Width = 96, Height = 80;

    public static IEnumerable<object[]> All => ImageCorruption.Standard.Concat(ImageCorruption.Extra).Select(corruption => new object[] { corruption.Name });

    [TestMethod]
    public void NamesGroupsAndAlexNetErrors_AreThePublishedOnes()
    {
        using JsonDocument published = JsonDocument.Parse(File.ReadAllBytes(TestFolders.Data("golden", "corruptions", "imagenet_c.json")));
        JsonElement[] standard = [.. published.RootElement.GetProperty("corruptions").EnumerateArray()];
        Assert.HasCount(15, standard);
        for (int i = 0; i < standard.Length; i++)
        {
            ImageCorruption corruption = ImageCorruption.Standard[i];
            Assert.AreEqual(standard[i].GetProperty("name").GetString(), corruption.Name);
            Assert.AreEqual(standard[i].GetProperty("group").GetString(), corruption.Group);
            Assert.AreEqual(standard[i].GetProperty("alexnet_error").GetDouble(), corruption.AlexNetError);
        }
        CollectionAssert.AreEqual(
            published.RootElement.GetProperty("extra_held_out_corruptions_not_in_mce").EnumerateArray().Select(item => item.GetProperty("name").GetString()).ToArray(),
            ImageCorruption.Extra.Select(corruption => corruption.Name).ToArray());
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void TheSameSeed_GivesTheSameBits_AndLeavesTheImageAsItIs(string name)
    {
        RgbImage image = Photo();
        byte[] before = [.. image.Pixels];
        for (int severity = 1; severity <= ImageCorruption.HighestSeverity; severity++)
        {
            RgbImage first = ImageCorruption.Get(name).Apply(image, severity, seed: 3), second = ImageCorruption.Get(name).Apply(image, severity, seed: 3);
            CollectionAssert.AreEqual(first.Pixels, second.Pixels);
            CollectionAssert.AreEqual(before, image.Pixels);
            Assert.AreEqual((Width, Height), (first.Width, first.Height));
            Assert.IsGreaterThan(0.5, RootMeanSquare(image, first), $"severity {severity} changes nothing");
        }
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void AnotherSeed_GivesOtherPixels_WhereSomethingIsDrawn(string name)
    {
        string[] fixedOnes = ["defocus_blur", "zoom_blur", "brightness", "contrast", "pixelate", "jpeg_compression", "gaussian_blur", "saturate"];
        RgbImage first = ImageCorruption.Get(name).Apply(Photo(), 3, seed: 1), second = ImageCorruption.Get(name).Apply(Photo(), 3, seed: 2);
        Assert.AreEqual(fixedOnes.Contains(name), first.Pixels.SequenceEqual(second.Pixels));
    }

    [TestMethod]
    [DataRow("gaussian_noise")]
    [DataRow("shot_noise")]
    [DataRow("impulse_noise")]
    [DataRow("speckle_noise")]
    [DataRow("defocus_blur")]
    [DataRow("motion_blur")]
    [DataRow("zoom_blur")]
    [DataRow("gaussian_blur")]
    [DataRow("brightness")]
    [DataRow("contrast")]
    [DataRow("pixelate")]
    [DataRow("jpeg_compression")]
    public void AHigherSeverity_ChangesTheImageMore(string name)
    {
        RgbImage image = Photo();
        double[] errors = [.. Enumerable.Range(1, 5).Select(severity => RootMeanSquare(image, ImageCorruption.Get(name).Apply(image, severity, seed: 5)))];
        for (int i = 1; i < errors.Length; i++) Assert.IsGreaterThan(errors[i - 1], errors[i], string.Join(", ", errors));
    }

    [TestMethod]
    public void Noise_HasThePublishedStrength()
    {
        RgbImage gray = Flat(128);
        Assert.AreEqual(0.08, Deviation("gaussian_noise", 1), 0.004);
        Assert.AreEqual(0.12, Deviation("gaussian_noise", 2), 0.006);
        Assert.AreEqual(Math.Sqrt(128 / 255.0 / 60), Deviation("shot_noise", 1), 0.005);
        Assert.AreEqual(Math.Sqrt(128 / 255.0 / 25), Deviation("shot_noise", 2), 0.008);
        Assert.AreEqual(0.15 * 128 / 255, Deviation("speckle_noise", 1), 0.005);
        byte[] impulses = ImageCorruption.Get("impulse_noise").Apply(gray, 5, seed: 1).Pixels;
        Assert.AreEqual(0.135, impulses.Count(value => value == 0) / (double)impulses.Length, 0.01);
        Assert.AreEqual(0.135, impulses.Count(value => value == 255) / (double)impulses.Length, 0.01);
        Assert.AreEqual(0.73, impulses.Count(value => value == 128) / (double)impulses.Length, 0.01);

        double Deviation(string name, int severity) => StandardDeviation(ImageCorruption.Get(name).Apply(gray, severity, seed: 1).Pixels) / 255;
    }

    [TestMethod]
    [DataRow("defocus_blur")]
    [DataRow("glass_blur")]
    [DataRow("motion_blur")]
    [DataRow("zoom_blur")]
    [DataRow("gaussian_blur")]
    [DataRow("elastic_transform")]
    [DataRow("pixelate")]
    [DataRow("contrast")]
    public void WhatOnlyMovesOrMixesPixels_LeavesOneColorAsItIs(string name)
    {
        // 1: an average of equal values that is rounded down to 8 bits may be one step lower, twice where an image is blurred twice.
        foreach (byte value in ImageCorruption.Get(name).Apply(Flat(128), 5, seed: 1).Pixels) Assert.AreEqual(128, value, 2.0);
    }

    [TestMethod]
    [DataRow("defocus_blur")]
    [DataRow("zoom_blur")]
    [DataRow("gaussian_blur")]
    [DataRow("pixelate")]
    public void Blur_TakesFineDetailAway_MoreWithEachSeverity(string name)
    {
        double before = Detail(Photo());
        for (int severity = 1; severity <= 5; severity++)
        {
            double after = Detail(ImageCorruption.Get(name).Apply(Photo(), severity, seed: 1));
            Assert.IsLessThan(before, after, $"severity {severity}");
            before = after;
        }
    }

    [TestMethod]
    public void Contrast_ScalesTheDeviation_AndKeepsTheMean()
    {
        RgbImage image = Photo(), pale = ImageCorruption.Get("contrast").Apply(image, 1, seed: 1);
        for (int channel = 0; channel < 3; channel++)
        {
            byte[] before = Channel(image, channel), after = Channel(pale, channel);
            Assert.AreEqual(0.4 * StandardDeviation(before), StandardDeviation(after), 0.5);
            Assert.AreEqual(before.Average(value => value), after.Average(value => value), 0.6);
        }
    }

    [TestMethod]
    public void Brightness_AddsToTheValue()
    {
        foreach (byte value in ImageCorruption.Get("brightness").Apply(Flat(100), 3, seed: 1).Pixels) Assert.AreEqual(100 + (int)(0.3 * 255), value);
        foreach (byte value in ImageCorruption.Get("brightness").Apply(Flat(250), 3, seed: 1).Pixels) Assert.AreEqual(255, value);
    }

    [TestMethod]
    public void Saturate_LeavesGray_AndDeepensColor()
    {
        RgbImage color = new(1, 1, [200, 150, 100]);
        foreach (byte value in ImageCorruption.Get("saturate").Apply(Flat(100), 3, seed: 1).Pixels) Assert.AreEqual(100, value);

        // Saturation 0.5 times 2 is 1: the least channel becomes 0, the one between stays in the middle.
        CollectionAssert.AreEqual(new byte[] { 200, 100, 0 }, ImageCorruption.Get("saturate").Apply(color, 3, seed: 1).Pixels);
    }

    [TestMethod]
    public void Pixelate_MakesSquaresOfOneColor()
    {
        RgbImage coarse = ImageCorruption.Get("pixelate").Apply(Photo(), 5, seed: 1);
        for (int y = 0; y < Height; y++)
            for (int x = 0; x < Width; x++) CollectionAssert.AreEqual(Pixel(coarse, x / 4 * 4, y / 4 * 4), Pixel(coarse, x, y));
        double mean = 0;
        for (int y = 0; y < 4; y++)
            for (int x = 0; x < 4; x++) mean += Pixel(Photo(), x, y)[0] / 16.0;
        Assert.AreEqual(mean, Pixel(coarse, 0, 0)[0], 1.0);
    }

    [TestMethod]
    public void Fog_OnOneColor_ReachesFromThickToNone()
    {
        byte[] fogged = ImageCorruption.Get("fog").Apply(Flat(60), 2, seed: 1).Pixels;
        const double value = 60 / 255.0;
        Assert.AreEqual(255 * value * value / (value + 2), fogged.Min(), 1.0);
        Assert.AreEqual(60, fogged.Max(), 1.0);
    }

    [TestMethod]
    public void Frost_AddsLight_MoreOfBlueThanOfRed()
    {
        RgbImage frosted = ImageCorruption.Get("frost").Apply(Flat(60), 1, seed: 1);
        double[] means = [.. Enumerable.Range(0, 3).Select(channel => Channel(frosted, channel).Average(value => value))];
        Assert.IsGreaterThan(62, means[0]);
        Assert.IsGreaterThan(means[0], means[1]);
        Assert.IsGreaterThan(means[1], means[2]);
    }

    [TestMethod]
    public void Snow_IsTheSameUpsideDown_OnAFlatImage()
    {
        RgbImage snowed = ImageCorruption.Get("snow").Apply(Flat(60), 3, seed: 2);
        CollectionAssert.AreEqual(Channel(snowed, 0), Channel(snowed, 0).Reverse().ToArray());
        Assert.IsGreaterThan(60, snowed.Pixels.Average(value => value));
    }

    [TestMethod]
    public void Spatter_IsWaterFirst_ThenMud()
    {
        RgbImage image = Flat(128);
        byte[] water = ImageCorruption.Get("spatter").Apply(image, 1, seed: 4).Pixels, mud = ImageCorruption.Get("spatter").Apply(image, 5, seed: 4).Pixels;
        Assert.IsTrue(water.All(value => value >= 127), "water catches light");
        Assert.IsTrue(water.Any(value => value > 140));
        Assert.IsTrue(mud.All(value => value <= 128), "mud is dark");
        Assert.Contains((byte)63, mud);
    }

    [TestMethod]
    public void BadArguments_AreRefused()
    {
        ImageCorruption fog = ImageCorruption.Get("fog");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => fog.Apply(Photo(), 0, 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => fog.Apply(Photo(), 6, 1));
        Assert.ThrowsExactly<ArgumentNullException>(() => fog.Apply(null!, 1, 1));
        Assert.Contains("gaussian_noise", Assert.ThrowsExactly<ArgumentException>(() => ImageCorruption.Get("rain")).Message);
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void ImagesOfAFewPixels_KeepTheirSize(string name)
    {
        foreach (var (width, height) in ((int, int)[])[(1, 1), (1, 7), (5, 1), (3, 2)])
        {
            var image = new RgbImage(width, height, [.. Enumerable.Repeat((byte)90, width * height * 3)]);
            RgbImage corrupted = ImageCorruption.Get(name).Apply(image, 5, seed: 1);
            Assert.AreEqual((width, height, width * height * 3), (corrupted.Width, corrupted.Height, corrupted.Pixels.Length));
        }
    }

    [TestMethod]
    public void Fog_OnOnePixel_OnlyCompressesItsRange()
    {
        // Without a range there are no clouds, so v becomes v * v / (v + strength).
        const double value = 90 / 255.0;
        Assert.AreEqual(255 * value * value / (value + 1.5), ImageCorruption.Get("fog").Apply(new RgbImage(1, 1, [90, 90, 90]), 1, seed: 1).Pixels[0], 1.0);
    }

    /// <summary>A colored image with soft parts, and blocks of three by five pixels without a period.</summary>
    private static RgbImage Photo()
    {
        byte[] blocks = new byte[Width * Height], pixels = new byte[Width * Height * 3];
        new Random(1).NextBytes(blocks);
        for (int y = 0, i = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                double soft = 110 + (60 * Math.Sin(x / 9.0) * Math.Cos(y / 11.0)), sharp = blocks[(y / 5 * Width) + (x / 3)] / 6;
                pixels[i++] = (byte)(soft + sharp);
                pixels[i++] = (byte)((soft * 0.8) + sharp);
                pixels[i++] = (byte)(200 - (soft * 0.7));
            }
        }
        return new RgbImage(Width, Height, pixels);
    }

    private static RgbImage Flat(byte value) => new(Width, Height, [.. Enumerable.Repeat(value, Width * Height * 3)]);

    private static byte[] Pixel(RgbImage image, int x, int y) => image.Pixels[(((y * image.Width) + x) * 3)..][..3];

    private static byte[] Channel(RgbImage image, int channel) => [.. Enumerable.Range(0, image.Width * image.Height).Select(i => image.Pixels[(i * 3) + channel])];

    private static double RootMeanSquare(RgbImage first, RgbImage second) =>
        Math.Sqrt(first.Pixels.Zip(second.Pixels, (one, other) => Math.Pow(one - other, 2)).Average());

    private static double StandardDeviation(byte[] values)
    {
        double mean = values.Average(value => value);
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }

    /// <summary>Mean absolute difference of neighbors.</summary>
    private static double Detail(RgbImage image)
    {
        double sum = 0;
        for (int i = 3; i < image.Pixels.Length; i++) sum += Math.Abs(image.Pixels[i] - image.Pixels[i - 3]);
        return sum / image.Pixels.Length;
    }
}
