using System.Runtime.ExceptionServices;
using ConvNeXt.MLNet.Engines;
using ConvNeXt.MLNet.Scoring.Columns;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>
/// Rows of a source with the network's results, in the source's order. The source is read on the consumer's thread only, some batches ahead: while the
/// consumer goes through one batch, helper threads decode the next ones and run the network, one batch at a time. Where the consumer needs a batch that is not
/// finished, it does what is left to do itself and waits only for what a helper is computing at that moment, so it needs no helper. Batches begin with one row
/// and double, so that a glance at a few rows does not pay for a whole batch, and a view of one row needs no other thread. Three batches exist at any time, so
/// memory does not grow with the data.
/// </summary>
/// <remarks>
/// All that threads share is under one lock: the batches in flight, what of them is claimed, and who is inside. What reading the source throws is thrown at the
/// row that could not be read; what decoding or the network throws, at the first row of its batch.
/// </remarks>
internal sealed class ScoringPipeline : IDisposable
{
    private const int MostInFlight = 3;

    /// <summary>Images and batches that a helper works on before it lets other cursors have their turn.</summary>
    private const int StepsPerTurn = 16;

    private readonly object _lock = new();
    private readonly Queue<ScoringBatch> _inFlight = new(); // read and not consumed; changed by the consumer only
    private readonly Stack<ScoringBatch> _free = new();
    private readonly Action _checkAlive;
    private readonly DataViewRowCursor _source;
    private readonly ImageScorer _scorer;
    private readonly HelperThreads _helpers;
    private readonly Dictionary<int, int> _columnOfSource = [];
    private readonly List<BufferedColumn> _columns = [];
    private readonly ImageReader _images;
    private readonly ValueGetter<DataViewRowId> _getId;
    private readonly Action _help;
    private readonly EngineLease _lease;

    private ScoringBatch? _current;
    private ScoringBatch? _filling;
    private int _row;
    private int _size;
    private bool _ended;
    private ExceptionDispatchInfo? _sourceFailure;
    private ExceptionDispatchInfo? _failure;

    // Under the lock.
    private int _offered;
    private int _helping;
    private bool _isScoring;
    private bool _isInside;
    private bool _disposed;
    private bool _released;

    /// <summary>Reading starts with the first <see cref="MoveNext"/>.</summary>
    /// <param name="checkAlive">Throws once the work is cancelled; called before each batch.</param>
    /// <param name="source">Over the columns and the image column; disposed with the pipeline.</param>
    /// <param name="columns">The source columns whose values are copied; their types can be.</param>
    /// <param name="imageColumn">The column with the images.</param>
    /// <param name="scorer">What is computed.</param>
    /// <param name="helpers">Threads that may help.</param>
    public ScoringPipeline(
        Action checkAlive,
        DataViewRowCursor source,
        IEnumerable<DataViewSchema.Column> columns,
        DataViewSchema.Column imageColumn,
        ImageScorer scorer,
        HelperThreads helpers)
    {
        (_checkAlive, _source, _scorer, _helpers, _help) = (checkAlive, source, scorer, helpers, Help);
        foreach (DataViewSchema.Column column in columns)
        {
            _columnOfSource[column.Index] = _columns.Count;
            _columns.Add(BufferedColumn.Create(source, column));
        }

        // The source is asked for each value once, so an image that is also requested for itself is read from its copy.
        DataViewRow images = _columnOfSource.ContainsKey(imageColumn.Index) ? new FilledRow(this) : source;
        _images = new ImageReader(images, imageColumn, scorer.ImageFolder, scorer.Decoding);
        _getId = source.GetIdGetter();
        _lease = scorer.Lease();
    }

    /// <summary>The source's position of the current row; -1 before the first row and after the last.</summary>
    public long Position => _current?.Position(_row) ?? -1;

    public long Batch => _current?.Batch(_row) ?? 0;

    public DataViewRowId Id => Current.Id(_row);

