using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using ConvNeXt.MLNet.Images;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>
/// Walks the image column ahead of a cursor's consumer: one thread reads rows and decodes, one runs the network, and scored batches come out in the order of
/// the rows. Three batches exist at any time (one decoded, one scored, one consumed), so memory does not grow with the data. Batches begin with one image and
/// double, so that a glance at a few rows does not pay for a whole batch. What fails on a thread is thrown where the consumer waits.
/// </summary>
internal sealed class ScoringPipeline : IDisposable
{
    private const int Batches = 3;

    private readonly Action _checkAlive;
    private readonly ImageScorer _scorer;
    private readonly CancellationTokenSource _stop = new();
    private readonly BlockingCollection<ScoringBatch> _free = [];
    private readonly BlockingCollection<ScoringBatch> _decoded = [];
    private readonly BlockingCollection<ScoringBatch> _scored = [];
    private readonly Func<DataViewRowCursor> _openCursor;
    private readonly DataViewSchema.Column _imageColumn;
    private Thread[]? _threads;
    private ExceptionDispatchInfo? _failure;
    private ScoringBatch? _current;
    private int _row;

    /// <summary>Reading starts with the first <see cref="MoveNext"/>.</summary>
    /// <param name="checkAlive">Throws once the work is cancelled; called before each batch.</param>
    /// <param name="openCursor">Opens the cursor over the image column; called, walked and disposed on one thread.</param>
    /// <param name="imageColumn">The column that is read.</param>
    /// <param name="scorer">What is computed.</param>
    public ScoringPipeline(Action checkAlive, Func<DataViewRowCursor> openCursor, DataViewSchema.Column imageColumn, ImageScorer scorer) =>
        (_checkAlive, _openCursor, _imageColumn, _scorer) = (checkAlive, openCursor, imageColumn, scorer);

    /// <summary>The current row's result.</summary>
    public ReadOnlySpan<float> Vector =>
        _current is null ? throw OutputBindings.NotOnARow() : _current.Vector(_row);

    /// <summary>Why the current row's image could not be read, or null.</summary>
    public string? Problem => _current?.Problem(_row);

    /// <summary>Id of the current row, as the reading thread saw it.</summary>
    public DataViewRowId Id => _current!.Id(_row);

    /// <summary>Goes to the next row; waits until it is scored.</summary>
    /// <returns>False after the last row.</returns>
    public bool MoveNext()
    {
        _threads ??= Start();
        if (_current is not null && ++_row < _current.Count) return true;
        if (_current is not null) _free.Add(_current);
        _row = 0;
        if (_scored.TryTake(out _current, Timeout.Infinite)) return true;
        _failure?.Throw();
        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        foreach (Thread thread in _threads ?? []) thread.Join();
        _current = null;
        _stop.Dispose();
        _free.Dispose();
        _decoded.Dispose();
        _scored.Dispose();
    }

    private Thread[] Start()
    {
        for (int i = 0; i < Batches; i++) _free.Add(new ScoringBatch(_scorer));
        return [Start("decoding", DecodeAll, _decoded), Start("scoring", ScoreAll, _scored)];
    }

    private void DecodeAll()
    {
        using DataViewRowCursor cursor = _openCursor();
        Func<ImageReference> read = ImageColumn.CreateReader(cursor, _imageColumn, _scorer.ImageFolder, _scorer.Decoding);
        ValueGetter<DataViewRowId> getId = cursor.GetIdGetter();
        DataViewRowId id = default;
        bool more = true;
        for (int size = 1; more; size = Math.Min(2 * size, _scorer.BatchSize))
        {
            ScoringBatch batch = _free.Take(_stop.Token);
            _checkAlive();
            batch.Reset(size);
            while (batch.Count < size && (more = cursor.MoveNext()))
            {
                getId(ref id);
                batch.Add(id, read);
            }
            if (batch.Count == 0) return;
            batch.Decode(_stop.Token);
            _decoded.Add(batch);
        }
    }

    private void ScoreAll()
    {
        while (_decoded.TryTake(out ScoringBatch? batch, Timeout.Infinite, _stop.Token))
        {
            batch.Score();
            _scored.Add(batch);
        }
    }

    private Thread Start(string name, Action work, BlockingCollection<ScoringBatch> output)
    {
        var thread = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // The consumer is gone; there is nobody to tell.
            }
            catch (Exception e)
            {
                Exception cause = e is AggregateException several ? several.InnerExceptions[0] : e;
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(cause), null);
            }
            output.CompleteAdding();
        })
        {
            IsBackground = true,
            Name = "ConvNeXt " + name,
        };
        thread.Start();
        return thread;
    }
}
