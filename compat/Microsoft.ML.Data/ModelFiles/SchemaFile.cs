using System.IO.Compression;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// A schema as model files hold it: an .idv file (ML.NET's binary format, version 1.1.1.6) without rows. Header of 256 bytes; per column the blocks of
/// its annotations and a table of them; the table of columns; the tail signature. The format is described in docs/code/IdvFileFormat.md of ML.NET.
/// </summary>
internal static class SchemaFile
{
    private const int HeaderSize = 256;
    private const ulong Signature = 0x00425644004C4D43; // "CML\0DVB\0"
    private const ulong TailSignature = 0x434D4C0044564200;
    private const ulong CurrentVersion = 0x0001_0001_0001_0006;
    private const ulong OldestVersion = 0x0001_0001_0001_0004;
    private const byte NoCompression = 0;
    private const byte Deflate = 1;

    /// <summary>Deflate cannot do better than 1032 to 1.</summary>
    private const int LargestRatio = 1100;

    /// <summary>Writes at the start of a stream. Columns of a type that the format has not, images for one, are left out.</summary>
    public static void Write(IChannel channel, DataViewSchema schema, Stream stream, bool keepHidden)
    {
        var columns = new List<(DataViewSchema.Column Column, IdvCodec Codec)>();
        foreach (var column in schema)
        {
            if (column.IsHidden && !keepHidden) continue;
            if (IdvCodec.TryGet(column.Type, out var codec))
                columns.Add((column, codec));
            else
                channel.Info(MessageSensitivity.Schema, "The column '{0}' will not be written as it has unsavable column type.", column.Name);
        }
        channel.Check(columns.Count > 0, "No valid columns to save");

        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(new byte[HeaderSize]);
        long[] annotationTables = [.. columns.Select(column => WriteAnnotations(writer, column.Column.Annotations))];
        long columnTable = Position(writer);
        for (int i = 0; i < columns.Count; i++)
        {
            writer.Write(columns[i].Column.Name);
            columns[i].Codec.WriteDescription(writer);
            writer.Write(Deflate);
            writer.Write7BitEncodedInt64(1); // rows of a block
            writer.Write((long)HeaderSize); // where the table of blocks lies: there are none
            writer.Write(annotationTables[i]);
        }
        long tail = Position(writer);
        writer.Write(TailSignature);

        writer.Seek(0);
        writer.Write(Signature);
        writer.Write(CurrentVersion);
        writer.Write(CurrentVersion); // the oldest that reads it
        writer.Write(columnTable);
        writer.Write(tail);
        writer.Write(0L); // rows
        writer.Write(columns.Count);
        writer.Seek(tail + sizeof(ulong));
    }

    /// <summary>Reads a schema. Columns and annotations of types that are not known are left out; everything else that does not fit is an error.</summary>
    public static DataViewSchema Read(Stream stream)
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        try
        {
            return Read(reader);
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
        {
            throw Contracts.ExceptDecode(e, $"Corrupt schema: {e.Message}");
        }
    }

    private static DataViewSchema Read(BinaryReader reader)
    {
        var stream = reader.BaseStream;
        Contracts.CheckDecode(stream.Length >= HeaderSize + sizeof(ulong), $"Corrupt schema: {stream.Length} bytes");
        Contracts.CheckDecode(reader.ReadUInt64() == Signature, "Corrupt schema: it must begin with 'CML\\0DVB\\0'");
        ulong version = reader.ReadUInt64(), readableFrom = reader.ReadUInt64();
        Contracts.CheckDecode(version >= OldestVersion && readableFrom <= CurrentVersion, $"The schema has format version {version:X16}, read are {OldestVersion:X16} to {CurrentVersion:X16}");
        long columnTable = reader.ReadInt64(), tail = reader.ReadInt64();
        reader.ReadInt64(); // rows, which do not matter here
        int count = reader.ReadInt32();
        Contracts.CheckDecode(columnTable >= HeaderSize && columnTable <= tail && tail <= stream.Length - sizeof(ulong), "Corrupt schema: the table of columns lies outside of the file");
        stream.Position = tail;
        Contracts.CheckDecode(reader.ReadUInt64() == TailSignature, "Corrupt schema: the tail is missing");

        stream.Position = columnTable;
        var schema = new DataViewSchema.Builder();
        Contracts.CheckDecode(count >= 0 && count <= tail - columnTable, $"Corrupt schema: {count} columns");
        for (int i = 0; i < count; i++)
        {
            string name = reader.ReadString();
            var codec = IdvCodec.ReadDescription(reader);
            byte compression = reader.ReadByte();
            reader.Read7BitEncodedInt64(); // rows of a block
            reader.ReadInt64(); // the table of blocks
            long annotationTable = reader.ReadInt64();
            Contracts.CheckDecode(name.Length > 0, $"Corrupt schema: column {i} has no name");
            if (codec is null || compression > Deflate) continue;

            long next = stream.Position;
            schema.AddColumn(name, codec.Type, annotationTable == 0 ? null : ReadAnnotations(reader, annotationTable, name));
            stream.Position = next;
        }
        Contracts.CheckDecode(stream.Position == tail, "Corrupt schema: the table of columns does not end at the tail");
        return schema.ToSchema();
    }

