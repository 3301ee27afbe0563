using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;
namespace ConvNeXt.Backbone.Layers;

/// <summary>The first layers: [n, height, width, 3] becomes the first stage's [n, h, w, width 0].</summary>
internal abstract unsafe class Stem<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>Floats of the transposed weight that backward needs.</summary>
    public virtual long TransposedFloats => 0;

    /// <summary>The stem of a configuration.</summary>
    public static Stem<TLanes> Create(NetworkParameters parameters) =>
        parameters.Config.OverlappingStemWidth is null ? new PatchStem<TLanes>(parameters) : new OverlappingStem<TLanes>(parameters);

    /// <summary>Floats of the gathered patches.</summary>
    public abstract long PatchFloats(int images, int height, int width);

    /// <summary>Floats of <see cref="StemActivations.Between"/>.</summary>
    public virtual long BetweenFloats(int images, int height, int width) => 0;

    /// <summary>Floats of the partial sums that backward needs beyond those of the first stage's blocks.</summary>
    public virtual long PartialFloats(int images, int height, int width) => 0;

    /// <summary>Computes y.</summary>
    /// <param name="team">Threads.</param>
    /// <param name="images">[n, height, width, 3].</param>
    /// <param name="height">Image height.</param>
    /// <param name="width">Image width.</param>
    /// <param name="shape">Shape of the result.</param>
    /// <param name="patches">Memory of <see cref="PatchFloats"/>.</param>
    /// <param name="kept">Memory for what backward needs.</param>
    /// <param name="y">Result.</param>
    public abstract void Forward(WorkerTeam team, float* images, int height, int width, in FeatureShape shape, float* patches, in StemActivations kept, float* y);

    /// <summary>Adds to the parameters' gradients; the gradient is used up (images need none).</summary>
    public abstract void Backward(BackwardBuffers buffers, float* images, int height, int width, in FeatureShape shape, in StemActivations kept, float* gradient);
}

/// <summary>What a stem keeps between forward and backward.</summary>
internal unsafe struct StemActivations
{
    /// <summary>
    /// The convolution's result before the norm, of the first stage's shape; may be that stage's input where nothing is kept. Unused without norm.
    /// </summary>
    public float* Convolved;

    /// <summary>The result of the first of two convolutions.</summary>
    public float* Between;
}
