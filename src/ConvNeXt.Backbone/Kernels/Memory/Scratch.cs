using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Threading;
namespace ConvNeXt.Backbone.Kernels.Memory;

/// <summary>A team of threads with a piece of scratch memory for each.</summary>
internal sealed unsafe class Scratch(WorkerTeam team, float* memory, long floatsPerWorker)
{
    public WorkerTeam Team { get; } = team;

    /// <summary>The memory as a task can carry it.</summary>
    public ScratchView View { get; } = new(memory, floatsPerWorker);
}

/// <summary>The scratch memory of all workers; each uses its own piece only.</summary>
internal readonly unsafe struct ScratchView(float* memory, long floatsPerWorker)
{
    private readonly float* _memory = memory;
    private readonly long _floatsPerWorker = floatsPerWorker;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Of(int worker) => _memory + (worker * _floatsPerWorker);
}
