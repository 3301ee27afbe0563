using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Optimization;

/// <summary>
/// Exponential moving average, as timm's ModelEma computes it: average = decay * average + (1 - decay) * values.
/// <para>average, values: flat arrays of the same layout; average is overwritten. Threads: pieces; nothing is summed.</para>
/// </summary>
internal static unsafe class MovingAverage
{
    private const int PieceFloats = AdamW.PieceFloats;

    public static void Update<TLanes>(WorkerTeam team, float* average, float* values, long count, double decay) where TLanes : unmanaged, ILanes<TLanes> =>
        team.Run(new UpdateTask<TLanes> { Average = average, Values = values, Count = count, Decay = decay }, checked((int)((count + PieceFloats - 1) / PieceFloats)));

    private struct UpdateTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* Average;
        public float* Values;
        public long Count;
        public double Decay;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            long start = (long)item * PieceFloats;
            int length = (int)Math.Min(PieceFloats, Count - start);
            TLanes decay = TLanes.Broadcast((float)Decay), rest = TLanes.Broadcast((float)(1 - Decay));
            float* average = Average + start, values = Values + start;
            for (int i = 0; i < length; i += TLanes.Count)
            {
                int left = length - i;
                TLanes.MultiplyAdd(rest, TLanes.LoadUpTo(values + i, left), decay * TLanes.LoadUpTo(average + i, left)).StoreUpTo(average + i, left);
            }
        }
    }
}
