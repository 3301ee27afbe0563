using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>The vector that the network computed for the current row; all NaN where its image could not be read.</summary>
internal delegate ReadOnlySpan<float> CurrentVector();

/// <summary>A column that a transformer adds, computed from the network's vector of a row.</summary>
/// <param name="Name">Column name.</param>
/// <param name="Type">Column type.</param>
/// <param name="Annotations">What downstream components learn from.</param>
/// <param name="CreateGetter">Makes the <see cref="ValueGetter{TValue}"/> of the column's raw type over a row's vector.</param>
internal sealed record VectorOutput(string Name, DataViewType Type, DataViewSchema.Annotations? Annotations, Func<CurrentVector, Delegate> CreateGetter)
{
    /// <summary>The vector itself.</summary>
    public static VectorOutput Vector(string name, int length, DataViewSchema.Annotations? annotations) =>
        new(name, new VectorDataViewType(NumberDataViewType.Single, length), annotations, current => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
        {
            ReadOnlySpan<float> vector = current();
            VBufferEditor<float> editor = VBufferEditor.Create(ref value, vector.Length);
            vector.CopyTo(editor.Values);
            value = editor.Commit();
        }));

    /// <summary>A feature map as [channels, height, width], of a vector that is [height, width, channels].</summary>
    public static VectorOutput FeatureMap(string name, ImmutableArray<int> dimensions) =>
        new(name, new VectorDataViewType(NumberDataViewType.Single, dimensions), null, current => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
        {
            ReadOnlySpan<float> map = current();
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
    public static VectorOutput ArgMax(string name, int length, DataViewSchema.Annotations annotations) =>
        new(name, new KeyDataViewType(typeof(uint), length), annotations, current => (ValueGetter<uint>)((ref uint value) => value = FindArgMax(current())));

    private static uint FindArgMax(ReadOnlySpan<float> vector)
    {
        int best = -1;
        for (int i = 0; i < vector.Length; i++)
            if (best < 0 ? !float.IsNaN(vector[i]) : vector[i] > vector[best]) best = i;
        return (uint)(best + 1);
    }
}
