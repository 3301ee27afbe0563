using ConvNeXt.Backbone.Kernels.Convolution;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels.Cases;

/// <summary>Gathering patches, and scattering their gradients: each value goes where it came from, pixels outside every patch get zero.</summary>
internal sealed class PatchesCase : KernelCase
{
    public required int Images { get; init; }

    public required int Height { get; init; }

    public required int Width { get; init; }

    public required int Channels { get; init; }

    public required int Size { get; init; }

    public override unsafe IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team)
    {
        var results = new List<KernelResult>();
        int rows = Height / Size, columns = Width / Size, each = Size * Size * Channels;
        var image = Random(new Random(4), Images * Height * Width * Channels);
        float[] patches = new float[Images * rows * columns * each], back = Random(new Random(5), image.Length);
        fixed (float* pi = image, pp = patches, pb = back)
        {
            Patches.Gather(team, pi, Images, Height, Width, Channels, Size, pp);
            Patches.Scatter(team, pp, Images, Height, Width, Channels, Size, pb);
        }

        double[] expected = new double[patches.Length], expectedBack = new double[image.Length];
        for (int i = 0; i < expected.Length; i++)
        {
            int c = i % Channels, dx = i / Channels % Size, dy = i / Channels / Size % Size, patch = i / each;
            int x = (patch % columns * Size) + dx, y = (patch / columns % rows * Size) + dy, n = patch / columns / rows;
            int source = (((((n * Height) + y) * Width) + x) * Channels) + c;
            expected[i] = expectedBack[source] = image[source];
        }

        results.Add(new KernelResult("patches", patches, () => expected));
        results.Add(new KernelResult("pixels", back, () => expectedBack));
        return results;
    }
}
