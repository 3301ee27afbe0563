using System.Runtime.InteropServices;

namespace ConvNeXt.Backbone.Kernels.Memory;

/// <summary>
/// Asks Linux to back a large block by pages of 2 MB. Products walk over many megabytes with rows far apart; with pages of 4 KB the processor spends a part of the
/// time on looking up addresses (docs/performance.md). Most systems grant it only where it is asked for. It is a hint: where it is not taken, nothing is lost.
/// </summary>
internal static unsafe partial class HugePages
{
    private const nuint PageBytes = 2 << 20;
    private const int UseHugePages = 14; // MADV_HUGEPAGE

    /// <summary>Asks for the whole huge pages within a block, before it is touched.</summary>
    public static void Ask(void* block, nuint bytes)
    {
        if (!OperatingSystem.IsLinux()) return;
        nuint first = ((nuint)block + PageBytes - 1) / PageBytes * PageBytes, end = ((nuint)block + bytes) / PageBytes * PageBytes;
        if (block == null || first >= end) return;
        try
        {
            _ = Advise((void*)first, end - first, UseHugePages);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            // A system whose C library is not found by this name goes on with small pages.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* address, nuint length, int advice);
}
