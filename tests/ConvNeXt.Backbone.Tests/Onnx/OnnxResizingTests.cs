using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace ConvNeXt.Tests.Onnx;

/// <summary>The nodes that resize and crop pictures, alone, in ONNX Runtime: the pixels are those of <see cref="ImagePreprocessing"/>.</summary>
[TestClass]
public sealed class OnnxResizingTests
{
    [TestMethod]
    public void Probe()
    {
        var random = new Random(1);
        foreach (Interpolation interpolation in Enum.GetValues<Interpolation>())
            foreach (ResizeMode mode in Enum.GetValues<ResizeMode>())
                foreach ((int height, int width) in new[] { (224, 224), (96, 160) })
                {
                    var preprocessing = ImagePreprocessing.ForSize(height, width) with { Interpolation = interpolation, ResizeMode = mode };
                    using var resizing = new ResizingGraph(preprocessing);
                    foreach ((int w, int h) in new[] { (20, 30), (256, 256), (257, 259), (500, 333), (333, 500), (1600, 1200), (2000, 100), (100, 2000), (1, 300), (1, 1), (4000, 3000), (224, 224), (160, 96) })
                    {
                        byte[] pixels = new byte[w * h * 3];
                        random.NextBytes(pixels);
                        for (int i = 0; i < pixels.Length; i++) if (i / 3 % w / 10 % 2 == 0) pixels[i] = (byte)(pixels[i] > 128 ? 255 : 0);
                        byte[] expected = preprocessing.ResizeAndCrop(new RgbImage(w, h, pixels)).Pixels;
                        byte[] actual = resizing.Run(pixels, w, h);
                        int different = 0, largest = 0;
                        for (int i = 0; i < expected.Length; i++)
                        {
                            int d = Math.Abs(expected[i] - actual[i]);
                            if (d > 0) different++;
                            largest = Math.Max(largest, d);
                        }
                        Console.WriteLine($"{interpolation} {mode} {height}x{width} from {w} x {h}: {different} of {expected.Length} differ, by at most {largest}");
                    }
                }
    }
}
