using System.Diagnostics.CodeAnalysis;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Engines;

/// <summary>
/// Scores batches of any size with bounded memory: a batch is cut into parts of a few images. Workspaces are rented from a small pool, so that several callers score at
/// once; a call that finds one of its size takes no memory.
/// </summary>
internal sealed unsafe class BatchScorer : IDisposable
{
    /// <summary>Floats of the widest activation of a part: more images than fit are scored in several parts.</summary>
    private const long PartFloats = 3 * 1024 * 1024;

    private const int MostImages = 32;

    private readonly Network _network;
    private readonly WorkerTeam _team;
    private readonly Lock _lock = new();
    private readonly Stack<ScoringWorkspace> _idle = new();
    private readonly int _mostIdle = Math.Max(2, Environment.ProcessorCount);
    private long _bytes;
    private bool _disposed;

    public BatchScorer(Network network, WorkerTeam team) => (_network, _team) = (network, team);

    /// <summary>Bytes of all workspaces, rented or idle.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Takes the memory for batches of a size before they come.</summary>
    public void Prepare(int count, int height, int width) => Return(Rent(_network.MeasureScoring(_team, PartOf(count, height, width), height, width)));

    /// <summary>Scores; features or logits may be empty when they are not wanted.</summary>
    public void Run(ReadOnlySpan<float> images, int count, int height, int width, Span<float> features, Span<float> logits)
    {
        Check(images, count, height, width);
        int part = PartOf(count, height, width);
        var workspace = Rent(_network.MeasureScoring(_team, part, height, width));
        try
        {
            long imageFloats = 3L * height * width;
            int featureCount = _network.Config.Widths[^1], classCount = _network.Config.ClassCount;
            fixed (float* source = images, featureTarget = features, logitTarget = logits)
            {
                for (int first = 0; first < count; first += part)
                {
                    _network.Score(
                        workspace,
                        source + (first * imageFloats),
                        Math.Min(part, count - first),
                        height,
                        width,
                        featureTarget == null ? null : featureTarget + ((long)first * featureCount),
                        logitTarget == null ? null : logitTarget + ((long)first * classCount));
                }
            }
        }
        finally
        {
            Return(workspace);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            while (_idle.TryPop(out var workspace)) Free(workspace);
        }
    }

    private static void Check(ReadOnlySpan<float> images, int count, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, Network.SmallestSide);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, Network.SmallestSide);
        long wanted = checked(3L * height * width * count);
        if (images.Length < wanted) ThrowTooShort(images.Length, count, height, width, wanted);
    }

    [DoesNotReturn]
    private static void ThrowTooShort(int length, int count, int height, int width, long wanted) =>
        throw new ArgumentException($"{count} image(s) of {height} x {width} x 3 are {wanted} values, but there are {length}.", "images");

    // Parts of equal size: nine images are five and four, not eight and one.
    private int PartOf(int count, int height, int width)
    {
        long imageFloats = FeatureShape.AfterStem(_network.Config, 1, height, width).Size;
        int most = (int)Math.Clamp(PartFloats / Math.Max(1, imageFloats), 1, MostImages);
        int parts = ((count - 1) / most) + 1;
        return ((count - 1) / parts) + 1;
    }

    private ScoringWorkspace Rent(in ScoringSizes wanted)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            while (_idle.TryPop(out var idle))
            {
                if (idle.Sizes.Cover(wanted)) return idle;
                Free(idle);
            }
        }

        var workspace = new ScoringWorkspace(_team, wanted);
        Interlocked.Add(ref _bytes, workspace.Bytes);
        return workspace;
    }

    private void Return(ScoringWorkspace workspace)
    {
        lock (_lock)
        {
            if (!_disposed && _idle.Count < _mostIdle)
            {
                _idle.Push(workspace);
                return;
            }
        }

        Free(workspace);
    }

    private void Free(ScoringWorkspace workspace)
    {
        Interlocked.Add(ref _bytes, -workspace.Bytes);
        workspace.Dispose();
    }
}
