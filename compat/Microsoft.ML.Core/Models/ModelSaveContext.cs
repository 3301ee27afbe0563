using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Where a component writes its model: a block with header, and entries beside it. Internal but for its name, as in the official API.</summary>
public sealed class ModelSaveContext : IDisposable
{
    internal const string ModelStreamName = "Model.key";

    private readonly IExceptionContext? _ectx;
    private readonly Repository.Entry? _entry;
    private readonly List<string> _strings = [];
    private readonly Dictionary<string, int> _stringIds = [];
    private string? _loaderAssemblyName;
    private bool _disposed;

    internal ModelSaveContext(RepositoryWriter rep, string? dir, string name)
    {
        _ectx = rep.ExceptionContext;
        Repository = rep;
        Directory = dir;
        _entry = rep.CreateEntry(dir, name);
        Writer = new BinaryWriter(_entry.Stream, Encoding.UTF8, leaveOpen: true);
        Header = ModelHeader.BeginWrite(Writer);
    }

    internal ModelSaveContext(BinaryWriter writer, IExceptionContext? ectx = null)
    {
        _ectx = ectx;
        ectx.CheckValue(writer, nameof(writer));
        writer.Flush();
        Writer = writer;
        FpMin = writer.BaseStream.Position;
        Header = ModelHeader.BeginWrite(writer);
    }

    /// <summary>Null when writing to a single stream.</summary>
    internal readonly RepositoryWriter? Repository;
    internal readonly string? Directory;
    internal readonly BinaryWriter Writer;
    internal readonly long FpMin;
    internal ModelHeader Header;

    internal bool InRepository => Repository is not null;

    public void Dispose()
    {
        // A single stream's writer is its owner's.
        if (!InRepository || _disposed) return;
        _disposed = true;
        Writer.Dispose();
        _entry!.Dispose();
    }

    /// <summary>Writes a component as a sub-model, with a context of its own.</summary>
    internal static void SaveModel<T>(RepositoryWriter rep, T? value, string path)
        where T : class
    {
        if (value is not ICanSaveModel component) return;
        using var context = new ModelSaveContext(rep, path, ModelStreamName);
        component.Save(context);
        context.Done();
    }

    /// <summary>Writes a model block into a stream.</summary>
    internal static void Save(BinaryWriter writer, Action<ModelSaveContext> fn)
    {
        using var context = new ModelSaveContext(writer);
        fn(context);
        context.Done();
    }

    internal void SaveModel<T>(T? value, string name)
        where T : class
        => SaveModel(CheckedRepository(), value, SubFolder(name));

    internal void SaveSubModel(string dir, Action<ModelSaveContext> fn)
    {
        using var context = new ModelSaveContext(CheckedRepository(), SubFolder(dir), ModelStreamName);
        fn(context);
        context.Done();
    }

    internal void CheckAtModel() => _ectx.Check(Writer.BaseStream.Position == FpMin + Header.FpModel);

    internal void SetVersionInfo(VersionInfo ver)
    {
        Header.SetVersionInfo(ver);
        _loaderAssemblyName = ver.LoaderAssemblyName;
    }

    internal void SaveTextStream(string name, Action<TextWriter> action)
    {
        using var entry = CheckedRepository().CreateEntry(Directory, name);
        using var writer = new StreamWriter(entry.Stream, new UTF8Encoding(false), leaveOpen: true);
        action(writer);
    }

    internal void SaveBinaryStream(string name, Action<BinaryWriter> action)
    {
        using var entry = CheckedRepository().CreateEntry(Directory, name);
        using var writer = new BinaryWriter(entry.Stream, Encoding.UTF8, leaveOpen: true);
        action(writer);
    }

    internal void SaveStringOrNull(string? str)
    {
        if (str is null)
            Writer.Write(-1);
        else
            SaveString(str);
    }

    internal void SaveString(string str)
    {
        _ectx.CheckValue(str, nameof(str));
        if (!_stringIds.TryGetValue(str, out int id))
        {
            id = _strings.Count;
            _strings.Add(str);
            _stringIds.Add(str, id);
        }
        Writer.Write(id);
    }

    internal void SaveString(ReadOnlyMemory<char> str) => SaveString(str.ToString());

    internal void SaveNonEmptyString(string str)
    {
        _ectx.CheckNonEmpty(str, nameof(str));
        SaveString(str);
    }

    internal void SaveNonEmptyString(ReadOnlyMemory<char> str) => SaveNonEmptyString(str.ToString());

    /// <summary>Finishes the block.</summary>
    internal void Done()
    {
        _ectx.Check(Header.ModelSignature != 0, "ModelSignature not specified!");
        Header.EndWrite(Writer, FpMin, _strings, _loaderAssemblyName);
        Dispose();
    }

    private RepositoryWriter CheckedRepository() => Repository ?? throw _ectx.Except("Can't save a sub-model or stream when writing to a single stream");

    private string SubFolder(string name)
    {
        _ectx.CheckNonEmpty(name, nameof(name));
        return Path.Combine(Directory ?? "", name);
    }
}
