using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Memory;

/// <summary>A team of threads with scratch memory for each of them.</summary>
internal sealed unsafe class Scratch(WorkerTeam team, float* memory, long floatsPerWorker)
{
    public WorkerTeam Team { get; } = team;

    /// <summary>The memory in a form that a task can contain.</summary>
    public ScratchView View { get; } = new(memory, floatsPerWorker);
}

/// <summary>The scratch memory of all workers; each uses only its own piece.</summary>
internal readonly unsafe struct ScratchView(float* memory, long floatsPerWorker)
{
    private readonly float* _memory = memory;
    private readonly long _floatsPerWorker = floatsPerWorker;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Of(int worker) => _memory + (worker * _floatsPerWorker);
}
