using System.Runtime.InteropServices;

namespace ConvNeXt.Backbone.Kernels.Memory;

/// <summary>
/// One block of zeroed, 64-byte aligned native memory, outside the garbage collector's heap. An <see cref="ArenaPlan"/> divides it into pieces. The operating
/// system provides zeroed pages on first access, so that memory that is planned but never used is never resident. The collector is told the size, so that it
/// runs, and the finalizer frees the block, where an owner was dropped without being disposed.
/// </summary>
internal sealed unsafe class NativeArena : IDisposable
{
    private static long _allocated;

    private void* _block;
    private float* _memory;

    public NativeArena(ArenaPlan plan)
    {
        Bytes = checked(plan.Floats * sizeof(float));
        nuint blockBytes = (nuint)(Bytes + ArenaPlan.AlignmentBytes);
        _block = NativeMemory.AllocZeroed(blockBytes);
        if (Bytes > 0) GC.AddMemoryPressure(Bytes);
        Interlocked.Add(ref _allocated, Bytes);
        HugePages.Ask(_block, blockBytes);
        _memory = (float*)(((nuint)_block + ArenaPlan.AlignmentBytes - 1) / ArenaPlan.AlignmentBytes * ArenaPlan.AlignmentBytes);
    }

    ~NativeArena() => Free();

    /// <summary>Bytes of all blocks of the process.</summary>
    public static long AllocatedBytes => Interlocked.Read(ref _allocated);

    /// <summary>Planned size, without the padding for alignment.</summary>
    public long Bytes { get; }

    /// <summary>Returns the piece at an offset from the plan.</summary>
    public float* At(long offset) => _memory != null ? _memory + offset : throw new ObjectDisposedException(nameof(NativeArena));

    /// <summary>Sets everything to zero.</summary>
    public void Clear() => NativeMemory.Clear(_memory, (nuint)Bytes);

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_block == null) return;
        NativeMemory.Free(_block);
        if (Bytes > 0) GC.RemoveMemoryPressure(Bytes);
        Interlocked.Add(ref _allocated, -Bytes);
        _block = null;
        _memory = null;
    }
}

/// <summary>Plans the pieces of an arena before any memory is allocated.</summary>
internal sealed class ArenaPlan
{
    public const int AlignmentBytes = 64;

    /// <summary>Floats planned so far.</summary>
    public long Floats { get; private set; }

    /// <summary>Adds a piece, aligned to a cache line.</summary>
    /// <returns>Its offset in floats.</returns>
    public long Add(long floats)
    {
        const int line = AlignmentBytes / sizeof(float);
        long offset = Floats;
        Floats = checked(offset + ((floats + line - 1) / line * line));
        return offset;
    }
}
