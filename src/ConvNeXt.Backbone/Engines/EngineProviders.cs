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
    public static bool TryFind(string name, [NotNullWhen(true)] out IEngineProvider? provider, [NotNullWhen(false)] out string? reason) =>
        TryFind(name, out provider, out reason, out _);

    /// <summary>Returns the provider with a name.</summary>
    /// <param name="name">Name of the assembly.</param>
    /// <exception cref="EngineUnavailableException">There is no such provider; the message names the package to add.</exception>
    public static IEngineProvider Find(string name) =>
        TryFind(name, out var provider, out string? reason, out var cause) ? provider : throw new EngineUnavailableException(reason, cause);

    private static bool TryFind(
        string name, [NotNullWhen(true)] out IEngineProvider? provider, [NotNullWhen(false)] out string? reason, out Exception? cause)
    {
        cause = null;
        ArgumentException.ThrowIfNullOrEmpty(name);
        reason = null;
        if (_providers.TryGetValue(name, out provider)) return true;
        try
        {
            var attribute = Assembly.Load(new AssemblyName(name)).GetCustomAttribute<EngineProviderAttribute>();
            if (attribute is null) reason = $"The assembly {name} contains no engine.";
            else provider = _providers.GetOrAdd(name, (IEngineProvider)Activator.CreateInstance(attribute.Provider)!);
        }
        catch (Exception e) when (Explain(name, e) is { } explanation)
        {
            (reason, cause) = (explanation, e is TargetInvocationException { InnerException: { } inner } ? inner : e);
        }

        return reason is null;
    }

    /// <summary>Says why an assembly's provider could not be created; null for any other exception.</summary>
    /// <param name="name">Name of the assembly.</param>
    /// <param name="exception">The exception that loading the assembly or creating the provider threw.</param>
    internal static string? Explain(string name, Exception exception) => exception switch
    {
        TargetInvocationException { InnerException: { } inner } =>
            Explain(name, inner) ?? $"The engine of the assembly {name} cannot be created: {inner.Message}",
        FileNotFoundException { FileName: { } file } when NameOf(file) != name =>
            $"The assembly {name} cannot be loaded, because it needs {NameOf(file)}, which was not found: add a reference to the package that contains it.",
        FileNotFoundException => $"The assembly {name} was not found: add a reference to the package {name}.",
        FileLoadException or BadImageFormatException or TypeLoadException or TypeInitializationException or MissingMemberException or DllNotFoundException =>
            $"The assembly {name} cannot be loaded: {exception.Message}",
        _ => null,
    };

    // An assembly is named by its file or by name, version, culture and key.
    private static string NameOf(string file)
    {
        string name = Path.GetFileName(file.Split(',')[0]);
        return name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? Path.GetFileNameWithoutExtension(name) : name;
    }
}
