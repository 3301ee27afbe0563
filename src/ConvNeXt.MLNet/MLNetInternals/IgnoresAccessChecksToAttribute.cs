namespace System.Runtime.CompilerServices;

/// <summary>
/// The runtime lets this assembly use internal members of the named one. ML.NET's model file contexts and component registry are internal; see
/// eng/MLNet.props.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
{
    public string AssemblyName { get; } = assemblyName;
}
