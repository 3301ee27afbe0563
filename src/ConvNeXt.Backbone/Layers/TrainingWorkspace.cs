using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Layers;

/// <summary>Buffer sizes of backward, in floats, each the maximum over all layers; named as in <see cref="BackwardBuffers"/> unless noted.</summary>
internal readonly record struct BackwardSizes
{
    public long Wide { get; init; }

    public long Response { get; init; }

    public long PreActivation { get; init; }

    public long Narrow { get; init; }

    public long Transposed { get; init; }

    public long Product { get; init; }

    public long Sums { get; init; }

    public long TurnedKernel { get; init; }

    public long Partials { get; init; }

    public long Hidden { get; init; }

    /// <summary>One of the head's vectors for all images; kept.</summary>
    public long HeadVector { get; init; }

    /// <summary>Output between the convolutions of the stem; kept, not temporary.</summary>
    public long StemBetween { get; init; }

    public long ScratchPerWorker { get; init; }

    /// <summary>Enlarges the sizes to be sufficient for the blocks of a stage too.</summary>
    public BackwardSizes CoverBlock(in BlockBackwardSizes block, in FeatureShape shape, long hidden, long scratch) => this with
    {
        Wide = Math.Max(Wide, block.Wide),
        Response = Math.Max(Response, block.Response),
        PreActivation = Math.Max(PreActivation, block.PreActivation),
        Narrow = Math.Max(Narrow, Math.Max(block.Narrow, shape.Size)),
        Transposed = Math.Max(Transposed, block.Transposed),
        Product = Math.Max(Product, block.Product),
        Partials = Math.Max(Partials, block.Partials),
        Hidden = Math.Max(Hidden, hidden),
        ScratchPerWorker = Math.Max(ScratchPerWorker, scratch),
    };

    /// <summary>Enlarges the sizes to be sufficient for the layer between two stages too: its normalized input and the patches.</summary>
    public BackwardSizes CoverDownsampling(in FeatureShape from, long patches, long transposed) => this with
    {
        Wide = Math.Max(Wide, patches),
        Narrow = Math.Max(Narrow, from.Size),
        Transposed = Math.Max(Transposed, transposed),
    };
}

/// <summary>
/// Memory for training passes up to a batch and image size, allocated once: every activation that backward needs (or only the blocks' inputs, if the others are
/// recomputed), and temporary buffers.
/// </summary>
internal sealed unsafe class TrainingWorkspace : IDisposable
{
    private const int HeadVectors = 4;

    private readonly NativeArena _arena;
    private readonly BlockActivations[][] _blocks;
    private readonly float*[][] _inputs;

    public TrainingWorkspace(WorkerTeam team, ConvNeXtConfig config, int images, int height, int width, in BackwardSizes sizes, bool recomputes)
    {
        (Images, Height, Width) = (images, height, width);
        var shapes = FeatureShape.OfStages(config, images, height, width);
        long logits = (long)images * config.ClassCount, vectorFloats = sizes.HeadVector;
        var plan = new ArenaPlan();

        // Offsets in the order in which forward fills them.
        long stem = plan.Add(config.IsIsotropic ? 0 : shapes[0].Size), stemBetween = plan.Add(sizes.StemBetween);
        var offsets = new List<long>();
        foreach (var (shape, depth) in shapes.Zip(config.Depths))
        {
            offsets.Add(plan.Add(shape.Size));
            for (int block = 0; block < depth; block++)
            {
                if (!recomputes) offsets.AddRange([plan.Add(shape.Size), plan.Add(FusedMlp.Expansion * shape.Size)]);
                offsets.Add(plan.Add(shape.Size));
            }
        }

        long keep = plan.Add((long)config.Depths.Sum() * images);
        long vectors = plan.Add(HeadVectors * vectorFloats), scores = plan.Add(logits), dScores = plan.Add(logits);
        long gradient = plan.Add(shapes.Max(shape => shape.Size)), hidden = plan.Add(sizes.Hidden);
        long wide = plan.Add(sizes.Wide), response = plan.Add(sizes.Response), narrow = plan.Add(sizes.Narrow);
        long preActivation = plan.Add(sizes.PreActivation), product = plan.Add(sizes.Product), sums = plan.Add(sizes.Sums);
        long transposed = plan.Add(sizes.Transposed), turned = plan.Add(sizes.TurnedKernel);
        long partials = plan.Add(sizes.Partials), scratch = plan.Add(team.ThreadCount * sizes.ScratchPerWorker);
        _arena = new NativeArena(plan);

        Stem = new StemActivations { Convolved = _arena.At(stem), Between = _arena.At(stemBetween) };
        int next = 0;
        _blocks = new BlockActivations[shapes.Length][];
        _inputs = new float*[shapes.Length][];
        for (int stage = 0; stage < shapes.Length; stage++)
        {
            int depth = config.Depths[stage];
            _blocks[stage] = new BlockActivations[depth];
            _inputs[stage] = new float*[depth + 1];
            _inputs[stage][0] = _arena.At(offsets[next++]);
            for (int block = 0; block < depth; block++)
            {
                if (!recomputes) _blocks[stage][block] = new BlockActivations { Convolved = _arena.At(offsets[next++]), PreActivation = _arena.At(offsets[next++]) };
                _inputs[stage][block + 1] = _arena.At(offsets[next++]);
            }
        }

        Keep = _arena.At(keep);
        Head = new HeadActivations
        {
            Pooled = _arena.At(vectors),
            Normalized = _arena.At(vectors + vectorFloats),
            PreActivation = _arena.At(vectors + (2 * vectorFloats)),
            Features = _arena.At(vectors + (3 * vectorFloats)),
        };
        Logits = _arena.At(scores);
        LogitGradient = _arena.At(dScores);
        Gradient = _arena.At(gradient);
        Hidden = _arena.At(hidden);
        Buffers = new BackwardBuffers
        {
            Scratch = new Scratch(team, _arena.At(scratch), sizes.ScratchPerWorker),
            Wide = _arena.At(wide),
            Response = _arena.At(response),
            PreActivation = _arena.At(preActivation),
            Narrow = _arena.At(narrow),
            Transposed = _arena.At(transposed),
            Product = _arena.At(product),
            Sums = _arena.At(sums),
            TurnedKernel = _arena.At(turned),
            Partials = _arena.At(partials),
        };
    }

    /// <summary>Maximum number of images in a batch.</summary>
    public int Images { get; }

    /// <summary>Maximum image height.</summary>
    public int Height { get; }

    /// <summary>Maximum image width.</summary>
    public int Width { get; }

    public long Bytes => _arena.Bytes;

    public BackwardBuffers Buffers { get; }

    /// <summary>Activations that the stem keeps.</summary>
    public StemActivations Stem { get; }

    /// <summary>Drop-path factor of each image in each block, [blocks, images of the batch].</summary>
    public float* Keep { get; }

    /// <summary>Activations that the head keeps.</summary>
    public HeadActivations Head { get; }

    public float* Logits { get; }

    public float* LogitGradient { get; }

    /// <summary>The current gradient in backward.</summary>
    public float* Gradient { get; }

    /// <summary>Hidden activation of a block with few rows, or of a group of images in a network with Global Response Normalization.</summary>
    public float* Hidden { get; }

    /// <summary>Activations that a block keeps; empty if they are recomputed.</summary>
    public ref readonly BlockActivations Block(int stage, int block) => ref _blocks[stage][block];

    /// <summary>The input of a block; the one after the last block is the stage's output.</summary>
    public float* Input(int stage, int block) => _inputs[stage][block];

    public void Dispose() => _arena.Dispose();
}
