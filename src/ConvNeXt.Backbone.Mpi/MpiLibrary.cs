using System.Reflection;
using System.Runtime.InteropServices;

namespace ConvNeXt.Backbone.Mpi;

/// <summary>Finds the MPI library of the launcher that started this process, and the constants it was compiled with.</summary>
internal static class MpiLibrary
{
    /// <summary>Environment variable that names the library, for one that is not found by itself.</summary>
    internal const string PathVariable = "CONVNEXT_MPI_LIBRARY";

    /// <summary>Open MPI's object for all processes.</summary>
    internal const string OpenMpiWorld = "ompi_mpi_comm_world";

    private static readonly string[] _openMpi = ["libmpi.so.40", "libmpi.so.80", "libmpi.40.dylib", "libmpi.so", "libmpi.dylib"];
    private static readonly string[] _mpich =
        ["libmpi.so.12", "libmpich.so.12", "libmpi.12.dylib", "msmpi.dll", "libmpi_abi.so.0", "libmpi.so", "libmpi.dylib"];

    private static readonly Lock _lock = new();
    private static nint _library;

    /// <summary>Loads the library; later calls return the same constants.</summary>
    /// <exception cref="InvalidOperationException">There is none; the message says which names were tried.</exception>
    internal static MpiConstants Load()
    {
        lock (_lock)
        {
            if (_library == 0)
            {
                _library = Find(NamesToTry(Environment.GetEnvironmentVariable));
                NativeLibrary.SetDllImportResolver(typeof(MpiLibrary).Assembly, Resolve);
            }

            return ConstantsOf(_library);
        }
    }

    /// <summary>The names of the library, the most likely first.</summary>
    internal static string[] NamesToTry(Func<string, string?> variable)
    {
        if (variable(PathVariable) is { Length: > 0 } path) return [path];
        return variable("OMPI_COMM_WORLD_SIZE") is null && variable("PMI_SIZE") is not null ? [.. _mpich, .. _openMpi] : [.. _openMpi, .. _mpich];
    }

    private static nint Find(string[] names)
    {
        foreach (string name in names)
            if (NativeLibrary.TryLoad(name, out nint library) && NativeLibrary.TryGetExport(library, "MPI_Init_thread", out _)) return library;
        throw new InvalidOperationException(
            $"The MPI library was not found; tried {string.Join(", ", names)}. "
            + $"Install Open MPI or MPICH on every machine, or set {PathVariable} to the path of the library.");
    }

    // Libraries with the standard ABI say so; others may have the function, too, but return a negative version.
    private static MpiConstants ConstantsOf(nint library)
    {
        if (NativeLibrary.TryGetExport(library, "MPI_Abi_get_version", out _) && MpiFunctions.GetAbiVersion(out int major, out _) == 0 && major > 0)
            return MpiConstants.Standard;
        return NativeLibrary.TryGetExport(library, OpenMpiWorld, out _) ? MpiConstants.OfOpenMpi(library) : MpiConstants.Mpich;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name == MpiFunctions.Library ? _library : 0;
}
