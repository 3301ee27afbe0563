using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Activation;

/// <summary>
/// Mean squared error: loss = mean over all values of (y - target)^2; dy = 2 (y - target) * scale / count, overwritten, may be y.
/// <para>y, targets, dy: flat, of the same length. Threads: pieces of a fixed size; their sums, in double over runs of lanes, are added in order.</para>
/// </summary>
internal static unsafe class SquaredError
{
    private const int PieceFloats = 16 * 1024, RegistersInRun = 32;

    /// <summary>Doubles of the partial sums.</summary>
    public static int PartialCount(long count) => checked((int)((count + PieceFloats - 1) / PieceFloats));

    /// <summary>Computes the loss and its gradient times <paramref name="scale"/>.</summary>
    public static double Run<TLanes>(WorkerTeam team, float* y, float* targets, long count, double scale, float* dy, double* partials)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int pieces = PartialCount(count);
        team.Run(new ErrorTask<TLanes> { Y = y, Targets = targets, Count = count, Factor = (float)(2 * scale / count), Dy = dy, Partials = partials }, pieces);
        double sum = 0;
        for (int piece = 0; piece < pieces; piece++) sum += partials[piece];
        return sum / count;
    }

    /// <summary>Plain loops in double; returns the loss.</summary>
    public static double Reference(ReadOnlySpan<double> y, ReadOnlySpan<double> targets, double scale, Span<double> dy)
    {
        double sum = 0;
        for (int i = 0; i < y.Length; i++)
        {
            double difference = y[i] - targets[i];
            sum += difference * difference;
            dy[i] = 2 * difference * scale / y.Length;
        }

        return sum / y.Length;
    }

    private struct ErrorTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* Y;
        public float* Targets;
        public long Count;
        public float Factor;
        public float* Dy;
        public double* Partials;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            long start = (long)item * PieceFloats;
            int length = (int)Math.Min(PieceFloats, Count - start);
            float* y = Y + start, targets = Targets + start, dy = Dy + start;
            var factor = TLanes.Broadcast(Factor);
            double total = 0;
            for (int first = 0; first < length; first += RegistersInRun * TLanes.Count)
            {
                int end = Math.Min(first + (RegistersInRun * TLanes.Count), length);
                var sum = TLanes.Zero;
                for (int i = first; i < end; i += TLanes.Count)
                {
                    var difference = TLanes.LoadUpTo(y + i, end - i) - TLanes.LoadUpTo(targets + i, end - i);
                    sum = TLanes.MultiplyAdd(difference, difference, sum);
                    (difference * factor).StoreUpTo(dy + i, end - i);
                }

                total += sum.Sum();
            }

            Partials[item] = total;
        }
    }
}
