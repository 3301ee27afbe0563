using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Marks the class that a saved custom mapping is made from again; the contract name is what the model file keeps.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class CustomMappingFactoryAttributeAttribute : ExtensionBaseAttribute
{
    public CustomMappingFactoryAttributeAttribute(string contractName)
        : base(contractName)
    {
    }
}

public abstract class CustomMappingFactory<TSrc, TDst> : ICustomMappingFactory
    where TSrc : class, new()
    where TDst : class, new()
{
    public abstract Action<TSrc, TDst> GetMapping();

    ITransformer ICustomMappingFactory.CreateTransformer(IHostEnvironment env, string contractName) =>
        new CustomMappingTransformer<TSrc, TDst>(env, GetMapping(), contractName);
}

internal interface ICustomMappingFactory
{
    ITransformer CreateTransformer(IHostEnvironment env, string contractName);
}
