using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Reads labels and scores of a scored view and counts them; says which column is missing or has the wrong type.</summary>
internal static class MulticlassEvaluation
{
    public static MulticlassClassificationMetrics Run(IHostEnvironment env, IDataView data, string labelName, string scoreName, string predictedLabelName,
        int topK)
    {
        IHost host = env.Register("MulticlassEvaluation");
        DataViewSchema.Column label = Find(host, data.Schema, labelName, "Label");
        DataViewSchema.Column score = Find(host, data.Schema, scoreName, "Score");
        Find(host, data.Schema, predictedLabelName, "PredictedLabel");
        if (score.Type is not VectorDataViewType { Size: >= 2 } scoreType || !scoreType.ItemType.Equals(NumberDataViewType.Single))
            throw host.ExceptSchemaMismatch("schema", "score", score.Name, "vector of two or more items of type Single", score.Type.ToString()!);
        if (label.Type is not KeyDataViewType && !label.Type.Equals(NumberDataViewType.Single))
            throw host.ExceptSchemaMismatch("schema", "label", label.Name, "Single or Key", label.Type.ToString()!);

        var counts = new MulticlassCounts(scoreType.Size);
        using (IChannel channel = host.Start("Evaluate"))
        using (DataViewRowCursor cursor = data.GetRowCursor([label, score]))
        {
            Func<double> readLabel = LabelReader(cursor, label);
            ValueGetter<VBuffer<float>> readScores = cursor.GetGetter<VBuffer<float>>(score);
            VBuffer<float> scores = default;
            float[] dense = new float[scoreType.Size];
            while (cursor.MoveNext())
            {
                double labelValue = readLabel();
                if (!counts.IsLabel(labelValue))
                    continue;
                readScores(ref scores);
                host.Check(scores.Length == dense.Length, $"Column '{scoreName}' has a row of {scores.Length} scores for {dense.Length} classes.");
                scores.CopyTo(dense);
                counts.Add((int)labelValue, dense);
            }

            foreach (string warning in counts.Warnings())
                channel.Warning(warning);
        }

        return counts.ToMetrics(host, ClassNames(score, scoreType.Size), topK);
    }

    // The wording, name and role in this order, is the official one.
    private static DataViewSchema.Column Find(IHost host, DataViewSchema schema, string name, string role)
        => schema.GetColumnOrNull(name) ?? throw host.ExceptParam(nameof(schema), $"{name} column '{role}' not found");

    /// <summary>The label as a class number from 0; NaN where it is missing.</summary>
    private static Func<double> LabelReader(DataViewRow row, DataViewSchema.Column label)
    {
        if (label.Type is not KeyDataViewType key)
            return Reader<float>(row, label, value => value);
        return Type.GetTypeCode(key.RawType) switch
        {
            TypeCode.Byte => Reader<byte>(row, label, value => FromKey(value, key.Count)),
            TypeCode.UInt16 => Reader<ushort>(row, label, value => FromKey(value, key.Count)),
            TypeCode.UInt32 => Reader<uint>(row, label, value => FromKey(value, key.Count)),
            _ => Reader<ulong>(row, label, value => FromKey(value, key.Count)),
        };
    }

    private static double FromKey(ulong key, ulong count) => key == 0 || key > count ? double.NaN : key - 1;

    private static Func<double> Reader<T>(DataViewRow row, DataViewSchema.Column column, Func<T, double> convert)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return convert(value);
        };
    }

    private static string[] ClassNames(DataViewSchema.Column score, int classes)
    {
        if (score.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.SlotNames)?.Type is VectorDataViewType { IsKnownSize: true } type
            && type.Size == classes && type.ItemType is TextDataViewType)
        {
            VBuffer<ReadOnlyMemory<char>> names = default;
            score.Annotations.GetValue(AnnotationUtils.Kinds.SlotNames, ref names);
            return [.. names.DenseValues().Select(name => name.ToString())];
        }

        return [.. Enumerable.Range(0, classes).Select(index => index.ToString())];
    }
}
