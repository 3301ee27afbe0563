using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Distillation;
using ConvNeXt.Backbone.Training.Optimization;

namespace ConvNeXt.Tests.Training.Distillation;

/// <summary>A student's pixels as its teacher reads them.</summary>
[TestClass]
public sealed class TeacherPixelsTests
{
    private static readonly ImagePreprocessing _raw = ImagePreprocessing.ForSize(48) with { Mean = new RgbTriple(0, 0, 0), StandardDeviation = new RgbTriple(1, 1, 1) };

    [TestMethod]
    public void OtherMeanAndDeviation_GiveThePixelsOfTheTeachersOwnPreprocessing()
    {
        ImagePreprocessing student = ImagePreprocessing.ForSize(48), teacher = student with { Mean = new RgbTriple(0.1f, 0.5f, 0.7f), StandardDeviation = new RgbTriple(0.5f, 0.25f, 1) };
        var pixels = new TeacherPixels(student, teacher);
        using RgbImage image = new SyntheticImages(3, 3).Load(1);
        float[] given = new float[student.Length], expected = new float[teacher.Length], converted = new float[pixels.Length];
        student.Apply(image, given);
        teacher.Apply(image, expected);
        pixels.Convert(given, 1, converted);
        Assert.IsFalse(pixels.IsIdentity);
        AssertNear(expected, converted, 2e-6f);
    }

    [TestMethod]
    [DataRow(80)]
    [DataRow(32)]
    public void OtherSize_IsResampledAsPillowDoes(int size)
    {
        var pixels = new TeacherPixels(_raw, _raw with { Size = size });
        using RgbImage small = _raw.ResizeAndCrop(new SyntheticImages(3, 3).Load(2));
        using RgbImage expected = ImageResizer.Resize(small, size, size, Interpolation.Bilinear);
        float[] two = [.. Enumerable.Range(0, 2).SelectMany(_ => small.Pixels).Select(value => value / 255f)], converted = new float[2 * pixels.Length];
        pixels.Convert(two, 2, converted);

        // Pillow rounds to 8 bits after each of its two passes.
        AssertNear([.. Enumerable.Range(0, 2).SelectMany(_ => expected.Pixels).Select(value => value / 255f)], converted, 1.01f / 255);
    }

    [TestMethod]
    public void SamePreprocessing_LeavesThePixelsAsTheyAre() => Assert.IsTrue(new TeacherPixels(_raw, _raw).IsIdentity);

    [TestMethod]
    [DataRow(1, 2, 0.7, 1.0)]
    [DataRow(1, -1, 0.7, 0.7)]
    [DataRow(-1, 2, 0.7, 0.3)]
    [DataRow(-1, -1, 0.7, 0.0)]
    [DataRow(1, -1, 1.0, 1.0)]
    public void MixedTargets_SumToTheShareThatHasALabel(int label, int partner, double share, double sum)
    {
        var target = new float[4];
        Assert.AreEqual(sum, SoftTargets.MixKnown(label, partner, share, smoothing: 0.1, target), 1e-9);
        Assert.AreEqual(sum, target.Sum(), 1e-6);
        if (sum > 0) Assert.AreEqual(label >= 0 && (share >= 0.5 || partner < 0) ? label : partner, Array.IndexOf(target, target.Max()));
    }

    private static void AssertNear(float[] expected, float[] actual, float tolerance)
    {
        Assert.AreEqual(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], actual[i], tolerance, $"value {i}");
    }
}
