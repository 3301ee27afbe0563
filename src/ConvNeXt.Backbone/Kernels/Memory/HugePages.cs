using System.Runtime.InteropServices;

namespace ConvNeXt.Backbone.Kernels.Memory;

/// <summary>
/// Asks Linux to back a large block with 2 MB pages. Matrix products read many megabytes in rows that are far apart; with 4 KB pages the processor spends part
/// of its time on address translation (docs/evidence/performance.md). Most systems use huge pages only on request. The request is a hint: ignoring it affects
/// nothing but speed.
/// </summary>
internal static unsafe partial class HugePages
{
    private const nuint PageBytes = 2 << 20;
    private const int UseHugePages = 14; // MADV_HUGEPAGE

    /// <summary>Requests huge pages for the whole 2 MB pages within a block; call it before the block is first accessed.</summary>
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
            // Without a C library of this name, small pages are used.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* address, nuint length, int advice);
}
