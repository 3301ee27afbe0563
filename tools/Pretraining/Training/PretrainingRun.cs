using System.Diagnostics;
using System.Globalization;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Distillation;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.Pretraining.Probing;
using ConvNeXt.Pretraining.Shards;

namespace ConvNeXt.Pretraining.Training;

/// <summary>The loop: steps, and between them new shards, lines in the log, checkpoints and exports, until the time is up.</summary>
internal sealed class PretrainingRun : IDisposable
{
    private const int LongestWarmup = 300;

    /// <summary>Part of the steps that warm up where their number is known and small.</summary>
    private const int WarmupDivisor = 10;

    private const double MaxGradientNorm = 5;

    /// <summary>Share of the time after which no more shards are made.</summary>
    private const double EndingFrom = 0.94;

    /// <summary>While crops that wait are built up, a shard is followed by this share of its usual steps.</summary>
    private const double BuildUpShare = 0.6;

    /// <summary>Crops waiting to be seen, in shards, that the run builds up at first so that old and new ones mix.</summary>
    private const double Backlog = 5;

    private static readonly TimeSpan _betweenLines = TimeSpan.FromSeconds(20), _betweenCheckpoints = TimeSpan.FromMinutes(4), _betweenExports = TimeSpan.FromMinutes(10);

    private readonly RunSettings _settings;
    private readonly ShardMaker? _maker;
    private readonly ShardPool _pool;
    private readonly ManagedTrainingEngine _engine;
    private readonly FeatureDistillation _distillation;
    private readonly TransferProbe _probe;
    private readonly HeldOutPictures _heldOut;
    private readonly LossMeter _sinceLine = new(), _sinceExport = new();
    private readonly RunState _state = new();
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly double _secondsBefore;

    public PretrainingRun(RunSettings settings)
    {
        _settings = settings;
        string source = settings.ShardsOf ?? settings.Folder;
        var engine = StudentFactory.Engine(settings);
        _engine = new ManagedTrainingEngine(engine);
        _distillation = new FeatureDistillation(StudentFactory.Distillation(settings), engine);
        _pool = new ShardPool(source, settings.CropsPerShard, settings.Passes);
        if (settings.Bank is { } bank)
        {
            _maker = new ShardMaker(bank, settings.Folder, settings.Seed, settings.VeilChance);
            _maker.MakeHeldOut(HeldOutPictures.FileOf(source));
        }

        _heldOut = new HeldOutPictures(source);
        if (settings.Resume)
        {
            _state = RunCheckpoint.Read(CheckpointFile, _engine, _distillation);
            foreach (double left in _state.Left) AddShard(left);
            _secondsBefore = _state.Seconds;

            // A run that had ended is given more time: it makes shards again.
            if (Progress <= EndingFrom && _maker is not null) _state.IsEnding = false;
        }
        else if (_maker is null)
        {
            while (File.Exists(_pool.FileOf(_pool.Count))) _pool.Add();
            _state.IsEnding = true;
        }

        _probe = new TransferProbe(settings.Probes);
    }

    private string CheckpointFile => Path.Combine(_settings.Folder, "checkpoint.safetensors");

    private double Seconds => _secondsBefore + _watch.Elapsed.TotalSeconds;

    private double Progress => Math.Min(1, _settings.Pictures is { } pictures ? (double)_state.Seen / pictures : Seconds / _settings.Time!.Value.TotalSeconds);

    public void Run()
    {
        Log($"{_probe.Count} pictures to probe on; weights {_settings.Start ?? "at random"}; from step {_state.Step}");
        if (!_settings.Resume) Export();
        TimeSpan line = _watch.Elapsed, checkpoint = line, export = line;
        long seenAtLine = _state.Seen;
        double teacherAtLine = _state.TeacherSeconds;
        var (current, next) = (NewBatch(), NewBatch());
        Task? reading = null;
        while (Progress < 1)
        {
            MakeShardWhenDue();
            reading ??= Task.Run(() => current.Fill(_pool, _settings.Seed, _state.Step));
            reading.GetAwaiter().GetResult();

            // The next batch is not drawn before a shard that is due, so that a run draws alike however fast it reads; and it is drawn again when a run resumes.
            int following = _state.Step + 1;
            _state.Left = [.. _pool.Left];
            reading = IsShardDue(following) ? null : Task.Run(() => next.Fill(_pool, _settings.Seed, following));
            Step(current);
            (current, next) = (next, current);

            if (_watch.Elapsed - line > _betweenLines)
            {
                double seconds = (_watch.Elapsed - line).TotalSeconds, teacher = _state.TeacherSeconds - teacherAtLine;
                LogLosses((_state.Seen - seenAtLine) / seconds, (_state.Seen - seenAtLine) / Math.Max(0.001, seconds - teacher));
                (line, seenAtLine, teacherAtLine) = (_watch.Elapsed, _state.Seen, _state.TeacherSeconds);
            }

            if (_watch.Elapsed - checkpoint > _betweenCheckpoints)
            {
                WriteCheckpoint();
                checkpoint = _watch.Elapsed;
            }

            if (_watch.Elapsed - export > _betweenExports)
            {
                Export();
                export = _watch.Elapsed;
            }
        }

        reading?.GetAwaiter().GetResult();
        WriteCheckpoint();
        Export();
        Log("done");
    }

