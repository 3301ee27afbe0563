using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>The signature of a loader: a constructor or a static Create method with these parameters, an IHostEnvironment before them allowed.</summary>
internal delegate void SignatureLoadModel(ModelLoadContext ctx);

/// <summary>Where a component reads its model from; its reader stands at the model block, whose header was checked.</summary>
internal sealed partial class ModelLoadContext : IDisposable
{
    public const string ModelStreamName = ModelSaveContext.ModelStreamName;

    public readonly RepositoryReader? Repository;
    public readonly string? Directory;
    public readonly BinaryReader Reader;
    public readonly string[] Strings;
    public readonly string? LoaderAssemblyName;
    public readonly long FpMin;
    internal ModelHeader Header;

    private readonly IExceptionContext? _ectx;

    internal ModelLoadContext(RepositoryReader rep, Repository.Entry ent, string? dir)
    {
        _ectx = rep.ExceptionContext;
        Repository = rep;
        Directory = dir;
        Reader = new BinaryReader(ent.Stream, Encoding.UTF8, leaveOpen: true);
        try
        {
            Header = ModelHeader.BeginRead(Reader, out Strings, out LoaderAssemblyName);
        }
        catch (FormatException e)
        {
            throw _ectx.ExceptDecode(e, $"{ent.Path}: {e.Message}");
        }
    }

    internal ModelLoadContext(BinaryReader reader, IExceptionContext? ectx = null)
    {
        _ectx = ectx;
        ectx.CheckValue(reader, nameof(reader));
        Reader = reader;
        FpMin = reader.BaseStream.Position;
        Header = ModelHeader.BeginRead(reader, out Strings, out LoaderAssemblyName);
    }

    public bool InRepository => Repository is not null;

    public void Dispose()
    {
        // A single stream's reader is its owner's.
        if (InRepository) Reader.Dispose();
    }

    public void CheckAtModel() => _ectx.Check(Reader.BaseStream.Position == FpMin + Header.FpModel);

    public void CheckAtModel(VersionInfo ver)
    {
        CheckAtModel();
        CheckVersionInfo(ver);
    }

    public void CheckVersionInfo(VersionInfo ver) => Header.CheckVersionInfo(ver);

    public string? LoadStringOrNull()
    {
        int id = Reader.ReadInt32();
        return id == -1 ? null : StringById(id);
    }

    public string LoadString() => StringById(Reader.ReadInt32());

    public string LoadNonEmptyString()
    {
        string text = LoadString();
        _ectx.CheckDecode(text.Length > 0, "Corrupt model file: an empty text where a name is wanted");
        return text;
    }

    /// <summary>Checks that the block was read to its end, and leaves it.</summary>
    public void Done()
    {
        Header.EndRead(Reader, FpMin);
        Dispose();
    }

    private string StringById(int id)
    {
        _ectx.CheckDecode((uint)id < (uint)Strings.Length, $"Corrupt model file: there is no string {id}, only {Strings.Length}");
        return Strings[id];
    }
}
