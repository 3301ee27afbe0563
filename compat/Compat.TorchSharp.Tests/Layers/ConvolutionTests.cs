using TorchSharp;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace Compat.TorchSharp.Tests.Layers;

[TestClass]
public class ConvolutionTests
{
    // pictures, channels, height, width, outputs, kernel height and width, stride, padding, groups
    [TestMethod]
    [DataRow(2, 3, 8, 8, 6, 4, 4, 4, 0, 1, DisplayName = "patches")]
    [DataRow(1, 4, 9, 7, 4, 7, 7, 1, 3, 4, DisplayName = "depthwise")]
    [DataRow(1, 4, 3, 2, 4, 7, 7, 1, 3, 4, DisplayName = "depthwise, picture smaller than the kernel")]
    [DataRow(2, 3, 7, 9, 5, 3, 3, 2, 1, 1, DisplayName = "overlapping patches")]
    [DataRow(1, 4, 5, 6, 6, 2, 3, 3, 2, 2, DisplayName = "in two groups, stride beyond the kernel")]
    public void Conv2d_IsTheSumUnderTheFilter(int pictures, int channels, int height, int width, int outputs, int kernelHeight, int kernelWidth, int stride, int padding, int groups)
    {
        var random = new RandomTensors(1);
        Tensor x = random.Uniform([pictures, channels, height, width]), w = random.Uniform([outputs, channels / groups, kernelHeight, kernelWidth]);
        Tensor bias = random.Uniform([outputs]);
        Tensor y = functional.conv2d(x, w, bias, [stride, stride], [padding, padding], [1, 1], groups);
        var (input, filter, shift, actual) = (x.data<double>(), w.data<double>(), bias.data<double>(), y.data<double>().ToArray());
        int outputHeight = ((height + (2 * padding) - kernelHeight) / stride) + 1, outputWidth = ((width + (2 * padding) - kernelWidth) / stride) + 1;
        CollectionAssert.AreEqual(new long[] { pictures, outputs, outputHeight, outputWidth }, y.shape);
        double[] pixels = input.ToArray(), weights = filter.ToArray(), shifts = shift.ToArray();
        for (int i = 0; i < actual.Length; i++)
        {
            int ox = i % outputWidth, oy = i / outputWidth % outputHeight, o = i / (outputWidth * outputHeight) % outputs, n = i / (outputWidth * outputHeight * outputs);
            double sum = shifts[o];
            for (int c = 0; c < channels / groups; c++)
            {
                int channel = (o / (outputs / groups) * (channels / groups)) + c;
                for (int ky = 0; ky < kernelHeight; ky++)
                {
                    for (int kx = 0; kx < kernelWidth; kx++)
                    {
                        int iy = (oy * stride) - padding + ky, ix = (ox * stride) - padding + kx;
                        if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
                        sum += pixels[((((n * channels) + channel) * height) + iy) * width + ix] * weights[((((o * (channels / groups)) + c) * kernelHeight) + ky) * kernelWidth + kx];
                    }
                }
            }
            Assert.AreEqual(sum, actual[i], 1e-12, $"element {i}");
        }
    }

    [TestMethod]
    public void Conv2d_KeepsPicturesChannelsLast()
    {
        Tensor x = new RandomTensors(2).Uniform([2, 5, 4, 3]).permute(0, 3, 1, 2);
        Tensor w = new RandomTensors(3).Uniform([6, 3, 2, 2]);
        Tensor y = functional.conv2d(x, w, null, [1, 1]);
        Assert.IsTrue(y.permute(0, 2, 3, 1).is_contiguous());
        CollectionAssert.AreEqual(functional.conv2d(x.contiguous(), w, null, [1, 1]).data<double>().ToArray(), y.data<double>().ToArray());
    }

    [TestMethod]
    public void Conv2d_InFloat32_IsTheFloat64Result_Rounded()
    {
        Tensor x = new RandomTensors(4).Uniform([1, 8, 6, 6]).@float(), w = new RandomTensors(5).Uniform([4, 8, 3, 3]).@float();
        Tensor exact = functional.conv2d(x.@double(), w.@double(), null, null, [1, 1]);
        CollectionAssert.AreEqual(exact.@float().data<float>().ToArray(), functional.conv2d(x, w, null, null, [1, 1]).data<float>().ToArray());
    }

    [TestMethod]
    public void Conv2d_RefusesWhatDoesNotFit()
    {
        Tensor x = torch.zeros([1, 3, 4, 4]), w = torch.zeros([2, 3, 2, 2]);
        Refuses("2 groups", () => functional.conv2d(x, w, groups: 2));
        Refuses("smaller than a kernel", () => functional.conv2d(x, torch.zeros([2, 3, 5, 5])));
        Refuses("[N, C, H, W]", () => functional.conv2d(x.view(3, 4, 4), w));
        Refuses("one type", () => functional.conv2d(x.@double(), w));
    }

    private static void Refuses(string part, Action action) =>
        StringAssert.Contains(Assert.ThrowsExactly<System.Runtime.InteropServices.ExternalException>(action).Message, part);
}
