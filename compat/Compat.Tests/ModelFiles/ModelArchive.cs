using System.IO.Compression;
using ConvNeXt.Tests;
using Microsoft.ML;

namespace Compat.Tests.ModelFiles;

/// <summary>Model files as their entries.</summary>
internal static class ModelArchive
{
    /// <summary>The model files of the official ML.NET, under tests/data.</summary>
    public static string Fixture(string name) => TestFolders.Data("mlnet", name + ".zip");

    /// <summary>The entries of an archive, in their order, with their content.</summary>
    public static List<(string Path, byte[] Bytes)> Read(Stream stream)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        return [.. archive.Entries.Select(entry => (entry.FullName, Unpack(entry)))];
    }

    public static List<(string Path, byte[] Bytes)> Read(string path)
    {
        using var stream = File.OpenRead(path);
        return Read(stream);
    }

    public static byte[] Entry(string fixture, string path) => Read(Fixture(fixture)).Single(entry => entry.Path == path).Bytes;

    /// <summary>What a component writes into its folder: the entries under it, in their order.</summary>
    public static List<(string Path, byte[] Bytes)> Save(ICanSaveModel component, string folder)
    {
        using var stream = new MemoryStream();
        using (var repository = RepositoryWriter.CreateNew(stream))
        {
            ModelSaveContext.SaveModel(repository, component, folder);
            repository.Commit();
        }
        return [.. Read(stream).Where(entry => entry.Path.StartsWith(folder + "/", StringComparison.Ordinal))];
    }

    /// <summary>The component in one folder of a model file.</summary>
    public static ITransformer LoadMember(MLContext context, Stream stream, string folder)
    {
        using var repository = RepositoryReader.Open(stream, context);
        ModelLoadContext.LoadModel<ITransformer, SignatureLoadModel>(context, out var member, repository, folder);
        return member;
    }

    public static ITransformer LoadMember(string fixture, string folder)
    {
        using var stream = File.OpenRead(Fixture(fixture));
        return LoadMember(new MLContext(), stream, folder);
    }

    /// <summary>An archive of these entries.</summary>
    public static MemoryStream Pack(IEnumerable<(string Path, byte[] Bytes)> entries)
    {
        var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, bytes) in entries)
            {
                using var entry = archive.CreateEntry(path).Open();
                entry.Write(bytes);
            }
        }
        stream.Position = 0;
        return stream;
    }

    private static byte[] Unpack(ZipArchiveEntry entry)
    {
        using var packed = entry.Open();
        using var bytes = new MemoryStream();
        packed.CopyTo(bytes);
        return bytes.ToArray();
    }
}
