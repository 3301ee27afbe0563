using System.Runtime.CompilerServices;

namespace ConvNeXt.Backbone.Kernels;

/// <summary>
/// GELU with the exact normal distribution, gelu(x) = x * P(X &lt;= x), not its tanh approximation.
/// <para>The upper tail of the distribution is h(s) = exp(-s^2 / 2) * r(s) for s = |x|, r a polynomial (a least-maximum fit of this project on [0, 5.5], weighted so that
/// the error of s * h is 2e-9: nothing beside float32's own rounding, and so no bias); then gelu(x) = max(x, 0) - s * h(s), which has no cancellation on either side.</para>
/// <para>Backward needs gelu'(x) = P(X &lt;= x) + x * exp(-x^2 / 2) / sqrt(2 pi), with the same h and the same exponential.</para>
/// </summary>
internal static unsafe class Gelu
{
    private const int ItemFloats = 16 * 1024;
    private const float FitEnd = 5.5f;
    private const float InverseRootTwoPi = 0.3989422804f;

    /// <summary>gelu(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
    {
        var s = TLanes.Abs(x);
        return TLanes.Max(x, TLanes.Zero) - (s * TailRatio(s) * Exponential.OfHalfSquare(s));
    }

    /// <summary>In one pass over pre-activations: activation = gelu(x), then x = gelu'(x). Both: [count].</summary>
    public static void ValueAndDerivative<TLanes>(WorkerTeam team, float* x, float* activation, long count) where TLanes : unmanaged, ILanes<TLanes> =>
        team.Run(new DerivativeTask<TLanes> { X = x, Activation = activation, Count = count }, (int)((count + ItemFloats - 1) / ItemFloats));

    /// <summary>Plain reference in double.</summary>
    public static double Reference(double x) => x * NormalDistribution.Cumulative(x);

    /// <summary>Plain reference of the derivative in double.</summary>
    public static double ReferenceDerivative(double x) => NormalDistribution.Cumulative(x) + (x * NormalDistribution.Density(x));

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

                // P(X <= x) = 1 - h for x > 0, h for x < 0; written without a branch as step + (1 - 2 step) h.
                var step = TLanes.Min(positive * TLanes.Broadcast(float.MaxValue), TLanes.Broadcast(1f));
                var cumulative = step + (h - ((step + step) * h));
                TLanes.MultiplyAdd(x * TLanes.Broadcast(InverseRootTwoPi), e, cumulative).StoreUpTo(at, count - i);
            }
        }
    }
}
