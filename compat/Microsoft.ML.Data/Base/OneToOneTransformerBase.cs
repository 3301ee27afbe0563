using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Base of transformers that make each of their columns from one input column.</summary>
public abstract class OneToOneTransformerBase : RowToRowTransformerBase
{
    internal readonly (string outputColumnName, string inputColumnName)[] ColumnPairs;

    private protected OneToOneTransformerBase(IHost host, params (string outputColumnName, string inputColumnName)[] columns)
        : base(host)
    {
        host.CheckValue(columns, nameof(columns));
        var names = new HashSet<string>();
        foreach (var (output, input) in columns)
        {
            host.CheckNonEmpty(input, nameof(columns));
            host.CheckNonEmpty(output, nameof(columns));
            host.CheckParam(names.Add(output), nameof(columns), $"Name of the result column '{output}' specified multiple times");
        }
        ColumnPairs = columns;
    }

    private protected OneToOneTransformerBase(IHost host, ModelLoadContext ctx)
        : base(host)
    {
        // int n, then n pairs of string ids: output, input
        int count = ctx.Reader.ReadInt32();
        host.CheckDecode(count >= 0 && count <= ctx.Header.CbModel / (2 * sizeof(int)), $"Corrupt model file: {count} columns do not fit a block of {ctx.Header.CbModel} bytes");
        ColumnPairs = new (string, string)[count];
        for (int i = 0; i < count; i++)
        {
            string output = ctx.LoadNonEmptyString();
            ColumnPairs[i] = (output, ctx.LoadNonEmptyString());
        }
    }

    private protected void SaveColumns(ModelSaveContext ctx)
    {
        ctx.Writer.Write(ColumnPairs.Length);
        foreach (var (output, input) in ColumnPairs)
        {
            ctx.SaveNonEmptyString(output);
            ctx.SaveNonEmptyString(input);
        }
    }

    /// <summary>Throws where an input column is not of a type that is understood.</summary>
    private protected virtual void CheckInputColumn(DataViewSchema inputSchema, int col, int srcCol)
    {
    }

    /// <summary>Base of the mapper of such a transformer.</summary>
    private protected abstract class OneToOneMapperBase : MapperBase
    {
        private readonly OneToOneTransformerBase _parent;

        /// <summary>From the position of a column pair to the index of its input column.</summary>
        protected readonly Dictionary<int, int> ColMapNewToOld = [];

        protected OneToOneMapperBase(IHost host, OneToOneTransformerBase parent, DataViewSchema inputSchema)
            : base(host, inputSchema, parent)
        {
            _parent = parent;
            for (int i = 0; i < parent.ColumnPairs.Length; i++)
            {
                if (!inputSchema.TryGetColumnIndex(parent.ColumnPairs[i].inputColumnName, out int source))
                    throw host.ExceptSchemaMismatch(nameof(inputSchema), "input", parent.ColumnPairs[i].inputColumnName);
                parent.CheckInputColumn(inputSchema, i, source);
                ColMapNewToOld.Add(i, source);
            }
        }

        private protected override Func<int, bool> GetDependenciesCore(Func<int, bool> activeOutput)
        {
            var needed = ColMapNewToOld.Where(pair => activeOutput(pair.Key)).Select(pair => pair.Value).ToHashSet();
            return needed.Contains;
        }

        private protected override void SaveModel(ModelSaveContext ctx) => _parent.SaveModel(ctx);
    }
}
