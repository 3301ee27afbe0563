using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Microsoft.ML.Runtime;

/// <summary>The classes that can be made by name, as the attributes of registered assemblies declare them.</summary>
public sealed class ComponentCatalog
{
    private const BindingFlags Instances = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
    private const BindingFlags Statics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private readonly Lock _lock = new();
    private readonly HashSet<Assembly> _assemblies = [];
    private readonly Dictionary<(string Name, Type Signature), Loader> _loaders = [];
    private readonly Dictionary<(Type Attribute, string Contract), Type> _extensions = [];

    internal ComponentCatalog()
    {
    }

    public void RegisterAssembly(Assembly assembly, bool throwOnError = true)
    {
        Contracts.CheckValue(assembly, nameof(assembly));
        lock (_lock)
        {
            if (!_assemblies.Add(assembly)) return;
            foreach (LoadableClassAttributeBase declared in assembly.GetCustomAttributes(typeof(LoadableClassAttributeBase)))
                Register(declared, throwOnError);
            // ML.NET's own assemblies offer no extensions.
            if (assembly.GetName().Name!.StartsWith("Microsoft.ML.", StringComparison.Ordinal)) return;
            foreach (var type in assembly.GetTypes().Where(type => type.IsClass))
                foreach (ExtensionBaseAttribute offered in type.GetCustomAttributes(typeof(ExtensionBaseAttribute), inherit: true))
                    RegisterExtension(offered, type, throwOnError);
        }
    }

    /// <summary>A new object of the class that offers itself under a contract name.</summary>
    internal object GetExtensionValue(IHostEnvironment env, Type attributeType, string contractName)
    {
        Type? type;
        lock (_lock)
            _extensions.TryGetValue((attributeType, contractName), out type);
        if (type is null)
        {
            throw env.Except($"Unable to locate an extension for the contract '{contractName}'. Ensure you have called {nameof(ComponentCatalog)}.{nameof(RegisterAssembly)} "
                + $"with the assembly that has a class with the attribute '{attributeType.FullName}'.");
        }
        return Activator.CreateInstance(type)!;
    }

    internal static bool TryCreateInstance<TRes, TSig>(IHostEnvironment env, [NotNullWhen(true)] out TRes? result, string name, string options, params object[] extra)
        where TRes : class
    {
        env.CheckParam(string.IsNullOrEmpty(options), nameof(options), $"Loadable class '{name}' doesn't support settings");
        result = null;
        if (env.ComponentCatalog.Find(name, typeof(TSig)) is not Loader loader) return false;
        if (!typeof(TRes).IsAssignableFrom(loader.Type))
            throw env.Except($"Loadable class '{name}' does not derive from '{typeof(TRes).FullName}'");
        result = (TRes)loader.Create(env, extra);
        return true;
    }

    private static MethodBase? FindInitializer(Type instanceType, Type loaderType, Type[] parameters)
    {
        var constructor = instanceType.IsAssignableFrom(loaderType) ? loaderType.GetConstructor(Instances, parameters) : null;
        var create = loaderType.GetMethod("Create", Statics | BindingFlags.DeclaredOnly, parameters);
        if (create is null || create.ReturnType != instanceType) return constructor;
        if (constructor is null) return create;
        // Both: the one that more may call is meant.
        int more = Openness(create) - Openness(constructor);
        return more == 0
            ? throw Contracts.Except($"Can't load type {instanceType}: its Create method and its constructor are equally visible, so it cannot be told which of the two loads it.")
            : more > 0 ? create : constructor;
    }

    private static int Openness(MethodBase method)
        => method.IsPublic ? 5 : method.IsFamilyOrAssembly ? 4 : method.IsAssembly ? 3 : method.IsFamily ? 2 : method.IsFamilyAndAssembly ? 1 : 0;

    private void Register(LoadableClassAttributeBase declared, bool throwOnError)
    {
        // A class made from parsed arguments belongs to ML.NET's command line, of which there is nothing here.
        if (declared.ArgType is not null) return;

        foreach (var signature in declared.SigTypes)
        {
            Type[] parameters = [.. signature.GetMethod("Invoke")!.GetParameters().Select(parameter => parameter.ParameterType)];
            var plain = FindInitializer(declared.InstanceType, declared.LoaderType, parameters);
            var initializer = plain ?? FindInitializer(declared.InstanceType, declared.LoaderType, [typeof(IHostEnvironment), .. parameters]);
            if (initializer is null)
            {
                if (throwOnError) throw Contracts.Except($"Can't instantiate loadable class '{declared.InstanceType.Name}' with name '{declared.LoadNames[0]}'");
                continue;
            }

            var loader = new Loader(declared.InstanceType, initializer, plain is null);
            foreach (string name in declared.LoadNames)
            {
                if (!_loaders.TryAdd(Key(name, signature), loader) && throwOnError)
                {
                    throw Contracts.Except($"ComponentCatalog cannot map name '{name}' and SignatureType '{signature}' to {loader.Type.Name}, "
                        + $"already mapped to {_loaders[Key(name, signature)].Type.Name}.");
                }
            }
        }
    }

    private void RegisterExtension(ExtensionBaseAttribute offered, Type type, bool throwOnError)
    {
        if (!_extensions.TryAdd((offered.GetType(), offered.ContractName), type) && throwOnError)
            throw Contracts.Except($"An extension for '{offered.GetType().Name}' with contract '{offered.ContractName}' has already been registered in the ComponentCatalog.");
    }

    private Loader? Find(string name, Type signature)
    {
        lock (_lock)
            return _loaders.GetValueOrDefault(Key(name, signature));
    }

    private static (string Name, Type Signature) Key(string name, Type signature) => (name.Trim().ToLowerInvariant(), signature);

    private sealed record Loader(Type Type, MethodBase Initializer, bool TakesEnvironment)
    {
        public object Create(IHostEnvironment env, object[] arguments)
        {
            object[] all = TakesEnvironment ? [env, .. arguments] : arguments;
            try
            {
                return Initializer is ConstructorInfo constructor ? constructor.Invoke(all) : Initializer.Invoke(null, all)!;
            }
            catch (TargetInvocationException e) when (e.InnerException?.IsMarked() == true)
            {
                // The official exception type, which tells an error that a component found from one that happened to it.
                throw Contracts.Except(e, $"Error during class instantiation of {Type.Name}: {e.InnerException.Message}");
            }
        }
    }
}
