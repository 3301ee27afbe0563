using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Activation;

/// <summary>
/// GELU with the exact normal distribution, gelu(x) = x * P(X &lt;= x), not its tanh approximation. Element by element; arrays: [count].
/// <para>With s = |x| and h(s) the upper tail of the distribution, gelu(x) = max(x, 0) - s * h(s), which has no cancellation on either side. The polynomials
/// are minimax fits made for this project, weighted by the effect of their error on s * h.</para>
/// <para>Training uses h(s) = exp(-s^2 / 2) * r(s), with r a polynomial on [0, 5.5]; the error of s * h is 2e-9, negligible beside the rounding of float32, and
/// so adds no bias. Backward needs gelu'(x) = P(X &lt;= x) + x * exp(-x^2 / 2) / sqrt(2 pi), with the same h and the same exponential; it overwrites x with
/// gelu'(x).</para>
/// <para>Scoring computes h as a power of two, whose exponent is nearly a parabola: a polynomial for the exponent, rounding, and a short polynomial for the
/// remainder of the exponent. This takes two thirds of the operations, for an error of 2e-8.</para>
/// <para>Threads: pieces of <see cref="ItemFloats"/> elements; nothing is summed.</para>
/// </summary>
internal static unsafe class Gelu
{
    private const int ItemFloats = 16 * 1024;
    private const float FitEnd = 5.5f;
    private const float ExponentFitEnd = 6f;

    // Adding and then subtracting 1.5 * 2^23 rounds to the nearest integer.
    private const float Rounder = 12582912f;
    private const float InverseRootTwoPi = 0.3989422804f;

    /// <summary>gelu(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var s = TLanes.Abs(x);
        return TLanes.Max(x, TLanes.Zero) - (s * TailRatio(s) * Exponential.OfHalfSquare(s));
    }

    /// <summary>gelu(x) for scoring.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes QuickValue<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => QuickValueOf(x, QuickExponent(x));

    /// <summary>The first half of <see cref="QuickValue"/>: the binary logarithm of h(|x|), from a polynomial.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes QuickExponent<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var s = QuickArgument(x);
        var q = TLanes.MultiplyAdd(TLanes.Broadcast(-1.7054584304787568e-06f), s, TLanes.Broadcast(2.5298049877164885e-05f));
        q = TLanes.MultiplyAdd(q, s, TLanes.Broadcast(-0.0001157119550043717f));
        q = TLanes.MultiplyAdd(q, s, TLanes.Broadcast(-0.00031950310221873224f));
        q = TLanes.MultiplyAdd(q, s, TLanes.Broadcast(0.007326641585677862f));
        q = TLanes.MultiplyAdd(q, s, TLanes.Broadcast(-0.05270736664533615f));
        q = TLanes.MultiplyAdd(q, s, TLanes.Broadcast(-0.4591192603111267f));
        q = TLanes.MultiplyAdd(q, s, TLanes.Broadcast(-1.1511222124099731f));
        return TLanes.MultiplyAdd(q, s, TLanes.Broadcast(-0.9999989867210388f));
    }

    /// <summary>The second half: gelu(x), given the exponent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes QuickValueOf<TLanes>(TLanes x, TLanes exponent) where TLanes : unmanaged, ILanes<TLanes>
    {
        var n = (exponent + TLanes.Broadcast(Rounder)) - TLanes.Broadcast(Rounder);
        var f = exponent - n;
        var p = TLanes.MultiplyAdd(TLanes.Broadcast(-0.0013276918325573206f), f, TLanes.Broadcast(-0.00967518612742424f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(-0.05550709366798401f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(-0.24022126197814941f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(-0.6931469440460205f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(-1.0000001192092896f));
        return TLanes.MultiplyAdd(QuickArgument(x), TLanes.Scale(p, n), TLanes.Max(x, TLanes.Zero));
    }

    /// <summary>One pass over pre-activations: overwrites activation with gelu(x) and x with gelu'(x). Both: [count].</summary>
    public static void ValueAndDerivative<TLanes>(WorkerTeam team, float* x, float* activation, long count) where TLanes : unmanaged, ILanes<TLanes> =>
        team.Run(new DerivativeTask<TLanes> { X = x, Activation = activation, Count = count }, (int)((count + ItemFloats - 1) / ItemFloats));

    /// <summary>Plain reference in double precision.</summary>
    public static double Reference(double x) => x * NormalDistribution.Cumulative(x);

    /// <summary>Plain reference of the derivative in double precision.</summary>
    public static double ReferenceDerivative(double x) => NormalDistribution.Cumulative(x) + (x * NormalDistribution.Density(x));

    // |x|, up to the end of the fit; beyond it, s * h(s) is less than 1e-8. NaN propagates only in this order of operands.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes QuickArgument<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => TLanes.Min(TLanes.Broadcast(ExponentFitEnd), TLanes.Abs(x));

    // h(s) / exp(-s^2 / 2)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes TailRatio<TLanes>(TLanes s) where TLanes : unmanaged, ILanes<TLanes>
    {
        s = TLanes.Min(s, TLanes.Broadcast(FitEnd));
        var r = TLanes.MultiplyAdd(TLanes.Broadcast(-8.272382084974764e-09f), s, TLanes.Broadcast(2.623963603091929e-07f));
        r = TLanes.MultiplyAdd(r, s, TLanes.Broadcast(-3.788858055106127e-06f));
        r = TLanes.MultiplyAdd(r, s, TLanes.Broadcast(3.329960911437622e-05f));
        r = TLanes.MultiplyAdd(r, s, TLanes.Broadcast(-0.00020192496138584469f));
        r = TLanes.MultiplyAdd(r, s, TLanes.Broadcast(0.0009141163929647245f));
        r = TLanes.MultiplyAdd(r, s, TLanes.Broadcast(-0.003289129633804612f));
        r = TLanes.MultiplyAdd(r, s, TLanes.Broadcast(0.00993312275520367f));
        r = TLanes.MultiplyAdd(r, s, TLanes.Broadcast(-0.02627961200176655f));
        r = TLanes.MultiplyAdd(r, s, TLanes.Broadcast(0.06236467665531782f));
        r = TLanes.MultiplyAdd(r, s, TLanes.Broadcast(-0.13294603843851546f));
        r = TLanes.MultiplyAdd(r, s, TLanes.Broadcast(0.24999535840967224f));
        r = TLanes.MultiplyAdd(r, s, TLanes.Broadcast(-0.39894203670492095f));
        return TLanes.MultiplyAdd(r, s, TLanes.Broadcast(0.5f));
    }

    private struct DerivativeTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* X;
        public float* Activation;
        public long Count;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            long first = (long)item * ItemFloats;
            int count = (int)Math.Min(ItemFloats, Count - first);
            for (int i = 0; i < count; i += TLanes.Count)
            {
                float* at = X + first + i;
                var x = TLanes.LoadUpTo(at, count - i);
                var s = TLanes.Abs(x);
                var e = Exponential.OfHalfSquare(s);
                var h = TailRatio(s) * e;
                var positive = TLanes.Max(x, TLanes.Zero);
                (positive - (s * h)).StoreUpTo(Activation + first + i, count - i);

                // P(X <= x) = 1 - h for x > 0, h for x < 0; without a branch: step + (1 - 2 step) h.
                var step = TLanes.Min(positive * TLanes.Broadcast(float.MaxValue), TLanes.Broadcast(1f));
                var cumulative = step + (h - ((step + step) * h));
                TLanes.MultiplyAdd(x * TLanes.Broadcast(InverseRootTwoPi), e, cumulative).StoreUpTo(at, count - i);
            }
        }
    }
}
