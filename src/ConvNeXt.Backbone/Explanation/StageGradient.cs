using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Explanation;

/// <summary>
/// The gradient of a logit with respect to the output of any stage, for one image of a fixed size, by a backward pass of the managed engine that ends at that
/// stage. It holds a network for training, so it takes about five times the memory of the weights. Not thread-safe.
/// </summary>
internal sealed unsafe class StageGradient : IDisposable
{
    private readonly Network _network;
    private readonly TrainingWorkspace _workspace;
    private readonly int _height;
    private readonly int _width;

    /// <param name="config">The network.</param>
    /// <param name="weights">Its weights under their official names.</param>
    /// <param name="height">The image height in pixels.</param>
    /// <param name="width">The image width in pixels.</param>
    /// <param name="threads">The number of threads; null for all cores.</param>
    public StageGradient(ConvNeXtConfig config, WeightSet weights, int height, int width, int? threads = null)
    {
        (_height, _width) = (height, width);
        _network = Network.Create(config, forTraining: true, SimdSupport.Best);
        try
        {
            _network.Parameters.Import(weights);
            _workspace = _network.PlanTraining(new WorkerTeam(threads), images: 1, height, width, recomputes: false);
        }
        catch
        {
            _network.Dispose();
            throw;
        }
    }

    /// <summary>Computes the output of a stage, and the mean over its pixels of the gradient of a logit.</summary>
    /// <param name="image">Normalized pixels, [height, width, 3].</param>
    /// <param name="stage">The stage, from 0.</param>
    /// <param name="choose">Returns the class, given the logits.</param>
    /// <returns>The map, [height, width, channels] of the stage, the gradient, [channels], and the chosen class.</returns>
    public (float[] Map, double[] Mean, int Class) Compute(ReadOnlySpan<float> image, int stage, Func<float[], int> choose)
    {
        fixed (float* pixels = image)
        {
            _network.Forward(_workspace, pixels, 1, _height, _width, dropPaths: false, checkAlive: null);
            var gradient = new Span<float>(_workspace.LogitGradient, _network.Config.ClassCount);
            int label = choose([.. new ReadOnlySpan<float>(_workspace.Logits, gradient.Length)]);
            gradient.Clear();
            gradient[label] = 1;
            var reader = new Reader(stage);
            _network.LowestTrained = stage == _network.Config.Depths.Length - 1 ? LayerPosition.Head : new LayerPosition(stage + 1, LayerPosition.BeforeBlocks);
            _network.Backward(_workspace, pixels, 1, _height, _width, dropPaths: false, checkAlive: null, reader);
            _network.Parameters.ClearGradients();
            return (reader.Map, reader.Mean, label);
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _workspace.Dispose();
        _network.Dispose();
    }

    /// <summary>Copies what backward has at a stage, and adds nothing to it.</summary>
    private sealed class Reader(int stage) : IStageLosses
    {
        public float[] Map { get; private set; } = [];

        public double[] Mean { get; private set; } = [];

        public void AddGradient(int reached, float* output, in FeatureShape shape, float* gradient)
        {
            if (reached != stage) return;
            Map = [.. new ReadOnlySpan<float>(output, (int)shape.Size)];
            Mean = new double[shape.Channels];
            for (int i = 0; i < Map.Length; i++) Mean[i % shape.Channels] += (double)gradient[i] / shape.Pixels;
        }
    }
}
