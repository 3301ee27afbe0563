using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ConvNeXt.Backbone.Kernels.Lanes;

namespace ConvNeXt.Backbone.Kernels.Normalization;

/// <summary>
/// Sums over the channels of a row in one order for registers of any width: 16 partial sums, of every 16th value each, which are then added in halves. Scores
/// therefore do not depend on the width.
/// </summary>
internal static unsafe class OrderedSum
{
    private const int Partials = 16;

    /// <summary>Sum of the values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static float Of<TLanes>(float* x, int count) where TLanes : unmanaged, ILanes<TLanes>
    {
        float* partials = stackalloc float[Partials];
        int full = count / Partials * Partials;
        for (int lane = 0; lane < Partials; lane += TLanes.Count)
        {
            var sum = TLanes.Zero;
            for (int c = lane; c < full; c += Partials) sum += TLanes.Load(x + c);
            sum.Store(partials + lane);
        }

        for (int c = full; c < count; c++) partials[c - full] += x[c];
        return Add(partials);
    }

    /// <summary>Sum of the squared differences from the mean.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static float OfSquares<TLanes>(float* x, int count, float mean) where TLanes : unmanaged, ILanes<TLanes>
    {
        float* partials = stackalloc float[Partials];
        int full = count / Partials * Partials;
        var means = TLanes.Broadcast(mean);
        for (int lane = 0; lane < Partials; lane += TLanes.Count)
        {
            var sum = TLanes.Zero;
            for (int c = lane; c < full; c += Partials)
            {
                var difference = TLanes.Load(x + c) - means;
                sum = TLanes.MultiplyAdd(difference, difference, sum);
            }

            sum.Store(partials + lane);
        }

        for (int c = full; c < count; c++) partials[c - full] = MathF.FusedMultiplyAdd(x[c] - mean, x[c] - mean, partials[c - full]);
        return Add(partials);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Add(float* partials)
    {
        var sums = (Vector128.Load(partials) + Vector128.Load(partials + 8)) + (Vector128.Load(partials + 4) + Vector128.Load(partials + 12));
        return (sums[0] + sums[2]) + (sums[1] + sums[3]);
    }
}
