using ConvNeXt.Backbone.Engines;

namespace ConvNeXt.Backbone.Training.Distributed;

/// <summary>
/// The processes that train one network together, each a rank. All ranks make the same calls in the same order; every call but <see cref="Fail"/> waits for the
/// others, at most for <see cref="Patience"/>, and gives all ranks the same result, bit for bit. For one thread at a time.
/// </summary>
internal interface IRankGroup
{
    /// <summary>Number of this process, from 0. Rank 0 writes files and reports.</summary>
    int Rank { get; }

    /// <summary>Number of processes.</summary>
    int Size { get; }

    /// <summary>Sums gradients; null for a single process.</summary>
    IGradientExchange? Gradients { get; }

    /// <summary>How long to wait for the others before they count as lost.</summary>
    TimeSpan Patience { get; set; }

    /// <summary>Whether gradients travel in bfloat16: half of the bytes, rounded to 8 bits of precision.</summary>
    bool BFloat16Gradients { get; set; }

    /// <summary>Replaces each value by the sum over the ranks.</summary>
    /// <exception cref="TimeoutException">A rank is silent.</exception>
    void Sum(Span<double> values);

    /// <inheritdoc cref="Sum(Span{double})"/>
    void Sum(Span<float> values);

    /// <summary>Replaces the bytes by those of one rank.</summary>
    /// <param name="bytes">As many on all ranks.</param>
    /// <param name="root">The rank that has them.</param>
    /// <exception cref="TimeoutException">A rank is silent.</exception>
    void Broadcast(Span<byte> bytes, int root);

    /// <summary>Says why this rank ends, and makes the others end, too, because they would wait for it in vain. May be called from any thread.</summary>
    void Fail(Exception reason);
}
