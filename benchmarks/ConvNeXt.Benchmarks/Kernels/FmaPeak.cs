using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Benchmarks.Kernels;

/// <summary>Peak rate of fused multiply-adds on this machine: independent chains in registers, without memory access.</summary>
internal static class FmaPeak
{
    private const int Chains = 12;
    private const int Steps = 200_000;

    /// <summary>FLOP/s of the given number of threads at one vector width.</summary>
    public static unsafe double Measure<TLanes>(int threads) where TLanes : unmanaged, ILanes<TLanes>
    {
        var team = new WorkerTeam(threads);
        float* sums = stackalloc float[threads];
        var task = new ChainTask<TLanes> { Sums = sums };
        double seconds = Repetition.MedianSeconds(() => team.Run(in task, threads), 0.5);
        return 2.0 * Chains * TLanes.Count * Steps * threads / seconds;
    }

    private unsafe struct ChainTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* Sums;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            TLanes x = TLanes.Broadcast(0.5f), y = TLanes.Broadcast(item);
            TLanes s0 = y, s1 = y, s2 = y, s3 = y, s4 = y, s5 = y, s6 = y, s7 = y, s8 = y, s9 = y, s10 = y, s11 = y;
            for (int i = 0; i < Steps; i++)
            {
                s0 = TLanes.MultiplyAdd(s0, x, y);
                s1 = TLanes.MultiplyAdd(s1, x, y);
                s2 = TLanes.MultiplyAdd(s2, x, y);
                s3 = TLanes.MultiplyAdd(s3, x, y);
                s4 = TLanes.MultiplyAdd(s4, x, y);
                s5 = TLanes.MultiplyAdd(s5, x, y);
                s6 = TLanes.MultiplyAdd(s6, x, y);
                s7 = TLanes.MultiplyAdd(s7, x, y);
                s8 = TLanes.MultiplyAdd(s8, x, y);
                s9 = TLanes.MultiplyAdd(s9, x, y);
                s10 = TLanes.MultiplyAdd(s10, x, y);
                s11 = TLanes.MultiplyAdd(s11, x, y);
            }

            Sums[item] = (s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11).Sum();
        }
    }
}
