using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.MLNet.Scoring.Columns;

/// <summary>What was computed for the current row.</summary>
internal interface IRowResult
{
    /// <summary>The network's vector; all NaN where the image could not be read.</summary>
    ReadOnlySpan<float> Vector { get; }

    /// <summary>Why the image could not be read, or null.</summary>
    string? Problem { get; }
}

/// <summary>A column that a transformer adds, made from the result of a row.</summary>
/// <param name="Name">Column name.</param>
/// <param name="Type">Column type.</param>
/// <param name="Annotations">What downstream components learn from.</param>
/// <param name="CreateGetter">Makes the <see cref="ValueGetter{TValue}"/> of the column's raw type over the result of the current row.</param>
internal sealed record OutputColumn(string Name, DataViewType Type, DataViewSchema.Annotations? Annotations, Func<IRowResult, Delegate> CreateGetter)
{
    /// <summary>The vector itself.</summary>
    public static OutputColumn Vector(string name, int length, DataViewSchema.Annotations? annotations) =>
        new(name, new VectorDataViewType(NumberDataViewType.Single, length), annotations, current => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
        {
            ReadOnlySpan<float> vector = current.Vector;
            VBufferEditor<float> editor = VBufferEditor.Create(ref value, vector.Length);
            vector.CopyTo(editor.Values);
            value = editor.Commit();
        }));

    /// <summary>A feature map as [channels, height, width], of a vector that is [height, width, channels].</summary>
    public static OutputColumn FeatureMap(string name, ImmutableArray<int> dimensions) =>
        new(name, new VectorDataViewType(NumberDataViewType.Single, dimensions), null, current => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
        {
            ReadOnlySpan<float> map = current.Vector;
            VBufferEditor<float> editor = VBufferEditor.Create(ref value, map.Length);
            int channels = dimensions[0], pixels = map.Length / channels;
            for (int channel = 0; channel < channels; channel++)
            {
                Span<float> plane = editor.Values.Slice(channel * pixels, pixels);
                for (int pixel = 0; pixel < pixels; pixel++) plane[pixel] = map[pixel * channels + channel];
            }
            value = editor.Commit();
        }));

    /// <summary>The key of the vector's first maximum; 0, missing, for a row without a result.</summary>
    public static OutputColumn ArgMax(string name, int length, DataViewSchema.Annotations annotations) =>
        new(name, new KeyDataViewType(typeof(uint), length), annotations, current => (ValueGetter<uint>)(
            (ref uint value) => value = FindArgMax(current.Vector)));

    /// <summary>Why the row's image could not be read, as text; empty where it was read.</summary>
    public static OutputColumn Problem(string name) =>
        new(name, TextDataViewType.Instance, null, current => (ValueGetter<ReadOnlyMemory<char>>)(
            (ref ReadOnlyMemory<char> value) => value = current.Problem.AsMemory()));

    private static uint FindArgMax(ReadOnlySpan<float> vector)
    {
        int best = -1;
        for (int i = 0; i < vector.Length; i++)
            if (best < 0 ? !float.IsNaN(vector[i]) : vector[i] > vector[best]) best = i;
        return (uint)(best + 1);
    }
}
