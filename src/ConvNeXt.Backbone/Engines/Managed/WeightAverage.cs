using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Engines.Managed;

/// <summary>An exponential moving average of a network's weights, held by a second network that can score. It starts as a copy.</summary>
internal sealed unsafe class WeightAverage : IDisposable
{
    private readonly Network _trained;
    private readonly Network _network;
    private readonly WorkerTeam _team;
    private readonly double _decay;

    public WeightAverage(Network trained, double decay, SimdWidth simd, WorkerTeam team)
    {
        (_trained, _decay, _team) = (trained, decay, team);
        _network = Network.Create(trained.Config, forTraining: false, simd); // same vector width, so the same memory layout
        Scorer = new BatchScorer(_network, team);
        long bytes = trained.Parameters.Floats * sizeof(float);
        Buffer.MemoryCopy(trained.Parameters.Values, Parameters.Values, bytes, bytes);
    }

    public NetworkParameters Parameters => _network.Parameters;

    public BatchScorer Scorer { get; }

    public long Bytes => Parameters.Bytes + Scorer.Bytes;

    /// <summary>Updates the average after a step.</summary>
    public void Move() => _trained.MoveAverage(_team, Parameters.Values, _decay);

    public void Dispose()
    {
        Scorer.Dispose();
        _network.Dispose();
    }
}
