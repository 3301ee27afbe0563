using System.Buffers.Binary;
using System.IO.Compression;

namespace ConvNeXt.Tests;

/// <summary>The versions in the header of a saved model: the one that was written, and the earliest whose code reads it.</summary>
internal static class ModelVersions
{
    /// <summary>What is written now, and read by no earlier code.</summary>
    public static readonly (uint Written, uint Readable) Classifier = (0x00010007, 0x00010007), Featurizer = (0x00010005, 0x00010005);

    private const int SignatureLength = 8;

    public static (uint Written, uint Readable) Read(string path, string signature)
    {
        using ZipArchive zip = ZipFile.OpenRead(path);
        using Stream entry = zip.Entries.Single(e => e.FullName.Replace('\\', '/') == "TransformerChain/Model.key").Open();
        using var bytes = new MemoryStream();
        entry.CopyTo(bytes);
        ReadOnlySpan<byte> header = bytes.ToArray();
        ReadOnlySpan<byte> versions = header[(header.IndexOf(System.Text.Encoding.ASCII.GetBytes(signature)) + SignatureLength)..];
        return (BinaryPrimitives.ReadUInt32LittleEndian(versions), BinaryPrimitives.ReadUInt32LittleEndian(versions[4..]));
    }
}
