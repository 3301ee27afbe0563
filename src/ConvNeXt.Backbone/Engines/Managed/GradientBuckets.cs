using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Engines.Managed;

/// <summary>
/// The gradients of a network as pieces of neighboring memory, in the order in which backward finishes them, so that the last layers are exchanged while
/// earlier ones are still computed.
/// </summary>
internal sealed unsafe class GradientBuckets
{
    /// <summary>Pieces are joined up to this size: large enough that latency does not count, small enough that the first one is ready early.</summary>
    internal const long LeastFloats = 1 << 20;

    private readonly NetworkParameters _parameters;
    private readonly IGradientExchange _exchange;
    private readonly List<Bucket> _buckets = [];
    private int _next;

    internal GradientBuckets(NetworkParameters parameters, IGradientExchange exchange)
    {
        (_parameters, _exchange) = (parameters, exchange);
        Bucket? open = null;
        foreach (var layout in parameters.Layouts.OrderByDescending(PositionOf).ThenByDescending(layout => layout.Offset))
        {
            var layer = PositionOf(layout);
            if (open is { } bucket && bucket.Count < LeastFloats && EndOf(layout) == bucket.Offset)
            {
                open = bucket with { Lowest = layer, Offset = layout.Offset, Count = bucket.Count + bucket.Offset - layout.Offset };
                continue;
            }

            if (open is { } full) _buckets.Add(full);
            open = new Bucket(layer, layer, layout.Offset, layout.Size);
        }

        if (open is { } last) _buckets.Add(last);
    }

    /// <summary>The pieces, in order.</summary>
    internal IReadOnlyList<Bucket> Pieces => _buckets;

    /// <summary>Begins the pieces that are final when backward has computed this layer and all above it.</summary>
    internal void Finished(LayerPosition layer)
    {
        while (_next < _buckets.Count && !(_buckets[_next].Lowest < layer)) Begin(_buckets[_next++]);
        _exchange.Progress();
    }

    /// <summary>Begins the pieces that are left, except those whose layers are all frozen, and waits for all.</summary>
    internal void Complete(LayerPosition lowestTrained)
    {
        for (; _next < _buckets.Count; _next++)
            if (!(_buckets[_next].Highest < lowestTrained)) Begin(_buckets[_next]);
        _next = 0;
        _exchange.Complete();
    }

    private static LayerPosition PositionOf(WeightLayout layout) => LayerPosition.Of(layout.Parameter.Name);

    // Parameters begin at cache lines; what is between them is zero.
    private long EndOf(WeightLayout layout)
    {
        const int line = Kernels.Memory.ArenaPlan.AlignmentBytes / sizeof(float);
        return (layout.Offset + layout.Size + line - 1) / line * line;
    }

    private void Begin(Bucket bucket) => _exchange.Begin(_parameters.Gradients + bucket.Offset, bucket.Count);

    /// <summary>A piece.</summary>
    /// <param name="Highest">The last layer in forward order that has parameters in it.</param>
    /// <param name="Lowest">The first one.</param>
    /// <param name="Offset">The first float.</param>
    /// <param name="Count">Number of floats.</param>
    internal readonly record struct Bucket(LayerPosition Highest, LayerPosition Lowest, long Offset, long Count);
}
