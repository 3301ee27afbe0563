using ConvNeXt.Backbone.Kernels.Convolution;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels.Cases;

/// <summary>Gathering the overlapping patches of a 3x3 convolution, and adding up their gradients in the pixels that they came from.</summary>
internal sealed class OverlappingPatchesCase : KernelCase
{
    public required int Images { get; init; }

    public required int Height { get; init; }

    public required int Width { get; init; }

    public required int Channels { get; init; }

    public override unsafe IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team)
    {
        int rows = (Height + 1) / 2, columns = (Width + 1) / 2;
        var random = new Random(13);
        float[] image = Random(random, Images * Height * Width * Channels), back = Random(random, image.Length);
        float[] patches = new float[Images * rows * columns * 9 * Channels], dPatches = Random(random, patches.Length);
        fixed (float* pi = image, pp = patches, pd = dPatches, pb = back)
        {
            OverlappingPatches.Gather(team, pi, Images, Height, Width, Channels, pp);
            OverlappingPatches.Scatter<TLanes>(team, pd, Images, Height, Width, Channels, pb);
        }

        double[] expected = new double[patches.Length], expectedBack = new double[image.Length];
        for (int i = 0; i < expected.Length; i++)
        {
            int c = i % Channels, tap = i / Channels % 9, patch = i / Channels / 9;
            int x = (patch % columns * 2) + (tap % 3) - 1, y = (patch / columns % rows * 2) + (tap / 3) - 1;
            if (x < 0 || y < 0 || x >= Width || y >= Height) continue;
            int source = (((((patch / columns / rows * Height) + y) * Width) + x) * Channels) + c;
            expected[i] = image[source];
            expectedBack[source] += dPatches[i];
        }

        return [new KernelResult("patches", patches, () => expected), new KernelResult("pixels", back, () => expectedBack)];
    }
}
