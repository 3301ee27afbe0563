using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Optimization;

/// <summary>
/// Squared L2 norms of gradients, one per piece: squares[piece] = sum of g^2, or 0 for a frozen tensor. The norm of all gradients is the square root of their
/// sum in order.
/// <para>gradients: flat over all tensors; squares: [pieces], overwritten. Lanes are summed in float over runs of a few hundred elements, and the runs in
/// double. Threads: pieces.</para>
/// </summary>
internal static unsafe class GradientNorm
{
    private const int RegistersInRun = 32;

    public static void Squares<TLanes>(WorkerTeam team, in AdamWStep step, int pieces, double* squares) where TLanes : unmanaged, ILanes<TLanes> =>
        team.Run(new SquareTask<TLanes> { Gradients = step.Gradients, Pieces = step.Pieces, Squares = squares }, pieces);

    private struct SquareTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* Gradients;
        public AdamWPiece* Pieces;
        public double* Squares;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            ref readonly var piece = ref Pieces[item];
            float* g = Gradients + piece.Offset;
            int length = piece.Step == 0 ? 0 : piece.Length;
            double total = 0;
            for (int start = 0; start < length; start += RegistersInRun * TLanes.Count)
            {
                int end = Math.Min(start + (RegistersInRun * TLanes.Count), length);
                var sum = TLanes.Zero;
                for (int i = start; i < end; i += TLanes.Count)
                {
                    var gradient = TLanes.LoadUpTo(g + i, end - i);
                    sum = TLanes.MultiplyAdd(gradient, gradient, sum);
                }

                total += sum.Sum();
            }

            Squares[item] = total;
        }
    }
}
