using System.IO.Compression;
using System.Text;
using System.Xml.Linq;

namespace ConvNeXt.Tests;

/// <summary>A .nupkg or .snupkg file, read.</summary>
internal sealed class PackageFile
{
    private readonly Dictionary<string, byte[]> _files = [];

    public PackageFile(string path, string id)
    {
        Id = id;
        Path = path;
        using ZipArchive archive = ZipFile.OpenRead(path);
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using Stream stream = entry.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            _files.Add(entry.FullName, bytes.ToArray());
        }
        XElement root = XDocument.Parse(Text($"{id}.nuspec")).Root!;
        Metadata = root.Elements().Single();
    }

    public string Id { get; }

    public string Path { get; }

    /// <summary>The metadata element of the nuspec.</summary>
    public XElement Metadata { get; }

    /// <summary>The package with the symbols that belong to this one.</summary>
    public PackageFile Symbols => new(System.IO.Path.ChangeExtension(Path, ".snupkg"), Id);

    /// <summary>The files of the package, without those that every package has for its container format.</summary>
    public IEnumerable<string> Files => _files.Keys.Where(name => name.Split('/')[0] is not ("_rels" or "package" or "[Content_Types].xml"));

    public byte[] Bytes(string file) => _files[file];

    public string Text(string file)
    {
        using var reader = new StreamReader(new MemoryStream(_files[file]), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>A field of the nuspec; empty where it has none.</summary>
    public string Field(string name) => Metadata.Elements().SingleOrDefault(element => element.Name.LocalName == name)?.Value ?? "";

    /// <summary>The packages that this one depends on, by id, with the range of versions.</summary>
    public IReadOnlyDictionary<string, string> Dependencies => Metadata.Descendants()
        .Where(element => element.Name.LocalName == "dependency")
        .ToDictionary(element => element.Attribute("id")!.Value, element => element.Attribute("version")!.Value);

    public override string ToString() => Id;
}
