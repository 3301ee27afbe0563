using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// The first 256 bytes of a model entry. After them follow, without gaps: the model block, a table with the end offset of every string, the strings'
/// UTF-16 characters, the loader assembly's name in UTF-16, and the tail signature. Positions count from the start of the header.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct ModelHeader
{
    public const int Size = 256;
    public const ulong SignatureValue = 0x4C45444F4D004C4D; // "ML\0MODEL"
    public const ulong TailSignatureValue = 0x4D4C004D4F44454C; // "LEDOM\0LM"
    public const uint VerWrittenCurrent = 0x00010002;
    private const uint VerOldestReadable = 0x00010001;

    [FieldOffset(0x00)] public ulong Signature;
    [FieldOffset(0x08)] public uint VerWritten;
    [FieldOffset(0x0C)] public uint VerReadable;
    [FieldOffset(0x10)] public long FpModel;
    [FieldOffset(0x18)] public long CbModel;
    [FieldOffset(0x20)] public long FpStringTable;
    [FieldOffset(0x28)] public long CbStringTable;
    [FieldOffset(0x30)] public long FpStringChars;
    [FieldOffset(0x38)] public long CbStringChars;
    [FieldOffset(0x40)] public ulong ModelSignature;
    [FieldOffset(0x48)] public uint ModelVerWritten;
    [FieldOffset(0x4C)] public uint ModelVerReadable;
    [FieldOffset(0x50)] public LoaderName LoaderSignature;
    [FieldOffset(0x68)] public LoaderName LoaderSignatureAlt;
    [FieldOffset(0x80)] public long FpTail;
    [FieldOffset(0x88)] public long FpLim;
    [FieldOffset(0x90)] public long FpAssemblyName;
    [FieldOffset(0x98)] public uint CbAssemblyName;

    /// <summary>Up to eight Latin-1 characters as a number, the first in its lowest byte.</summary>
    public static ulong PackText(ReadOnlySpan<char> text)
    {
        ulong packed = 0;
        for (int i = 0; i < text.Length; i++)
        {
            Contracts.Check(text[i] <= 0xFF, "A signature in a model file takes Latin-1 characters only");
            packed |= (ulong)text[i] << (8 * i);
        }
        return packed;
    }

    /// <summary>Leaves room for the header, and goes on behind it.</summary>
    public static ModelHeader BeginWrite(BinaryWriter writer)
    {
        writer.Write(new byte[Size]);
        return new ModelHeader { Signature = SignatureValue, VerWritten = VerWrittenCurrent, VerReadable = VerWrittenCurrent, FpModel = Size };
    }

    /// <summary>Writes what follows the model block, then the header.</summary>
    public void EndWrite(BinaryWriter writer, long start, IReadOnlyList<string> strings, string? loaderAssemblyName)
    {
        CbModel = Position(writer, start) - FpModel;
        if (strings.Count > 0)
        {
            FpStringTable = Position(writer, start);
            long end = 0;
            foreach (string text in strings)
                writer.Write(end += text.Length * sizeof(char));
            CbStringTable = strings.Count * sizeof(long);
            FpStringChars = Position(writer, start);
            foreach (string text in strings)
                writer.Write(MemoryMarshal.AsBytes(text.AsSpan()));
            CbStringChars = end;
        }
        if (!string.IsNullOrEmpty(loaderAssemblyName))
        {
            FpAssemblyName = Position(writer, start);
            writer.Write(MemoryMarshal.AsBytes(loaderAssemblyName.AsSpan()));
            CbAssemblyName = (uint)(loaderAssemblyName.Length * sizeof(char));
        }
        FpTail = Position(writer, start);
        writer.Write(TailSignatureValue);
        FpLim = Position(writer, start);

        writer.Seek(start);
        writer.Write(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in this, 1)));
        writer.Seek(start + FpLim);
    }

    /// <summary>Reads and checks everything but the model block, and stops at its start. No length is believed that the stream cannot hold.</summary>
    public static ModelHeader BeginRead(BinaryReader reader, out string[] strings, out string? loaderAssemblyName)
    {
        var stream = reader.BaseStream;
        long start = stream.Position;
        ModelHeader header = default;
        int read = stream.ReadAtLeast(MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref header, 1)), Size, throwOnEndOfStream: false);
        Contracts.CheckDecode(read == Size, $"Corrupt model file: {read} bytes where a header of {Size} is wanted");
        header.Validate(stream.Length - start);

        strings = header.ReadStrings(reader, start);
        loaderAssemblyName = null;
        if (header.FpAssemblyName != 0)
        {
            stream.Position = start + header.FpAssemblyName;
            loaderAssemblyName = ReadText(reader, header.CbAssemblyName);
        }
        stream.Position = start + header.FpTail;
        Contracts.CheckDecode(reader.ReadUInt64() == TailSignatureValue, "Corrupt model file tail");
        stream.Position = start + header.FpModel;
        return header;
    }

    /// <summary>Checks that the model block was read to its end, and goes behind the tail.</summary>
    public readonly void EndRead(BinaryReader reader, long start)
    {
        long read = reader.BaseStream.Position - start - FpModel;
        Contracts.CheckDecode(read == CbModel, $"Corrupt model file: the block of '{LoaderSignature}' has {CbModel} bytes, its reader took {read}");
        reader.BaseStream.Position = start + FpLim;
    }

    public void SetVersionInfo(VersionInfo version)
    {
        ModelSignature = version.ModelSignature;
        ModelVerWritten = version.VerWrittenCur;
        ModelVerReadable = version.VerReadableCur;
        LoaderSignature = new LoaderName(version.LoaderSignature);
        LoaderSignatureAlt = new LoaderName(version.LoaderSignatureAlt);
    }

    public readonly void CheckVersionInfo(VersionInfo version)
    {
        Contracts.CheckDecode(ModelSignature == version.ModelSignature, $"Unknown file type: this is no model block of '{version.LoaderSignature}'");
        Contracts.CheckDecode(ModelVerReadable <= ModelVerWritten, "Corrupt file header");
        Contracts.CheckDecode(ModelVerReadable <= version.VerWrittenCur,
            $"The component '{version.LoaderSignature}' of the model is too new: it needs version {ModelVerReadable:X8}, this is {version.VerWrittenCur:X8}");
        Contracts.CheckDecode(ModelVerWritten >= version.VerWeCanReadBack,
            $"The component '{version.LoaderSignature}' of the model is too old: it has version {ModelVerWritten:X8}, the oldest that is read is {version.VerWeCanReadBack:X8}");
    }

    private readonly void Validate(long size)
    {
        Contracts.CheckDecode(Signature == SignatureValue, "Wrong file type: a model header begins with 'ML\\0MODEL'");
        Contracts.CheckDecode(VerReadable <= VerWritten, "Corrupt file header");
        Contracts.CheckDecode(VerReadable <= VerWrittenCurrent, "File is too new");
        Contracts.CheckDecode(VerWritten >= VerOldestReadable, "File is too old");

        long end = Size;
        Contracts.CheckDecode(FpModel == end && TryAdd(ref end, CbModel, size), "Corrupt model file: the model block does not fit the entry");
        bool hasStrings = FpStringTable != 0;
        Contracts.CheckDecode(hasStrings
            ? FpStringTable == end && CbStringTable > 0 && CbStringTable % sizeof(long) == 0 && TryAdd(ref end, CbStringTable, size)
                && FpStringChars == end && CbStringChars % sizeof(char) == 0 && TryAdd(ref end, CbStringChars, size)
            : CbStringTable == 0 && FpStringChars == 0 && CbStringChars == 0, "Corrupt model file: the string table does not fit the entry");
        Contracts.CheckDecode(FpAssemblyName == 0
            ? CbAssemblyName == 0
            : FpAssemblyName == end && CbAssemblyName % sizeof(char) == 0 && TryAdd(ref end, CbAssemblyName, size), "Corrupt model file: the assembly name does not fit the entry");
        Contracts.CheckDecode(FpTail == end && FpLim == end + sizeof(ulong) && FpLim <= size, "Corrupt model file: the tail is missing");
    }

    private static bool TryAdd(ref long end, long length, long limit)
    {
        if (length < 0 || length > limit - end) return false;
        end += length;
        return true;
    }

    private readonly string[] ReadStrings(BinaryReader reader, long start)
    {
        if (FpStringTable == 0) return [];
        reader.BaseStream.Position = start + FpStringTable;
        var ends = new long[CbStringTable / sizeof(long)];
        for (int i = 0; i < ends.Length; i++)
            ends[i] = reader.ReadInt64();

        var strings = new string[ends.Length];
        long begin = 0;
        for (int i = 0; i < ends.Length; i++)
        {
            Contracts.CheckDecode(begin <= ends[i] && ends[i] <= CbStringChars && ends[i] % sizeof(char) == 0, $"Corrupt model file: string {i} lies outside of the characters");
            strings[i] = ReadText(reader, ends[i] - begin);
            begin = ends[i];
        }
        Contracts.CheckDecode(begin == CbStringChars, "Corrupt model file: characters that belong to no string");
        return strings;
    }

    // Not by Encoding.Unicode: the text is kept as it is, lone surrogates too.
    private static string ReadText(BinaryReader reader, long byteCount)
    {
        byte[] bytes = reader.ReadBytes(checked((int)byteCount));
        Contracts.CheckDecode(bytes.Length == byteCount, "Corrupt model file: the entry ends within a text");
        return new string(MemoryMarshal.Cast<byte, char>(bytes));
    }

    private static long Position(BinaryWriter writer, long start)
    {
        writer.Flush();
        return writer.BaseStream.Position - start;
    }

    /// <summary>A loader's name: at most 24 Latin-1 characters, packed.</summary>
    public readonly struct LoaderName
    {
        private const int MaxLength = 24;

        private readonly ulong _first;
        private readonly ulong _second;
        private readonly ulong _third;

        public LoaderName(string? name)
        {
            var text = name.AsSpan();
            Contracts.Check(text.Length <= MaxLength, $"The loader signature '{name}' is longer than {MaxLength} characters");
            _first = PackText(text[..Math.Min(8, text.Length)]);
            if (text.Length > 8) _second = PackText(text[8..Math.Min(16, text.Length)]);
            if (text.Length > 16) _third = PackText(text[16..]);
        }

        public override string ToString()
        {
            Span<ulong> words = [_first, _second, _third];
            return Encoding.Latin1.GetString(MemoryMarshal.AsBytes(words)).TrimEnd('\0');
        }
    }
}

internal static class BinaryWriterExtensions
{
    /// <summary>Goes to a position in a stream of any length.</summary>
    public static void Seek(this BinaryWriter writer, long position)
    {
        writer.Flush();
        writer.BaseStream.Position = position;
    }
}
