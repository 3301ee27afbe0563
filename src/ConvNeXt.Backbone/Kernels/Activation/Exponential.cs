using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;

namespace ConvNeXt.Backbone.Kernels.Activation;

/// <summary>exp, lane by lane: x = n ln 2 + f with |f| at most ln 2 / 2, exp(x) = 2^n * (Taylor polynomial of f); relative error about 1e-7.</summary>
internal static class Exponential
{
    // Adding and then subtracting 1.5 * 2^23 rounds to the nearest integer.
    private const float Rounder = 12582912f;
    private const float Log2E = 1.44269504089f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;
    private const float Smallest = -87f;

    /// <summary>exp(-s^2 / 2), but at least exp(-87).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes OfHalfSquare<TLanes>(TLanes s) where TLanes : unmanaged, ILanes<TLanes>
    {
        var x = TLanes.Max(s * s * TLanes.Broadcast(-0.5f), TLanes.Broadcast(Smallest));
        var n = TLanes.MultiplyAdd(x, TLanes.Broadcast(Log2E), TLanes.Broadcast(Rounder)) - TLanes.Broadcast(Rounder);
        var f = TLanes.MultiplyAdd(n, TLanes.Broadcast(-Ln2High), x);
        f = TLanes.MultiplyAdd(n, TLanes.Broadcast(-Ln2Low), f);
        var p = TLanes.MultiplyAdd(TLanes.Broadcast(1f / 5040f), f, TLanes.Broadcast(1f / 720f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(1f / 120f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(1f / 24f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(1f / 6f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(0.5f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(1f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(1f));
        return p * TLanes.PowerOfTwo(n);
    }
}
