using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ITransformer), typeof(LambdaTransform), null, typeof(SignatureLoadModel), null, LambdaTransform.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>
/// Custom mappings in model files. The file has no code: it names the contract of a <see cref="CustomMappingFactory{TSrc, TDst}"/> and the assembly in
/// which the factory is, which is loaded by that name. Version 1 had no assembly; the factory's assembly must then be registered beforehand.
/// </summary>
internal static class LambdaTransform
{
    internal const string LoaderSignature = "CustomTransformer";

    private const uint VerAssemblyNameSaved = 0x00010002;

    internal static void Save(IExceptionContext ectx, ModelSaveContext ctx, string contractName, string contractAssembly)
    {
        ectx.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        ctx.SaveString(contractName);
        ctx.SaveString(contractAssembly);
    }

    // Called by the loader of models, which finds it by its name and parameters.
    private static ITransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        string contractName = ctx.LoadString();
        if (ctx.Header.ModelVerWritten >= VerAssemblyNameSaved)
            env.ComponentCatalog.RegisterAssembly(Assembly.Load(ctx.LoadString()));
        return env.ComponentCatalog.GetExtensionValue(env, typeof(CustomMappingFactoryAttributeAttribute), contractName) is ICustomMappingFactory factory
            ? factory.CreateTransformer(env, contractName)
            : throw env.Except($"The class with contract '{contractName}' must derive from '{typeof(CustomMappingFactory<,>).FullName}'.");
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "CUSTOMXF",
        verWrittenCur: VerAssemblyNameSaved,
        verReadableCur: VerAssemblyNameSaved,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(LambdaTransform).Assembly.FullName!);
}
