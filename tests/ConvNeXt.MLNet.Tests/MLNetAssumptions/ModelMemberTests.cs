using ConvNeXt.MLNet.MLNetInternals;
using ConvNeXt.Tests.MLNetAssumptions;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(ModelMemberTests.Member), null, typeof(SignatureLoadModel), "Member of a model file", ModelMemberTests.Member.LoaderSignature)]

namespace ConvNeXt.Tests.MLNetAssumptions;

/// <summary>What a member of a model file may hold and how it is found again, through ML.NET's internals; ModelFiles/ModelFile.cs is built on it.</summary>
[TestClass]
public sealed class ModelMemberTests
{
    private readonly MLContext _context = new();

    [TestMethod]
    public void AClassOfAnyAssembly_IsFoundByItsSimpleName_AndNamedStreamsComeBack()
    {
        Member loaded = SaveAndLoad(new Member("some text", [.. Enumerable.Range(0, 100_000).Select(i => (byte)i)]));
        Assert.AreEqual("some text", loaded.Text);
        Assert.AreEqual(100_000, loaded.Data.Length);
        Assert.IsTrue(loaded.Data.Index().All(pair => pair.Item == (byte)pair.Index));
        Assert.IsFalse(loaded.FoundAnother);
    }

    [TestMethod]
    public void ANamedStream_IsReadFromTheArchive_WithoutATemporaryFile()
    {
        byte[] data = [.. Enumerable.Range(0, 100_000).Select(i => (byte)i)];
        CollectionAssert.AreEqual(data, SaveAndLoad(new Member("", data)).DataOfArchive);
    }

    [TestMethod]
    public void AModelSignature_HasEightCharacters_ALoaderSignatureAtMost24OfLatin1()
    {
        Assert.IsGreaterThan(0, Save(new Member("", []) { Signatures = ("ABCDEFGH", new string('L', 24)) }).Length);
        foreach ((string, string) wrong in new[] { ("ABCDEFG", "L"), ("ABCDEFGHI", "L"), ("ABCDEFGH", new string('L', 25)), ("ABCDEFGH", "Ω") })
            Assert.ThrowsExactly<InvalidOperationException>(() => Save(new Member("", []) { Signatures = wrong }), $"{wrong}");
    }

    [TestMethod]
    public void AMember_WhoseVersionIsTooNew_DoesNotLoad()
    {
        var error = Assert.Throws<Exception>(() => SaveAndLoad(new Member("", []) { Readable = 0x00010003 }));
        Assert.IsInstanceOfType<FormatException>(error.GetBaseException());
    }

    private Member SaveAndLoad(Member member) => (Member)_context.Model.Load(new MemoryStream(Save(member)), out _);

    private byte[] Save(Member member)
    {
        using var file = new MemoryStream();
        _context.Model.Save(member, null, file);
        return file.ToArray();
    }

    internal sealed class Member(string text, byte[] data) : ITransformer
    {
        internal const string LoaderSignature = "ConvNeXtTestMember";
        private const uint Latest = 0x00010002;

        public string Text => text;

        public byte[] Data => data;

        /// <summary>Whether a stream was found that nobody saved.</summary>
        public bool FoundAnother { get; private init; }

        /// <summary>The data as they are read without ML.NET; null if that is not possible.</summary>
        public byte[]? DataOfArchive { get; private init; }

        /// <summary>What is written as model and loader signature.</summary>
        public (string Model, string Loader) Signatures { get; init; } = ("TESTMEMB", LoaderSignature);

        /// <summary>The version of the code that can read what is saved.</summary>
        public uint Readable { get; init; } = Latest;

        bool ITransformer.IsRowToRowMapper => false;

        public static VersionInfo CreateVersion(string modelSignature, string loaderSignature, uint readable = Latest) => new(
            modelSignature, verWrittenCur: readable, verReadableCur: readable, verWeCanReadBack: 0x00010001,
            loaderSignature: loaderSignature, loaderAssemblyName: typeof(Member).Assembly.GetName().Name!);

        void ICanSaveModel.Save(ModelSaveContext ctx)
        {
            ctx.CheckAtModel();
            ctx.SetVersionInfo(CreateVersion(Signatures.Model, Signatures.Loader, Readable));
            ctx.SaveBinaryStream("data.bin", writer => writer.Write(data));
            ctx.Writer.Write(text);
        }

        DataViewSchema ITransformer.GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        IDataView ITransformer.Transform(IDataView input) => input;

        IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        // Found by ML.NET through reflection.
        private static Member Create(IHostEnvironment env, ModelLoadContext ctx)
        {
            ctx.CheckAtModel(CreateVersion("TESTMEMB", LoaderSignature));
            Assert.IsGreaterThan(0, ctx.Reader.BaseStream.Length - ctx.Reader.BaseStream.Position, "what is left of the block is known before it is read");
            string text = ctx.Reader.ReadString();
            byte[] data = [];
            Assert.IsTrue(ctx.TryLoadBinaryStream("data.bin", reader => data = reader.ReadBytes(1 << 20)));
            return new Member(text, data) { FoundAnother = ctx.TryLoadBinaryStream("another.bin", _ => { }), DataOfArchive = ReadArchive(ctx) };
        }

        private static byte[]? ReadArchive(ModelLoadContext ctx)
        {
            Assert.IsNull(ArchiveEntry.TryOpen(ctx, "another.bin", out _));
            using Stream? stream = ArchiveEntry.TryOpen(ctx, "data.bin", out long length);
            if (stream is null) return null;
            using var content = new MemoryStream();
            stream.CopyTo(content);
            Assert.AreEqual(length, content.Length);
            return content.ToArray();
        }
    }
}
