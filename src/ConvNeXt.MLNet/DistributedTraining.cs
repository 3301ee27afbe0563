using ConvNeXt.Backbone;
using ConvNeXt.Backbone.Training.Distributed;

namespace ConvNeXt.MLNet;

/// <summary>
/// How processes train one model together. A launcher of MPI starts them, such as <c>mpirun -n 4</c>, and each is a rank; the package
/// ConvNeXt.Backbone.Mpi is needed. Every rank reads the same data and has the same options. They divide each batch among them, so
/// <see cref="ConvNeXtTrainer.Options.BatchSize"/> is that of all ranks together, and the model is that of one process up to the rounding of sums. A process
/// that was not started with others trains alone.
/// </summary>
/// <remarks>
/// Rank 0 writes checkpoints and the metrics file and calls the callbacks; <see cref="ConvNeXtTrainer.Fit"/> returns the same model on all ranks. A rank whose
/// Fit throws ends all processes with its message, because the others would wait for it in vain.
/// </remarks>
public sealed record DistributedTraining
{
    /// <summary>
    /// Whether gradients travel in bfloat16. That is half of the bytes, for a slow network; each sum is rounded to 8 bits of precision, so the model is not
    /// quite that of one process.
    /// </summary>
    public bool BFloat16Gradients { get; init; }

    /// <summary>
    /// How long a rank may keep the others waiting before they give up, above 0. Where steps take long, it is ten times the longest step so far. A process that
    /// ends is noticed at once by the launcher; this is for machines that vanish or hang.
    /// </summary>
    public TimeSpan PeerTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The ranks, for tests; null for those of the launcher.</summary>
    internal IRankGroup? Ranks { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    internal void Validate() => Check.Holds(PeerTimeout > TimeSpan.Zero, PeerTimeout, nameof(PeerTimeout), "above 0");

    /// <summary>Joins the ranks.</summary>
    /// <exception cref="InvalidOperationException">The package or the library for MPI is missing; the message says which.</exception>
    internal IRankGroup Join()
    {
        IRankGroup ranks = Ranks ?? RankGroups.Join();
        (ranks.BFloat16Gradients, ranks.Patience) = (BFloat16Gradients, RunRanks.TimeToPrepare);
        return ranks;
    }
}
