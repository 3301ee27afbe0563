using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace ConvNeXt.Backbone.Engines;

/// <summary>Finds engines that are in separate assemblies.</summary>
internal static class EngineProviders
{
    /// <summary>Name of the assembly and of the package that contain the TorchSharp engine.</summary>
    public const string TorchSharp = "ConvNeXt.Backbone.TorchSharp";

    private static readonly ConcurrentDictionary<string, IEngineProvider> _providers = new(StringComparer.Ordinal);

    /// <summary>Registers a provider under an assembly name; it takes precedence over the assembly's own.</summary>
    /// <param name="name">Name of the assembly.</param>
    /// <param name="provider">The provider.</param>
    public static void Register(string name, IEngineProvider provider)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(provider);
        _providers[name] = provider;
    }

    /// <summary>Finds the provider with a name: the registered one, otherwise the one of the assembly with this name, which is loaded.</summary>
    /// <param name="name">Name of the assembly.</param>
    /// <param name="provider">The provider.</param>
    /// <param name="reason">Why no provider was found.</param>
    public static bool TryFind(string name, [NotNullWhen(true)] out IEngineProvider? provider, [NotNullWhen(false)] out string? reason)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        reason = null;
        if (_providers.TryGetValue(name, out provider)) return true;
        try
        {
            var attribute = Assembly.Load(new AssemblyName(name)).GetCustomAttribute<EngineProviderAttribute>();
            if (attribute is null) reason = $"The assembly {name} contains no engine.";
            else provider = _providers.GetOrAdd(name, (IEngineProvider)Activator.CreateInstance(attribute.Provider)!);
        }
        catch (FileNotFoundException)
        {
            reason = $"The assembly {name} was not found: add a reference to the package {name}.";
        }
        catch (Exception e) when (e is FileLoadException or BadImageFormatException or TypeLoadException)
        {
            reason = $"The assembly {name} cannot be loaded: {e.Message}";
        }

        return reason is null;
    }

    /// <summary>Returns the provider with a name.</summary>
    /// <param name="name">Name of the assembly.</param>
    /// <exception cref="EngineUnavailableException">There is no such provider; the message names the package to add.</exception>
    public static IEngineProvider Find(string name) =>
        TryFind(name, out var provider, out string? reason) ? provider : throw new EngineUnavailableException(reason);
}
