namespace System.Runtime.CompilerServices;

/// <summary>
/// Lets this assembly access the internal members of another assembly at run time. ML.NET's model file contexts and component registry are internal; see
/// eng/MLNetInternals.props.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
{
    public string AssemblyName { get; } = assemblyName;
}