    /// <summary>The current row's result.</summary>
    public ReadOnlySpan<float> Vector => Current.Vector(_row);

    /// <summary>Why the current row's image could not be read, or null.</summary>
    public string? Problem => Current.Problem(_row);

    private ScoringBatch Current => _current ?? throw OutputBindings.NotOnARow();

    /// <summary>The getter of one of the copied columns.</summary>
    public Delegate CreateGetter(DataViewSchema.Column column)
    {
        int index = _columnOfSource[column.Index];
        return _columns[index].CreateGetter(() => (Current.Values(index), _row));
    }

    /// <summary>Goes to the next row; returns when it is scored.</summary>
    /// <returns>False after the last row, and after disposal.</returns>
    public bool MoveNext()
    {
        lock (_lock)
        {
            if (_disposed) return false;
            _isInside = true;
        }
        try
        {
            if (_current is null || _row + 1 >= _current.Count) return GoToNextBatch();
            _row++;
            return true;
        }
        finally
        {
            bool disposed;
            lock (_lock)
            {
                _isInside = false;
                disposed = _disposed;
            }
            if (disposed) Release();
        }
    }

    /// <summary>
    /// Waits for helpers that are at work for this pipeline, and ends it. Another thread may be in <see cref="MoveNext"/>: it returns false, or what it was
    /// about to return, and then disposes the source.
    /// </summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            Monitor.PulseAll(_lock);
            while (_helping > 0) Monitor.Wait(_lock);
        }
        Release();
    }

    private void Release()
    {
        lock (_lock)
        {
            if (_released || _isInside || _helping > 0) return;
            _released = true;
        }
        _current?.ReturnPixels();
        _current = null;
        foreach (ScoringBatch batch in _inFlight) batch.ReturnPixels();
        foreach (ScoringBatch batch in _free) batch.ReturnPixels();
        _source.Dispose();
        _lease.Dispose();
    }

    private bool GoToNextBatch()
    {
        if (_current is not null) _free.Push(_current);
        _current = null;
        _failure?.Throw();
        _checkAlive();
        ReadAhead();
        if (!_inFlight.TryPeek(out ScoringBatch? next))
        {
            _sourceFailure?.Throw();
            return false;
        }
        OfferWork(keep: 1);
        if (!Finish(next)) return false;
        lock (_lock) _inFlight.Dequeue();
        if (next.Failure is { } failure)
        {
            _free.Push(next);
            _failure = failure;
            failure.Throw();
        }
        OfferWork(keep: 0);
        (_current, _row) = (next, 0);
        return true;
    }

    // The first batch is the consumer's first row, for which nothing else is waited for; then up to two batches are read at a time.
    private void ReadAhead()
    {
        int most = _size == 0 || !_scorer.ReadsAhead ? 1 : MostInFlight;
        for (int read = 0; read < 2 && _inFlight.Count < most && !_ended; read++)
        {
            _size = Math.Min(Math.Max(1, 2 * _size), _scorer.BatchSize);
            ReadBatch();
        }
    }

    private void ReadBatch()
    {
        ScoringBatch batch = _free.TryPop(out ScoringBatch? used) ? used : new ScoringBatch(_scorer, _columns);
        batch.Reset(_size);
        _filling = batch;
        try
        {
            while (batch.Count < _size && !_ended)
            {
                if (!Volatile.Read(ref _disposed) && _source.MoveNext()) batch.Add(_source, _getId, _images);
                else _ended = true;
            }
        }
        catch (Exception e)
        {
            (_sourceFailure, _ended) = (ExceptionDispatchInfo.Capture(e), true);
        }
        _filling = null;
        if (batch.Count == 0) _free.Push(batch);
        else lock (_lock) _inFlight.Enqueue(batch);
    }

    /// <summary>Offers to helpers what there is to do now, except for what the consumer is about to do itself.</summary>
    private void OfferWork(int keep)
    {
        int more;
        lock (_lock)
        {
            int work = -keep;
            foreach (ScoringBatch batch in _inFlight) work += batch.Unclaimed;
            if (FindDecoded() is not null) work++;
            more = Math.Min(work, _scorer.DecodingThreads) - _offered;
            if (more <= 0) return;
            _offered += more;
        }
        _helpers.Offer(_help, more);
    }

    /// <summary>The consumer's part: what is left to do for the batch that it needs. False where the pipeline was disposed meanwhile.</summary>
    private bool Finish(ScoringBatch next)
    {
        while (true)
        {
            int row;
            lock (_lock)
            {
                while (true)
                {
                    if (_disposed) return false;
                    if (next.IsDone) return true;
                    row = next.Claim();
                    if (row >= 0) break;
                    if (FindDecoded() == next)
                    {
                        _isScoring = true;
                        break;
                    }
                    Monitor.Wait(_lock);
                }
            }
            if (row >= 0) Decode(next, row);
            else Score(next);
        }
    }

    /// <summary>A helper's part: some of whatever there is to do.</summary>
    private void Help()
    {
        bool again = true;
        for (int step = 0; again && step < StepsPerTurn; step++)
        {
            ScoringBatch? batch = null;
            int row = -1;
            lock (_lock)
            {
                if (!_disposed)
                {
                    batch = FindDecoded();
                    if (batch is not null) _isScoring = true;
                    else batch = Claim(out row);
                }
                if (batch is not null) _helping++;
                else
                {
                    _offered--;
                    return;
                }
            }
            if (row >= 0) Decode(batch, row);
            else Score(batch);
            lock (_lock)
            {
                _helping--;
                again = !_disposed;
                if (_disposed) Monitor.PulseAll(_lock);
            }
        }
        lock (_lock)
        {
            if (!again) _offered--;
        }
        if (again) _helpers.Offer(_help, 1);
    }

    private ScoringBatch? Claim(out int row)
    {
        row = -1;
        foreach (ScoringBatch batch in _inFlight)
        {
            row = batch.Claim();
            if (row >= 0) return batch;
        }
        return null;
    }

    /// <summary>The batch that the network should run over now, if nobody runs it: the first unfinished one, once it is decoded.</summary>
    private ScoringBatch? FindDecoded()
    {
        if (_isScoring) return null;
        foreach (ScoringBatch batch in _inFlight)
            if (!batch.IsDone) return batch.IsDecoded ? batch : null;
        return null;
    }

    private void Decode(ScoringBatch batch, int row)
    {
        ExceptionDispatchInfo? failure = null;
        try
        {
            batch.Decode(row);
        }
        catch (Exception e)
        {
            failure = ExceptionDispatchInfo.Capture(e);
        }
        lock (_lock)
        {
            batch.Failure ??= failure;
            batch.CountDecoded();
            if (batch.IsDecoded) Monitor.PulseAll(_lock);
        }
    }

    private void Score(ScoringBatch batch)
    {
        ExceptionDispatchInfo? failure = null;
        try
        {
            if (batch.Failure is null) batch.Score();
        }
        catch (Exception e)
        {
            failure = ExceptionDispatchInfo.Capture(e);
        }
        lock (_lock)
        {
            batch.Failure ??= failure;
            batch.IsDone = true;
            _isScoring = false;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>The row that is being read, as its copy in the batch.</summary>
    private sealed class FilledRow(ScoringPipeline pipeline) : DataViewRow
    {
        public override DataViewSchema Schema => pipeline._source.Schema;

        public override long Position => pipeline._source.Position;

        public override long Batch => pipeline._source.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => pipeline._source.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => pipeline._columnOfSource.ContainsKey(column.Index);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            int index = pipeline._columnOfSource[column.Index];
            Delegate getter = pipeline._columns[index].CreateGetter(() => (pipeline._filling!.Values(index), pipeline._filling.Count));
            return OutputBindings.Cast<TValue>(getter, column);
        }
    }
}
