using System.Numerics.Tensors;
using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.Backbone.Training.Augmentation;

/// <summary>
/// How the images of a batch are mixed: image i with image Count - 1 - i, either blended as a whole (Mixup) or with a box exchanged (CutMix).
/// </summary>
/// <param name="Share">Share of the image's own label in its target, in [0, 1].</param>
/// <param name="Box">The box that CutMix exchanges; null for Mixup.</param>
internal readonly record struct BatchMix(double Share, CutMixBox? Box)
{
    private const int Channels = 3;

    /// <summary>No mixing.</summary>
    internal static BatchMix None => new(1, null);

    /// <summary>
    /// Creates a CutMix box around a center, with sides sqrt(1 - share) times those of the image. The box is clipped at the border, and the share becomes that
    /// of the area outside the box.
    /// </summary>
    internal static BatchMix Cut(int height, int width, double share, int centerY, int centerX)
    {
        double side = Math.Sqrt(1 - share);
        int halfHeight = (int)(height * side) / 2, halfWidth = (int)(width * side) / 2;
        var box = new CutMixBox(
            Math.Clamp(centerY - halfHeight, 0, height),
            Math.Clamp(centerY + halfHeight, 0, height),
            Math.Clamp(centerX - halfWidth, 0, width),
            Math.Clamp(centerX + halfWidth, 0, width));
        return new BatchMix(1 - box.Area / ((double)height * width), box);
    }

    /// <summary>Mixes a batch in place.</summary>
    /// <param name="images">Normalized images, [count, height, width, 3].</param>
    /// <param name="count">Number of images; with an odd number, the middle image is its own partner and stays unchanged.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="width">Width in pixels.</param>
    internal void Apply(Span<float> images, int count, int height, int width)
    {
        if (Share == 1) return;
        int length = height * width * Channels;
        for (int image = 0; image < count / 2; image++)
        {
            var first = images.Slice(image * length, length);
            var second = images.Slice((count - 1 - image) * length, length);
            if (Box is { } box)
                Exchange(first, second, box, width);
            else
                Blend(first, second);
        }
    }

    private static void Exchange(Span<float> first, Span<float> second, CutMixBox box, int width)
    {
        for (int y = box.Top; y < box.Bottom; y++)
        {
            int start = (y * width + box.Left) * Channels, length = (box.Right - box.Left) * Channels;
            Span<float> a = first.Slice(start, length), b = second.Slice(start, length);
            for (int i = 0; i < length; i++) (a[i], b[i]) = (b[i], a[i]);
        }
    }

    /// <summary>Works in pieces to keep the copies on the stack.</summary>
    private void Blend(Span<float> first, Span<float> second)
    {
        const int Piece = 1024;
        Span<float> former = stackalloc float[Piece], scaled = stackalloc float[Piece];
        float own = (float)Share, other = (float)(1 - Share);
        for (int start = 0; start < first.Length; start += Piece)
        {
            int length = Math.Min(Piece, first.Length - start);
            Span<float> a = first.Slice(start, length), b = second.Slice(start, length), before = former[..length], part = scaled[..length];
            a.CopyTo(before);
            TensorPrimitives.Multiply(b, other, part);
            TensorPrimitives.Multiply(a, own, a);
            TensorPrimitives.Add(a, part, a);
            TensorPrimitives.Multiply(before, other, part);
            TensorPrimitives.Multiply(b, own, b);
            TensorPrimitives.Add(b, part, b);
        }
    }
}

/// <summary>A box of pixels, possibly empty.</summary>
/// <param name="Top">First row.</param>
/// <param name="Bottom">One past the last row.</param>
/// <param name="Left">First column.</param>
/// <param name="Right">One past the last column.</param>
internal readonly record struct CutMixBox(int Top, int Bottom, int Left, int Right)
{
    internal int Area => (Bottom - Top) * (Right - Left);
}

/// <summary>Mixes training batches. The random draw depends only on the seed, the epoch and the batch's position in the epoch.</summary>
internal sealed class BatchMixer(Mixup mixup, int height, int width, long seed)
{
    internal void Mix(LoadedBatch batch)
    {
        PlannedBatch plan = batch.Plan!;
        if (plan.IsValidation) return;
        var random = new CounterRandom(seed, RandomPurpose.Mixing, plan.Epoch, plan.Step);
        batch.Mix = mixup.Draw(height, width, ref random);
        batch.Mix.Apply(batch.Images, plan.Items.Length, height, width);
    }
}
