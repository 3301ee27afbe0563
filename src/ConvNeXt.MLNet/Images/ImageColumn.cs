using ConvNeXt.Backbone;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace ConvNeXt.MLNet.Images;

/// <summary>The image column of a pipeline: the three types it may have, and how its values are read.</summary>
internal static class ImageColumn
{
    private const string Wanted = "it must be a path (text), an encoded image (vector of Byte) or an MLImage";

    /// <summary>Finds the column and checks its type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such column, or it holds no images.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(name)
            ?? throw ColumnErrors.Missing("image", name, "data", schema.Select(c => c.Name));
        if (column.Type is TextDataViewType or ImageDataViewType || IsByteVector(column.Type)) return column;
        throw ColumnErrors.WrongType("image", name, column.Type, Wanted);
    }

    /// <summary>The same check on a shape, before there are data.</summary>
    public static void Check(SchemaShape schema, string name)
    {
        SchemaShape.Column column = schema.FirstOrDefault(c => c.Name == name);
        if (column.Name is null) throw ColumnErrors.Missing("image", name, "data", schema.Select(c => c.Name));
        bool scalar = column.Kind == SchemaShape.Column.VectorKind.Scalar;
        bool known = scalar ? column.ItemType is TextDataViewType or ImageDataViewType : column.ItemType.RawType == typeof(byte);
        if (!known || column.IsKey) throw ColumnErrors.WrongType("image", name, scalar ? column.ItemType : $"Vector<{column.ItemType}>", Wanted);
    }

    /// <summary>How to read the column's value in the row: at once, and so that the result outlives the row.</summary>
    /// <param name="row">The row, whose column is active.</param>
    /// <param name="column">The column, checked by <see cref="Find"/>.</param>
    /// <param name="folder">What relative paths are relative to, and where all files must be; null for the process's current folder.</param>
    /// <param name="decoding">How transparency is taken out of an MLImage.</param>
    public static Func<ImageReference> CreateReader(DataViewRow row, DataViewSchema.Column column, string? folder, ImageDecodingOptions decoding)
    {
        switch (column.Type)
        {
            case TextDataViewType:
                ValueGetter<ReadOnlyMemory<char>> getPath = row.GetGetter<ReadOnlyMemory<char>>(column);
                ReadOnlyMemory<char> path = default;
                var paths = new ImagePaths(folder);
                return () =>
                {
                    getPath(ref path);
                    return path.IsEmpty ? default : new ImageReference(paths.Resolve(path.ToString()), null, null);
                };
            case ImageDataViewType:
                ValueGetter<MLImage?> getImage = row.GetGetter<MLImage?>(column);
                // One variable for all rows, as ML.NET's own consumers have it: a source that makes images disposes the one before, a source that hands
                // out images of its own replaces it. None is disposed here, and the pixels are copied before the next row can take them away.
                MLImage? image = null;
                return () =>
                {
                    getImage(ref image);
                    return new ImageReference(null, null, image is null ? null : ImageDecoding.Copy(image, decoding));
                };
            default:
                ValueGetter<VBuffer<byte>> getBytes = row.GetGetter<VBuffer<byte>>(column);
                VBuffer<byte> bytes = default;
                return () =>
                {
                    getBytes(ref bytes);
                    byte[] copy = new byte[bytes.Length]; // a vector of bytes may be stored sparse
                    bytes.CopyTo(copy);
                    return new ImageReference(null, copy, null);
                };
        }
    }

    private static bool IsByteVector(DataViewType type) =>
        type is VectorDataViewType { ItemType: not KeyDataViewType } vector && vector.ItemType.RawType == typeof(byte);
}
