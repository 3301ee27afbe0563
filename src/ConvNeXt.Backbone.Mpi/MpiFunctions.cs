using System.Runtime.InteropServices;

namespace ConvNeXt.Backbone.Mpi;

/// <summary>
/// The functions of MPI that are used. Handles are pointers in some libraries and 32-bit integers in others; a pointer-sized integer holds both, because a
/// library with integers reads and writes its low half, which comes first in memory.
/// </summary>
internal static unsafe partial class MpiFunctions
{
    /// <summary>The library; <see cref="MpiLibrary"/> resolves this name.</summary>
    internal const string Library = "convnext-mpi";

    [LibraryImport(Library, EntryPoint = "MPI_Init_thread")]
    internal static partial int InitThread(nint argumentCount, nint arguments, int required, out int provided);

    [LibraryImport(Library, EntryPoint = "MPI_Finalize")]
    internal static partial int Finalize();

    [LibraryImport(Library, EntryPoint = "MPI_Abort")]
    internal static partial int Abort(nint communicator, int code);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_rank")]
    internal static partial int GetRank(nint communicator, out int rank);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_size")]
    internal static partial int GetSize(nint communicator, out int size);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_dup")]
    internal static partial int Duplicate(nint communicator, ref nint duplicate);

    [LibraryImport(Library, EntryPoint = "MPI_Iallreduce")]
    internal static partial int BeginAllReduce(void* send, void* receive, int count, nint type, nint operation, nint communicator, ref nint request);

    [LibraryImport(Library, EntryPoint = "MPI_Ibcast")]
    internal static partial int BeginBroadcast(void* values, int count, nint type, int root, nint communicator, ref nint request);

    [LibraryImport(Library, EntryPoint = "MPI_Test")]
    internal static partial int Test(ref nint request, out int isDone, nint status);

    [LibraryImport(Library, EntryPoint = "MPI_Op_create")]
    internal static partial int CreateOperation(nint function, int isCommutative, ref nint operation);

    [LibraryImport(Library, EntryPoint = "MPI_Get_library_version")]
    internal static partial int GetVersion(byte* text, out int length);

    [LibraryImport(Library, EntryPoint = "MPI_Abi_get_version")]
    internal static partial int GetAbiVersion(out int major, out int minor);

    /// <summary>Ends the process at once, even from within its end.</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    internal static partial void EndProcess(int code);
}
