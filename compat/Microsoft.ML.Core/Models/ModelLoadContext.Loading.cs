using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

internal sealed partial class ModelLoadContext
{
    /// <summary>Makes the component whose model lies in a folder of the archive; false where there is none.</summary>
    public static bool LoadModelOrNull<TRes, TSig>(IHostEnvironment env, [NotNullWhen(true)] out TRes? result, RepositoryReader rep, string? dir, params object[] extra)
        where TRes : class
    {
        result = null;
        using var entry = rep.OpenEntryOrNull(dir, ModelStreamName);
        if (entry is null) return false;
        LoadModel<TRes, TSig>(env, out result, rep, entry, dir, extra);
        return true;
    }

    public static void LoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, RepositoryReader rep, string? dir, params object[] extra)
        where TRes : class
    {
        if (!LoadModelOrNull<TRes, TSig>(env, out var loaded, rep, dir, extra))
            throw env.ExceptDecode($"Corrupt model file: there is no model in '{dir}'");
        result = loaded;
    }

    public static void LoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, RepositoryReader rep, Repository.Entry ent, string? dir, params object[] extra)
        where TRes : class
    {
        using var context = new ModelLoadContext(rep, ent, dir);
        result = context.Create<TRes, TSig>(env, extra) ?? throw env.ExceptDecode($"Couldn't load model: '{dir}': {context.Explain<TRes>()}");
    }

    /// <summary>Makes the component whose model block a stream holds.</summary>
    public static void LoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, Stream stream, params object[] extra)
        where TRes : class
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        LoadModel<TRes, TSig>(env, out result, reader, extra);
    }

    public static void LoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, BinaryReader reader, params object[] extra)
        where TRes : class
    {
        using var context = new ModelLoadContext(reader);
        result = context.Create<TRes, TSig>(env, extra) ?? throw env.ExceptDecode($"Couldn't load model: {context.Explain<TRes>()}");
    }

    public bool ContainsModel(string name)
    {
        using var entry = Repository?.OpenEntryOrNull(Path.Combine(Directory ?? "", name), ModelStreamName);
        return entry is not null;
    }

    public bool LoadModelOrNull<TRes, TSig>(IHostEnvironment env, [NotNullWhen(true)] out TRes? result, string name, params object[] extra)
        where TRes : class
        => LoadModelOrNull<TRes, TSig>(env, out result, CheckedRepository(), Path.Combine(Directory ?? "", name), extra);

    public void LoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, string name, params object[] extra)
        where TRes : class
        => LoadModel<TRes, TSig>(env, out result, CheckedRepository(), Path.Combine(Directory ?? "", name), extra);

    public bool TryProcessSubModel(string dir, Action<ModelLoadContext> action)
    {
        string path = Path.Combine(Directory ?? "", dir);
        using var entry = CheckedRepository().OpenEntryOrNull(path, ModelStreamName);
        if (entry is null) return false;
        using var context = new ModelLoadContext(Repository!, entry, path);
        action(context);
        return true;
    }

    public bool TryLoadBinaryStream(string name, Action<BinaryReader> action)
    {
        using var entry = CheckedRepository().OpenEntryOrNull(Directory, name);
        if (entry is null) return false;
        using var reader = new BinaryReader(entry.Stream, Encoding.UTF8, leaveOpen: true);
        action(reader);
        return true;
    }

    public bool TryLoadTextStream(string name, Action<TextReader> action)
    {
        using var entry = CheckedRepository().OpenEntryOrNull(Directory, name);
        if (entry is null) return false;
        using var reader = new StreamReader(entry.Stream, leaveOpen: true);
        action(reader);
        return true;
    }

    private TRes? Create<TRes, TSig>(IHostEnvironment env, object[] extra)
        where TRes : class
    {
        if (!string.IsNullOrEmpty(LoaderAssemblyName))
            env.ComponentCatalog.RegisterAssembly(FindAssembly(LoaderAssemblyName));

        object[] arguments = [this, .. extra];
        foreach (string name in new[] { Header.LoaderSignature.ToString(), Header.LoaderSignatureAlt.ToString() })
        {
            if (string.IsNullOrWhiteSpace(name) || !ComponentCatalog.TryCreateInstance<object, TSig>(env, out object? created, name, "", arguments)) continue;
            if (created is not TRes component) continue;
            Done();
            return component;
        }
        return null;
    }

    private string Explain<TRes>() => $"no class of {LoaderAssemblyName ?? "the registered assemblies"} loads '{Header.LoaderSignature}' as {typeof(TRes).Name}";

    /// <summary>By its simple name, because a version or a signature other than in the file must not matter.</summary>
    private Assembly FindAssembly(string fullName)
    {
        string name = fullName.Split(',')[0].Trim();
        try
        {
            return AppDomain.CurrentDomain.GetAssemblies().FirstOrDefault(assembly => assembly.GetName().Name == name) ?? Assembly.Load(new AssemblyName(name));
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException)
        {
            throw new FileNotFoundException($"The model's component '{Header.LoaderSignature}' is in the assembly '{fullName}', which this program does not have.", name, e).Process(_ectx);
        }
        catch (Exception e) when (e is ArgumentException or BadImageFormatException)
        {
            throw _ectx.ExceptDecode(e, $"Corrupt model file: '{name}' is not the name of an assembly.");
        }
    }

    private RepositoryReader CheckedRepository() => Repository ?? throw _ectx.Except("Can't load a sub-model or stream when reading from a single stream");
}
