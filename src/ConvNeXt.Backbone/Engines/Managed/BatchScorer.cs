using System.Diagnostics.CodeAnalysis;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Threading;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Engines.Managed;

/// <summary>
/// Scores batches of any size with bounded memory: a batch is split into parts of a few images. Of the parts of all callers, a few more than there are cores
/// (<see cref="SparePlaces"/>) are computed at a time, the others wait in their order: a part by itself has all threads, several have one each, which is the
/// fastest for all together. So no caller waits for another one's large batch, and workspaces are few. A part that finds a large enough one allocates nothing.
/// Workspaces that have been idle for some seconds are freed; <see cref="AlwaysKept"/> of them stay.
/// </summary>
internal sealed unsafe class BatchScorer : IDisposable
{
    /// <summary>Maximum number of floats of a part's widest activation; larger batches are split into several parts.</summary>
    private const long PartFloats = 3 * 1024 * 1024;

    private const int MostImages = 32;

    /// <summary>
    /// Parts computed at a time beyond one for each core. A core would do nothing while a thread that waited wakes up: a sixth of the time on two cores.
    /// </summary>
    internal const int SparePlaces = 2;

    /// <summary>Number of idle workspaces that are kept however long they are idle.</summary>
    internal const int AlwaysKept = 2;

    /// <summary>Time after which the other idle workspaces are freed.</summary>
    internal static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(5);

    private readonly Network _network;
    private readonly WorkerTeam _team;
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly FairGate _gate = new(Environment.ProcessorCount + SparePlaces);
    private readonly List<IdleWorkspace> _idle = []; // in the order in which they were returned; the last one is rented first
    private ITimer? _trimming;
    private bool _isTrimmingDue;
    private long _bytes;
    private bool _disposed;

    public BatchScorer(Network network, WorkerTeam team, TimeProvider? time = null) => (_network, _team, _time) = (network, team, time ?? TimeProvider.System);

    private readonly record struct IdleWorkspace(ScoringWorkspace Workspace, long Returned);

    /// <summary>Bytes of all workspaces, rented or idle.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Allocates the workspace for batches of this size in advance.</summary>
    public void Prepare(int count, int height, int width) => Return(Rent(_network.MeasureScoring(_team, PartOf(count, height, width), height, width)));

    /// <summary>Scores a batch. Features or logits may be empty if they are not needed.</summary>
    public void Run(ReadOnlySpan<float> images, int count, int height, int width, Span<float> features, Span<float> logits)
    {
        fixed (float* featureTarget = features, logitTarget = logits)
            Run(images, count, height, width, new ScoringResults { Features = featureTarget, Logits = logitTarget });
    }

    /// <summary>Computes the features of a batch, and the statistics of the stages before (<see cref="StageStatistics"/>).</summary>
    public void RunWithStatistics(ReadOnlySpan<float> images, int count, int height, int width, Span<float> features, Span<float> statistics)
    {
        fixed (float* featureTarget = features, target = statistics)
            Run(images, count, height, width, new ScoringResults { Features = featureTarget, Statistics = target });
    }

    /// <summary>Computes the output of a stage.</summary>
    public void RunTo(int stage, ReadOnlySpan<float> images, int count, int height, int width, Span<float> map)
    {
        fixed (float* target = map) Run(images, count, height, width, new ScoringResults { Map = target, MapStage = stage });
    }

