using Compat.Tests.ModelFiles;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(Shift), null, typeof(SignatureLoadModel), "Shift", Shift.LoaderSignature)]

namespace Compat.Tests.ModelFiles;

/// <summary>A component of a foreign assembly, this one: adds a number to a column. The number lies in the model block, a text beside it in a stream of its own.</summary>
internal sealed class Shift : OneToOneTransformerBase
{
    public const string LoaderSignature = "CompatTestsShift";
    private const string NoteStream = "Note.bin";

    private readonly float _amount;

    public Shift(IHostEnvironment env, string outputColumnName, string inputColumnName, float amount)
        : base(env.Register(nameof(Shift)), (outputColumnName, inputColumnName))
    {
        _amount = amount;
    }

    private Shift(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
        _amount = ctx.Reader.ReadSingle();
        host.CheckDecode(float.IsFinite(_amount), $"The shift is {_amount}, it must be a number.");
        host.CheckDecode(ctx.TryLoadBinaryStream(NoteStream, reader => Note = reader.ReadString()), "The note is missing.");
    }

    public string Note { get; private set; } = "";

    private static VersionInfo GetVersionInfo() => new("CT SHIFT", 0x00010001, 0x00010001, 0x00010001, typeof(Shift).Assembly.GetName().Name!, LoaderSignature);

    private static Shift Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(GetVersionInfo());
        return new Shift(env.Register(nameof(Shift)), ctx);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
        ctx.Writer.Write(_amount);
        ctx.SaveBinaryStream(NoteStream, writer => writer.Write($"by {_amount}"));
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private sealed class Mapper(Shift parent, DataViewSchema schema) : OneToOneMapperBase(parent.Host.Register(nameof(Mapper)), parent, schema)
    {
        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() => [new(parent.ColumnPairs[0].outputColumnName, NumberDataViewType.Single)];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer)
        {
            disposer = null;
            var getter = input.GetGetter<float>(input.Schema[ColMapNewToOld[iinfo]]);
            ValueGetter<float> shifted = (ref float value) =>
            {
                getter(ref value);
                value += parent._amount;
            };
            return shifted;
        }
    }
}
