using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Says that a class can be made by name: by a constructor or static Create method of the loader type, with the parameters of the signature delegate.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class LoadableClassAttribute : LoadableClassAttributeBase
{
    public LoadableClassAttribute(Type instType, Type? argType, Type sigType, string? userName, params string[] loadNames)
        : base(null, instType, instType, argType, [sigType], userName, loadNames)
    {
    }

    public LoadableClassAttribute(Type instType, Type loaderType, Type? argType, Type sigType, string? userName, params string[] loadNames)
        : base(null, instType, loaderType, argType, [sigType], userName, loadNames)
    {
    }

    public LoadableClassAttribute(Type instType, Type? argType, Type[] sigTypes, string? userName, params string[] loadNames)
        : base(null, instType, instType, argType, sigTypes, userName, loadNames)
    {
    }

    public LoadableClassAttribute(Type instType, Type loaderType, Type? argType, Type[] sigTypes, string? userName, params string[] loadNames)
        : base(null, instType, loaderType, argType, sigTypes, userName, loadNames)
    {
    }

    public LoadableClassAttribute(string? summary, Type instType, Type? argType, Type sigType, string? userName, params string[] loadNames)
        : base(summary, instType, instType, argType, [sigType], userName, loadNames)
    {
    }

    public LoadableClassAttribute(string? summary, Type instType, Type loaderType, Type? argType, Type sigType, string? userName, params string[] loadNames)
        : base(summary, instType, loaderType, argType, [sigType], userName, loadNames)
    {
    }

    public LoadableClassAttribute(string? summary, Type instType, Type? argType, Type[] sigTypes, string? userName, params string[] loadNames)
        : base(summary, instType, instType, argType, sigTypes, userName, loadNames)
    {
    }

    public LoadableClassAttribute(string? summary, Type instType, Type loaderType, Type? argType, Type[] sigTypes, string? userName, params string[] loadNames)
        : base(summary, instType, loaderType, argType, sigTypes, userName, loadNames)
    {
    }
}

internal abstract class LoadableClassAttributeBase : Attribute
{
    protected LoadableClassAttributeBase(string? summary, Type instType, Type loaderType, Type? argType, Type[] sigTypes, string? userName, string[] loadNames)
    {
        Contracts.CheckValue(instType, nameof(instType));
        Contracts.CheckValue(loaderType, nameof(loaderType));
        Contracts.CheckNonEmpty(sigTypes, nameof(sigTypes));
        Summary = summary;
        InstanceType = instType;
        LoaderType = loaderType;
        ArgType = argType;
        SigTypes = sigTypes;
        UserName = userName;
        LoadNames = loadNames.Length > 0 ? loadNames : [userName ?? ""];
        Contracts.CheckParam(!LoadNames.Any(string.IsNullOrWhiteSpace), nameof(loadNames), "LoadableClass loadName parameter can't be empty");
    }

    public string? Summary { get; }

    public Type InstanceType { get; }

    public Type LoaderType { get; }

    public Type? ArgType { get; }

    public Type[] SigTypes { get; }

    /// <summary>The name shown to people; without one the class is hidden from them.</summary>
    public string? UserName { get; }

    public string[] LoadNames { get; }
}
