namespace Microsoft.ML;

/// <summary>Base of attributes by which a class offers itself under a contract name, to be found again when a model is loaded.</summary>
[AttributeUsage(AttributeTargets.Class)]
public abstract class ExtensionBaseAttribute : Attribute
{
    private protected ExtensionBaseAttribute(string contractName)
    {
        ContractName = contractName;
    }

    public string ContractName { get; }
}
