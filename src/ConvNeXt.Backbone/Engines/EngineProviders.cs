using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace ConvNeXt.Backbone.Engines;

/// <summary>Finds engines that are in assemblies of their own.</summary>
internal static class EngineProviders
{
    /// <summary>The assembly, and the package, with the TorchSharp engine.</summary>
    public const string TorchSharp = "ConvNeXt.Backbone.TorchSharp";

    private static readonly ConcurrentDictionary<string, IEngineProvider> _providers = new(StringComparer.Ordinal);

    /// <summary>Makes a provider known under a name, in place of the one that the assembly of that name has.</summary>
    /// <param name="name">Name of an assembly.</param>
    /// <param name="provider">The provider.</param>
    public static void Register(string name, IEngineProvider provider)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(provider);
        _providers[name] = provider;
    }

    /// <summary>The provider under a name: one that was registered, else that of the assembly of this name, which is loaded.</summary>
    /// <param name="name">Name of an assembly.</param>
    /// <param name="provider">The provider.</param>
    /// <param name="reason">Why there is none.</param>
    public static bool TryFind(string name, [NotNullWhen(true)] out IEngineProvider? provider, [NotNullWhen(false)] out string? reason)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        reason = null;
        if (_providers.TryGetValue(name, out provider)) return true;
        try
        {
            var attribute = Assembly.Load(new AssemblyName(name)).GetCustomAttribute<EngineProviderAttribute>();
            if (attribute is null) reason = $"The assembly {name} has no engine in it.";
            else provider = _providers.GetOrAdd(name, (IEngineProvider)Activator.CreateInstance(attribute.Provider)!);
        }
        catch (FileNotFoundException)
        {
            reason = $"The assembly {name} is not there: add a reference to the package {name}.";
        }
        catch (Exception e) when (e is FileLoadException or BadImageFormatException or TypeLoadException)
        {
            reason = $"The assembly {name} cannot be loaded: {e.Message}";
        }

        return reason is null;
    }

    /// <summary>The provider under a name.</summary>
    /// <param name="name">Name of an assembly.</param>
    /// <exception cref="EngineUnavailableException">There is none; the message names the package to add.</exception>
    public static IEngineProvider Find(string name) =>
        TryFind(name, out var provider, out string? reason) ? provider : throw new EngineUnavailableException(reason);
}
