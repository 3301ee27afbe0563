using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Normalization;

/// <summary>
/// Multiplies each image by its own factor, as in drop path: y[n, i] = factors[n] * x[n, i]. x, y: [images, values], y is overwritten; factors: [images].
/// Threads: pieces of images; nothing is summed.
/// </summary>
internal static unsafe class ImageScale
{
    private const int ItemFloats = 16 * 1024;

    public static void Run<TLanes>(WorkerTeam team, float* x, int images, long values, float* factors, float* y) where TLanes : unmanaged, ILanes<TLanes>
    {
        int pieces = (int)((values + ItemFloats - 1) / ItemFloats);
        team.Run(new ScaleTask<TLanes> { X = x, Values = values, Pieces = pieces, Factors = factors, Y = y }, images * pieces);
    }

    private struct ScaleTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* X;
        public long Values;
        public int Pieces;
        public float* Factors;
        public float* Y;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            int image = item / Pieces;
            long first = (long)(item % Pieces) * ItemFloats;
            int count = (int)Math.Min(ItemFloats, Values - first);
            float* x = X + (image * Values) + first, y = Y + (image * Values) + first;
            var factor = TLanes.Broadcast(Factors[image]);
            for (int i = 0; i < count; i += TLanes.Count) (TLanes.LoadUpTo(x + i, count - i) * factor).StoreUpTo(y + i, count - i);
        }
    }
}
