using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.MLNet.Schema;

/// <summary>
/// Annotations of a classifier's output columns, the same as those of ML.NET's own multiclass trainers: as a schema shape before training, and with values
/// after training.
/// </summary>
internal static class ClassifierAnnotations
{
    /// <summary>Returns a new score column set id, to tell the columns of this classifier from others: one above the largest in the schema.</summary>
    public static uint FindNextColumnSet(DataViewSchema schema)
    {
        uint largest = 0;
        foreach (DataViewSchema.Column column in schema)
        {
            if (column.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.ScoreColumnSetId)?.Type.RawType != typeof(uint)) continue;
            uint value = 0;
            column.Annotations.GetValue(AnnotationUtils.Kinds.ScoreColumnSetId, ref value);
            largest = Math.Max(largest, value);
        }
        return largest + 1;
    }

    /// <summary>Returns the annotations of Score.</summary>
    public static DataViewSchema.Annotations ForScore(LabelValues? labels, uint columnSet)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        if (labels is not null)
        {
            labels.AddNamesTo(builder, AnnotationUtils.Kinds.SlotNames);
            labels.AddTo(builder, AnnotationUtils.Kinds.TrainingLabelValues);
        }
        AddScoreKind(builder, columnSet, AnnotationUtils.Const.ScoreValueKind.Score);
        return builder.ToAnnotations();
    }

    /// <summary>Returns the annotations of PredictedLabel.</summary>
    public static DataViewSchema.Annotations ForPredictedLabel(LabelValues? labels, uint columnSet)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        labels?.AddTo(builder, AnnotationUtils.Kinds.KeyValues);
        AddScoreKind(builder, columnSet, AnnotationUtils.Const.ScoreValueKind.PredictedLabel);
        return builder.ToAnnotations();
    }

    /// <summary>Returns the schema shape of Score.</summary>
    public static SchemaShape.Column ShapeOfScore(string name, SchemaShape.Column label)
    {
        var annotations = new List<SchemaShape.Column>();
        if (FindValueType(label) is { } type)
        {
            annotations.Add(Vector(AnnotationUtils.Kinds.SlotNames, TextDataViewType.Instance));
            annotations.Add(Vector(AnnotationUtils.Kinds.TrainingLabelValues, type));
        }
        annotations.AddRange(ScoreKindShape());
        return new SchemaShape.Column(name, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, new SchemaShape(annotations));
    }

    /// <summary>Returns the schema shape of PredictedLabel.</summary>
    public static SchemaShape.Column ShapeOfPredictedLabel(string name, SchemaShape.Column label)
    {
        var annotations = new List<SchemaShape.Column>();
        if (FindValueType(label) is { } type) annotations.Add(Vector(AnnotationUtils.Kinds.KeyValues, type));
        annotations.AddRange(ScoreKindShape());
        return new SchemaShape.Column(name, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true, new SchemaShape(annotations));
    }

    /// <summary>Returns the schema shape of a text label that the model maps to a key.</summary>
    public static SchemaShape.Column ShapeOfMappedLabel(SchemaShape.Column label) => new(
        label.Name, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true,
        new SchemaShape([Vector(AnnotationUtils.Kinds.KeyValues, TextDataViewType.Instance)]));

    private static void AddScoreKind(DataViewSchema.Annotations.Builder builder, uint columnSet, string valueKind)
    {
        builder.Add(AnnotationUtils.Kinds.ScoreColumnSetId, AnnotationUtils.ScoreColumnSetIdType, (ref uint value) => value = columnSet);
        builder.AddPrimitiveValue(
            AnnotationUtils.Kinds.ScoreColumnKind, TextDataViewType.Instance, AnnotationUtils.Const.ScoreColumnKind.MulticlassClassification.AsMemory());
        builder.AddPrimitiveValue(AnnotationUtils.Kinds.ScoreValueKind, TextDataViewType.Instance, valueKind.AsMemory());
    }

    private static IEnumerable<SchemaShape.Column> ScoreKindShape()
    {
        yield return new SchemaShape.Column(AnnotationUtils.Kinds.ScoreColumnSetId, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true);
        yield return new SchemaShape.Column(AnnotationUtils.Kinds.ScoreColumnKind, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, false);
        yield return new SchemaShape.Column(AnnotationUtils.Kinds.ScoreValueKind, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, false);
    }

    private static DataViewType? FindValueType(SchemaShape.Column label) => !label.IsKey
        ? label.ItemType
        : label.Annotations.FirstOrDefault(column => column.Name == AnnotationUtils.Kinds.KeyValues).ItemType;

    private static SchemaShape.Column Vector(string name, DataViewType type) => new(name, SchemaShape.Column.VectorKind.Vector, type, false);
}

/// <summary>Default column names. They are those of ML.NET, if it has one.</summary>
internal static class ColumnDefaults
{
    public const string Image = "ImagePath";
    public const string Label = "Label";
    public const string Score = "Score";
    public const string PredictedLabel = "PredictedLabel";
}

/// <summary>Adds columns to schema shapes.</summary>
internal static class SchemaShapes
{
    /// <summary>Returns the shape of a column with one text per row.</summary>
    public static SchemaShape.Column Text(string name) => new(name, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, false);

    /// <summary>Returns the shape with columns added. Columns of the same name are replaced.</summary>
    public static SchemaShape With(SchemaShape shape, params SchemaShape.Column[] added) =>
        new(shape.Where(column => added.All(a => a.Name != column.Name)).Concat(added));
}
