using ConvNeXt.Backbone.Mpi;
using ConvNeXt.Backbone.Training.Distributed;

[assembly: RankGroupProvider(typeof(MpiRankProvider))]

namespace ConvNeXt.Backbone.Mpi;

/// <summary>Joins the ranks of MPI. <see cref="RankGroups"/> finds it under <see cref="RankGroups.Mpi"/>.</summary>
internal sealed class MpiRankProvider : IRankGroupProvider
{
    /// <inheritdoc/>
    public IRankGroup Join() => MpiRankGroup.Start();
}
