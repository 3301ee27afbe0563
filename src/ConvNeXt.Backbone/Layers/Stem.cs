using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Layers;

/// <summary>The first layers: [n, height, width, 3] becomes the input of the first stage, [n, h, w, width 0].</summary>
internal abstract unsafe class Stem<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>Floats of the transposed weight that backward needs.</summary>
    public virtual long TransposedFloats => 0;

    /// <summary>Creates the stem of a configuration.</summary>
    public static Stem<TLanes> Create(NetworkParameters parameters) =>
        parameters.Config.OverlappingStemWidth is null ? new PatchStem<TLanes>(parameters) : new OverlappingStem<TLanes>(parameters);

    /// <summary>Floats of the gathered patches.</summary>
    public abstract long PatchFloats(int images, int height, int width);

    /// <summary>Floats of <see cref="StemActivations.Between"/>.</summary>
    public virtual long BetweenFloats(int images, int height, int width) => 0;

    /// <summary>Floats of the partial sums that backward needs, unless the first stage's blocks need more.</summary>
    public virtual long PartialFloats(int images, int height, int width) => 0;

    /// <summary>Computes y.</summary>
    /// <param name="team">Threads.</param>
    /// <param name="images">[n, height, width, 3].</param>
    /// <param name="height">Image height.</param>
    /// <param name="width">Image width.</param>
    /// <param name="shape">Shape of the output.</param>
    /// <param name="patches">Memory of <see cref="PatchFloats"/> floats.</param>
    /// <param name="kept">Buffers for the activations to keep.</param>
    /// <param name="y">Output.</param>
    public abstract void Forward(WorkerTeam team, float* images, int height, int width, in FeatureShape shape, float* patches, in StemActivations kept, float* y);

    /// <summary>Adds to the parameters' gradients and overwrites the given gradient; no gradient of the images is computed.</summary>
    public abstract void Backward(BackwardBuffers buffers, float* images, int height, int width, in FeatureShape shape, in StemActivations kept, float* gradient);
}

/// <summary>Activations that a stem keeps from forward for backward.</summary>
internal unsafe struct StemActivations
{
    /// <summary>
    /// Output of the convolution, before the norm, in the shape of the first stage; may be that stage's input if nothing is kept. Not used without a norm.
    /// </summary>
    public float* Convolved;

    /// <summary>Output of the first of two convolutions.</summary>
    public float* Between;
}
