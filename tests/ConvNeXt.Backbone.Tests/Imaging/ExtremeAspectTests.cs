using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Tests.Imaging;

/// <summary>Images that are too long and narrow to be resized are that image's problem, not an overflow.</summary>
[TestClass]
public sealed class ExtremeAspectTests
{
    [TestMethod]
    [DataRow(1, 10_000_000, ResizeMode.ShorterSideThenCenterCrop)]
    [DataRow(10_000_000, 1, ResizeMode.ShorterSideThenCenterCrop)]
    [DataRow(1, 10_000_000, ResizeMode.Squash)]
    public void AnImage_ThatIsTooLongAndNarrow_IsUnreadable(int width, int height, ResizeMode mode)
    {
        var image = new RgbImage(width, height, new byte[3 * width * height]);
        ImagePreprocessing preprocessing = ImagePreprocessing.ForSize(1024) with { ResizeMode = mode };
        Assert.ThrowsExactly<UnreadableImageException>(() => preprocessing.ResizeAndCrop(image));
    }

    [TestMethod]
    public void AStripWithinTheLimits_IsResized()
    {
        var image = new RgbImage(7, 65_535, [.. Enumerable.Repeat((byte)77, 3 * 7 * 65_535)]);
        foreach (int size in new[] { 224, 384 })
            Assert.IsTrue(ImagePreprocessing.ForSize(size).ResizeAndCrop(image).Pixels.All(value => value == 77), $"{size}");
    }
}
