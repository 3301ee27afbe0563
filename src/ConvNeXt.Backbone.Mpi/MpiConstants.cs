using System.Runtime.InteropServices;

namespace ConvNeXt.Backbone.Mpi;

/// <summary>The values of MPI's handles and constants, which differ between libraries.</summary>
internal sealed record MpiConstants
{
    public required nint World { get; init; }

    public required nint Float { get; init; }

    public required nint Double { get; init; }

    public required nint Byte { get; init; }

    public required nint UInt16 { get; init; }

    public required nint Sum { get; init; }

    /// <summary>MPI_IN_PLACE, for the values to send.</summary>
    public required nint InPlace { get; init; }

    /// <summary>MPI_STATUS_IGNORE.</summary>
    public required nint IgnoredStatus { get; init; }

    /// <summary>MPICH and what shares its binary interface: integers.</summary>
    public static MpiConstants Mpich { get; } = new()
    {
        World = 0x44000000,
        Float = 0x4c00040a,
        Double = 0x4c00080b,
        Byte = 0x4c00010d,
        UInt16 = 0x4c00023c,
        Sum = 0x58000003,
        InPlace = -1,
        IgnoredStatus = 1,
    };

    /// <summary>The ABI of MPI 5: small numbers in pointers.</summary>
    public static MpiConstants Standard { get; } = new()
    {
        World = 0x101,
        Float = 0x210,
        Double = 0x214,
        Byte = 0x247,
        UInt16 = 0x249,
        Sum = 0x21,
        InPlace = 1,
        IgnoredStatus = 0,
    };

    /// <summary>Open MPI: the addresses of exported objects.</summary>
    /// <param name="library">The library.</param>
    public static MpiConstants OfOpenMpi(nint library) => new()
    {
        World = NativeLibrary.GetExport(library, MpiLibrary.OpenMpiWorld),
        Float = NativeLibrary.GetExport(library, "ompi_mpi_float"),
        Double = NativeLibrary.GetExport(library, "ompi_mpi_double"),
        Byte = NativeLibrary.GetExport(library, "ompi_mpi_byte"),
        UInt16 = NativeLibrary.GetExport(library, "ompi_mpi_uint16_t"),
        Sum = NativeLibrary.GetExport(library, "ompi_mpi_op_sum"),
        InPlace = 1,
        IgnoredStatus = 0,
    };
}