    /// <summary>Writes the blocks and their table; gives where the table lies, 0 where there is none.</summary>
    private static long WriteAnnotations(BinaryWriter writer, DataViewSchema.Annotations annotations)
    {
        var written = new List<(string Kind, IdvCodec Codec, byte Compression, long Offset, long Length)>();
        foreach (var annotation in annotations.Schema)
        {
            if (!IdvCodec.TryGet(annotation.Type, out var codec)) continue;
            using var plain = new MemoryStream();
            using (var block = new BinaryWriter(plain, Encoding.UTF8, leaveOpen: true))
                codec.WriteAnnotation(block, annotations, annotation.Name);
            using var packed = new MemoryStream();
            using (var deflate = new DeflateStream(packed, CompressionMode.Compress, leaveOpen: true))
                deflate.Write(plain.GetBuffer(), 0, (int)plain.Length);

            // Small values often do not become smaller.
            bool isPacked = packed.Length < plain.Length;
            var smaller = isPacked ? packed : plain;
            written.Add((annotation.Name, codec, isPacked ? Deflate : NoCompression, Position(writer), smaller.Length));
            writer.Write(smaller.GetBuffer(), 0, (int)smaller.Length);
        }
        if (written.Count == 0) return 0;

        long table = Position(writer);
        writer.Write7BitEncodedInt64(written.Count);
        foreach (var (kind, codec, compression, offset, length) in written)
        {
            writer.Write(kind);
            codec.WriteDescription(writer);
            writer.Write(compression);
            writer.Write(offset);
            writer.Write7BitEncodedInt64(length);
        }
        return table;
    }

    private static DataViewSchema.Annotations ReadAnnotations(BinaryReader reader, long table, string column)
    {
        var stream = reader.BaseStream;
        Contracts.CheckDecode(table >= HeaderSize && table < stream.Length, $"Corrupt schema: the annotations of column '{column}' lie outside of the file");
        stream.Position = table;
        long count = reader.Read7BitEncodedInt64();
        Contracts.CheckDecode(count > 0 && count <= stream.Length - stream.Position, $"Corrupt schema: {count} annotations of column '{column}'");

        var annotations = new DataViewSchema.Annotations.Builder();
        for (long i = 0; i < count; i++)
        {
            string kind = reader.ReadString();
            var codec = IdvCodec.ReadDescription(reader);
            byte compression = reader.ReadByte();
            long offset = reader.ReadInt64(), length = reader.Read7BitEncodedInt64();
            Contracts.CheckDecode(kind.Length > 0, $"Corrupt schema: annotation {i} of column '{column}' has no name");
            Contracts.CheckDecode(offset >= HeaderSize && offset <= stream.Length && length >= 0 && length <= stream.Length - offset,
                $"Corrupt schema: annotation '{kind}' of column '{column}' lies outside of the file");
            if (codec is null || compression > Deflate) continue;

            long next = stream.Position;
            stream.Position = offset;
            byte[] block = reader.ReadBytes((int)length);
            using var value = new BinaryReader(compression == Deflate ? Inflate(block) : new MemoryStream(block), Encoding.UTF8);
            codec.ReadAnnotation(value, annotations, kind);
            stream.Position = next;
        }
        return annotations.ToAnnotations();
    }

    private static MemoryStream Inflate(byte[] block)
    {
        var plain = new MemoryStream();
        using var deflate = new DeflateStream(new MemoryStream(block), CompressionMode.Decompress);
        var chunk = new byte[1 << 16];
        for (int read; (read = deflate.Read(chunk)) > 0;)
        {
            plain.Write(chunk, 0, read);
            Contracts.CheckDecode(plain.Length <= (long)LargestRatio * (block.Length + 1), "Corrupt schema: a block unpacks to more than it can hold");
        }
        plain.Position = 0;
        return plain;
    }

    private static long Position(BinaryWriter writer)
    {
        writer.Flush();
        return writer.BaseStream.Position;
    }
}