    /// <inheritdoc cref="Network.MeasureQuantization"/>
    public void MeasureQuantization(ReadOnlySpan<float> images, int count, int height, int width, Span<BlockError> errors)
    {
        Check(images, count, height, width);
        var workspace = Rent(_network.MeasureScoring(_team, 1, height, width));
        try
        {
            fixed (float* source = images)
            {
                for (int image = 0; image < count; image++)
                    _network.MeasureQuantization(workspace, source + (3L * height * width * image), 1, height, width, errors);
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
            _trimming?.Dispose();
            foreach (var idle in _idle) Free(idle.Workspace);
            _idle.Clear();
        }
    }

    private void Run(ReadOnlySpan<float> images, int count, int height, int width, in ScoringResults results)
    {
        Check(images, count, height, width);
        int part = PartOf(count, height, width);
        var sizes = _network.MeasureScoring(_team, part, height, width);
        long imageFloats = 3L * height * width;
        fixed (float* source = images)
        {
            for (int first = 0; first < count; first += part)
                RunPart(sizes, source + (first * imageFloats), Math.Min(part, count - first), height, width, Of(first, results, height, width));
        }
    }

    private void RunPart(in ScoringSizes sizes, float* images, int count, int height, int width, in ScoringResults results)
    {
        // A pass that follows another one in its place is counted without a gap. Otherwise the passes of other callers would see a core that nobody uses, and
        // their threads would get in the way of the one that is just waking up.
        if (!_gate.Enter()) WorkerPool.Shared.BeginPass();
        try
        {
            var workspace = Rent(sizes);
            try
            {
                _network.Score(workspace, images, count, height, width, in results);
            }
            finally
            {
                Return(workspace);
            }
        }
        finally
        {
            if (!_gate.Leave()) WorkerPool.Shared.EndPass();
        }
    }

    private void Check(ReadOnlySpan<float> images, int count, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, _network.SmallestSide);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, _network.SmallestSide);
        long wanted = checked(3L * height * width * count);
        if (images.Length < wanted) ThrowTooShort(images.Length, count, height, width, wanted);
    }

    // Destinations of the results, starting at an image.
    private ScoringResults Of(int image, in ScoringResults all, int height, int width)
    {
        var config = _network.Config;
        return new ScoringResults
        {
            Features = all.Features == null ? null : all.Features + ((long)image * config.FeatureCount),
            Logits = all.Logits == null ? null : all.Logits + ((long)image * config.ClassCount),
            Map = all.Map == null ? null : all.Map + FeatureShape.OfStage(config, all.MapStage, image, height, width).Size,
            MapStage = all.MapStage,
            Statistics = all.Statistics == null ? null : all.Statistics + ((long)image * StageStatistics.Count(config)),
        };
    }

    [DoesNotReturn]
    private static void ThrowTooShort(int length, int count, int height, int width, long wanted) =>
        throw new ArgumentException($"{count} image(s) of {height} x {width} x 3 are {wanted} values, but there are {length}.", "images");

    // Parts of about equal size: nine images are split into five and four, not eight and one.
    private int PartOf(int count, int height, int width)
    {
        long imageFloats = FeatureShape.AfterStem(_network.Config, 1, height, width).Size;
        int most = (int)Math.Clamp(PartFloats / Math.Max(1, imageFloats), 1, MostImages);
        int parts = ((count - 1) / most) + 1;
        return ((count - 1) / parts) + 1;
    }

    internal ScoringWorkspace Rent(in ScoringSizes wanted)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            while (_idle.Count > 0)
            {
                var idle = _idle[^1].Workspace;
                _idle.RemoveAt(_idle.Count - 1);
                if (idle.Sizes.Cover(wanted)) return idle;
                Free(idle);
            }
        }

        var workspace = new ScoringWorkspace(_team, wanted);
        Interlocked.Add(ref _bytes, workspace.Bytes);
        return workspace;
    }

    internal void Return(ScoringWorkspace workspace)
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _idle.Add(new IdleWorkspace(workspace, _time.GetTimestamp()));
                PlanTrimming();
                return;
            }
        }

        Free(workspace);
    }

    // The timer is set only while there is something to free, so that it does not keep an engine alive that was dropped without being disposed.
    private void PlanTrimming()
    {
        if (_isTrimmingDue || _idle.Count <= AlwaysKept) return;
        _isTrimmingDue = true;
        _trimming ??= _time.CreateTimer(static scorer => ((BatchScorer)scorer!).Trim(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _trimming.Change(IdleTime, Timeout.InfiniteTimeSpan);
    }

    private void Trim()
    {
        lock (_lock)
        {
            _isTrimmingDue = false;
            if (_disposed) return;
            while (_idle.Count > AlwaysKept && _time.GetElapsedTime(_idle[0].Returned) >= IdleTime)
            {
                Free(_idle[0].Workspace);
                _idle.RemoveAt(0);
            }

            PlanTrimming();
        }
    }

    private void Free(ScoringWorkspace workspace)
    {
        Interlocked.Add(ref _bytes, -workspace.Bytes);
        workspace.Dispose();
    }
}
