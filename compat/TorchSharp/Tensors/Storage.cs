using System.Runtime.InteropServices;

namespace TorchSharp.Tensors;

/// <summary>The memory that a tensor and its views share. The version counts writes in place, so that the backward pass notices a value that is no longer what it was.</summary>
internal sealed class Storage
{
    private Storage(byte[] bytes) => Bytes = bytes;

    public byte[] Bytes { get; }

    public int Version { get; private set; }

    /// <summary>Whether a view of this memory takes part in a recorded computation: then a recorded write in place could not be seen by it.</summary>
    public bool HasRecordedView { get; set; }

    public static Storage Allocate(long elements, ScalarTypeInfo type)
    {
        long size = checked(elements * type.Size);
        if (size > Array.MaxLength) throw TorchError.Of($"a tensor of {elements} elements of {type.Size} bytes is more than this library holds in one tensor");
        return new Storage(GC.AllocateUninitializedArray<byte>((int)size));
    }

    public Span<T> As<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes.AsSpan());

    public void MarkWritten() => Version++;
}