    public void Dispose()
    {
        _maker?.Dispose();
        _pool.Dispose();
        _distillation.Dispose();
        _engine.Dispose();
    }

    private double WarmupSteps => _settings.Pictures is { } pictures ? Math.Min(LongestWarmup, (double)pictures / _settings.BatchSize / WarmupDivisor) : LongestWarmup;

    private double LearningRate =>
        _settings.LearningRate * Math.Min(1, (_state.Step + 1.0) / WarmupSteps) * 0.5 * (1 + Math.Cos(Math.PI * Progress));

    private void Step(StudentBatch batch)
    {
        batch.Map.CopyTo(_distillation.Targets[0], 0);
        batch.Hint.CopyTo(_distillation.Targets[1], 0);
        double pooled = _engine.AccumulateGradients(batch.Batch, _distillation), rate = LearningRate;
        double? norm = _engine.ApplyGradients(new OptimizerStep { LearningRate = rate, MaxGradientNorm = MaxGradientNorm });
        if (double.IsFinite(norm!.Value)) _distillation.ApplyGradients(rate);
        else _distillation.ClearGradients();
        foreach (var meter in new[] { _sinceLine, _sinceExport }) meter.Add(pooled, _distillation.Losses[0], _distillation.Losses[1]);
        _state.Step++;
        _state.Seen += _settings.BatchSize;
    }

    private StudentBatch NewBatch() => new(_settings.BatchSize, _settings.Side);

    private bool IsShardDue(int step) => !_state.IsEnding && step >= _state.NextShardAt;

    private void MakeShardWhenDue()
    {
        if (!IsShardDue(_state.Step)) return;
        if (Progress > EndingFrom)
        {
            _state.IsEnding = true;
            _pool.Level();
            return;
        }

        var watch = Stopwatch.StartNew();
        int shard = _pool.Count;
        AddShard(left: null);
        _state.TeacherSeconds += watch.Elapsed.TotalSeconds;
        double usual = _settings.CropsPerShard * _settings.Passes;
        bool buildsUp = _pool.LeftToDraw < Backlog * usual;
        _state.NextShardAt = _state.Step + (int)(usual * (buildsUp ? BuildUpShare : 1) / _settings.BatchSize);
        Log($"shard {shard}: {watch.Elapsed.TotalMilliseconds / _settings.CropsPerShard:0.0} ms a crop; {_pool.Count * _settings.CropsPerShard} distinct crops");
    }

    // One that is there is what would be made.
    private void AddShard(double? left)
    {
        string file = _pool.FileOf(_pool.Count);
        if (_maker is null)
        {
            if (!File.Exists(file)) throw new FileNotFoundException($"{file} is missing; the run that --shards-of names no longer has the shards that this run began with.");
        }
        else if (left is null || !File.Exists(file))
        {
            _maker.Make(_pool.Count, _settings.CropsPerShard, file);
        }

        _pool.Add(left);
    }

    private void WriteCheckpoint()
    {
        _state.Seconds = Seconds;
        RunCheckpoint.Write(CheckpointFile, _state, _engine, _distillation);
    }

    private void Export()
    {
        var weights = _engine.ExportWeights(average: true);
        double[] losses = _sinceExport.Take();
        var metadata = new Dictionary<string, string>
        {
            ["pictures_seen"] = Text(_state.Seen),
            ["distinct_crops"] = Text(_pool.Count * (long)_settings.CropsPerShard),
            ["teacher"] = "ResNet18 of Microsoft.ML.DnnImageFeaturizer.ResNet18 0.23.1",
        };
        SafetensorsWriter.Write(Path.Combine(_settings.Folder, "atto.safetensors"), weights, metadata, SafetensorsType.F16);
        var accuracies = _probe.Measure(StudentFactory.Config, weights);
        var heldOut = _heldOut.Measure(StudentFactory.Config, weights);
        TransferProbe.Append(Path.Combine(_settings.Folder, "curve.csv"), Seconds, _state.Seen, _pool.Count * (long)_settings.CropsPerShard, [.. losses, heldOut.SquaredError, heldOut.Unexplained], accuracies);
        Log($"exported; {TransferProbe.Describe(heldOut, accuracies)}");
    }

    private void LogLosses(double rate, double studentRate)
    {
        double[] losses = _sinceLine.Take();
        Log($"step {_state.Step} seen {_state.Seen / 1e6:0.000} M {rate:0}/s (student alone {studentRate:0}/s) lr {LearningRate:0.00e0} "
            + $"pooled {losses[0]:0.0000} map {losses[1]:0.0000} hint {losses[2]:0.0000}; teacher {_state.TeacherSeconds / Seconds:0%} of the time");
    }

    private void Log(string text) => Console.WriteLine($"{TimeSpan.FromSeconds(Seconds):hh\\:mm\\:ss} {text}");

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
