using System.IO.Compression;

namespace MLNet.Contract.Tests.Transforms;

/// <summary>The entries of a model file, in their order.</summary>
internal static class ModelEntries
{
    public static List<(string Name, byte[] Bytes)> Read(Stream model)
    {
        using var archive = new ZipArchive(model, ZipArchiveMode.Read, leaveOpen: true);
        return [.. archive.Entries.Select(entry =>
        {
            using var bytes = new MemoryStream();
            using Stream stream = entry.Open();
            stream.CopyTo(bytes);
            // On Windows ML.NET separates folders by backslashes.
            return (entry.FullName.Replace('\\', '/'), bytes.ToArray());
        })];
    }

    public static MemoryStream Write(IEnumerable<(string Name, byte[] Bytes)> entries)
    {
        var model = new MemoryStream();
        using (var archive = new ZipArchive(model, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] bytes) in entries)
            {
                using Stream stream = archive.CreateEntry(name).Open();
                stream.Write(bytes);
            }
        }
        model.Position = 0;
        return model;
    }

    public static void AssertSame(List<(string Name, byte[] Bytes)> expected, List<(string Name, byte[] Bytes)> actual)
    {
        CollectionAssert.AreEqual(expected.ConvertAll(entry => entry.Name), actual.ConvertAll(entry => entry.Name));
        foreach (((string name, byte[] wanted), (_, byte[] found)) in expected.Zip(actual))
            Assert.AreEqual(Convert.ToHexString(wanted), Convert.ToHexString(found), name);
    }
}
