using System.Globalization;
using System.Reflection;

namespace ConvNeXt.Backbone.Training.Distributed;

/// <summary>Joins the ranks that a launcher started. An assembly that can names its class in a <see cref="RankGroupProviderAttribute"/>.</summary>
internal interface IRankGroupProvider
{
    /// <summary>Joins them; called once in a process.</summary>
    /// <exception cref="InvalidOperationException">The library of the launcher cannot be used; the message says why.</exception>
    IRankGroup Join();
}

/// <summary>Names the rank group provider of an assembly.</summary>
/// <param name="provider">A class with a parameterless constructor that implements <see cref="IRankGroupProvider"/>.</param>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class RankGroupProviderAttribute(Type provider) : Attribute
{
    /// <summary>The provider class.</summary>
    public Type Provider { get; } = provider;
}

/// <summary>Finds the ranks that this process belongs to.</summary>
internal static class RankGroups
{
    /// <summary>Name of the assembly and of the package that uses MPI.</summary>
    public const string Mpi = "ConvNeXt.Backbone.Mpi";

    private static readonly Lock _lock = new();
    private static IRankGroup? _joined;

    // What Open MPI, MPICH and its relatives, and PMIx under Slurm tell the processes they start.
    private static readonly (string Size, string? Also)[] _variables = [("OMPI_COMM_WORLD_SIZE", null), ("PMI_SIZE", null), ("SLURM_NTASKS", "PMIX_RANK")];

    /// <summary>Number of processes that the launcher of this one started together, from its environment; 1 without a launcher.</summary>
    public static int LaunchedSize => FindLaunchedSize(Environment.GetEnvironmentVariable);

    /// <summary>Joins the ranks that were started together with this process; a process on its own stays alone.</summary>
    /// <exception cref="InvalidOperationException">There are several, and the package for MPI or the library itself is missing; the message says
    /// which.</exception>
    public static IRankGroup Join()
    {
        if (LaunchedSize == 1) return SingleRank.Instance;
        lock (_lock) return _joined ??= FindProvider().Join();
    }

    internal static int FindLaunchedSize(Func<string, string?> variable)
    {
        foreach (var (size, also) in _variables)
        {
            if (also is not null && variable(also) is null) continue;
            if (int.TryParse(variable(size), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 1) return count;
        }

        return 1;
    }

    private static IRankGroupProvider FindProvider()
    {
        try
        {
            var attribute = Assembly.Load(new AssemblyName(Mpi)).GetCustomAttribute<RankGroupProviderAttribute>()
                ?? throw new InvalidOperationException($"The assembly {Mpi} has no ranks.");
            return (IRankGroupProvider)Activator.CreateInstance(attribute.Provider)!;
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            throw new InvalidOperationException(
                $"{LaunchedSize} processes were started together, but {Mpi} cannot be loaded: add a reference to the package {Mpi}. {e.Message}", e);
        }
    }
}
