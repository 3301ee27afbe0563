using System.Buffers;
using System.Runtime.ExceptionServices;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Scoring.Columns;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>
/// Rows on their way through reading, decoding, scoring and consuming, with everything that the consumer can ask of them. The buffers are used again and again.
/// Which thread does what is decided by the <see cref="ScoringPipeline"/>, under whose lock the progress is kept.
/// </summary>
internal sealed class ScoringBatch(ImageScorer scorer, IReadOnlyList<BufferedColumn> columns)
{
    private readonly Array[] _values = new Array[columns.Count];
    private ImageReference[] _images = [];
    private int[] _undecoded = [];
    private DataViewRowId[] _ids = [];
    private long[] _positions = [];
    private long[] _batches = [];
    private string?[] _problems = [];
    private float[] _pixels = [];
    private float[] _vectors = [];
    private int _undecodedCount;
    private int _claimed;
    private int _decoded;

    public int Count { get; private set; }

    /// <summary>Images that nobody has begun to decode.</summary>
    public int Unclaimed => _undecodedCount - _claimed;

    /// <summary>Whether all images are decoded, or have a problem.</summary>
    public bool IsDecoded => _decoded == _undecodedCount;

    /// <summary>Whether the results are there, or the <see cref="Failure"/>.</summary>
    public bool IsDone { get; set; }

    /// <summary>What ended decoding or scoring, if it was not the problem of one image.</summary>
    public ExceptionDispatchInfo? Failure { get; set; }

    public DataViewRowId Id(int row) => _ids[row];

    public long Position(int row) => _positions[row];

    public long Batch(int row) => _batches[row];

    /// <summary>Why the row's image could not be read, or null.</summary>
    public string? Problem(int row) => _problems[row];

    /// <summary>The row's result; NaN where its image could not be read.</summary>
    public ReadOnlySpan<float> Vector(int row) => _vectors.AsSpan(row * scorer.VectorLength, scorer.VectorLength);

    /// <summary>The copied values of a column.</summary>
    public Array Values(int column) => _values[column];

    /// <summary>Empties the batch for at most that many rows.</summary>
    public void Reset(int capacity)
    {
        (Count, _undecodedCount, _claimed, _decoded, IsDone, Failure) = (0, 0, 0, 0, false, null);
        if (_problems.Length < capacity)
        {
            ReturnPixels();
            _images = new ImageReference[capacity];
            _undecoded = new int[capacity];
            _ids = new DataViewRowId[capacity];
            _positions = new long[capacity];
            _batches = new long[capacity];
            _problems = new string?[capacity];
            _pixels = ArrayPool<float>.Shared.Rent(checked(capacity * scorer.PixelCount));
            _vectors = new float[checked(capacity * scorer.VectorLength)];
            for (int i = 0; i < columns.Count; i++) _values[i] = columns[i].CreateValues(capacity);
        }
        Array.Clear(_problems);
    }

    /// <summary>Adds the source's current row. Pixels that are decoded already are prepared at once, so that a batch never holds whole photographs.</summary>
    public void Add(DataViewRow source, ValueGetter<DataViewRowId> getId, ImageReader images)
    {
        int row = Count;
        getId(ref _ids[row]);
        (_positions[row], _batches[row]) = (source.Position, source.Batch);
        for (int i = 0; i < columns.Count; i++) columns[i].Read(_values[i], row);
        _problems[row] = images.TryRead(out ImageReference image);
        if (_problems[row] is null)
        {
            if (image.Pixels is null)
            {
                _images[row] = image;
                _undecoded[_undecodedCount++] = row;
            }
            else _problems[row] = scorer.TryPrepare(image, Pixels(row));
        }
        Count++;
    }

    /// <summary>Takes an image that nobody has begun to decode; under the pipeline's lock.</summary>
    /// <returns>Its row, or -1 if every row is taken.</returns>
    public int Claim() => _claimed < _undecodedCount ? _undecoded[_claimed++] : -1;

    /// <summary>Decodes a claimed image; on any thread.</summary>
    public void Decode(int row)
    {
        _problems[row] = scorer.TryPrepare(_images[row], Pixels(row));
        _images[row] = default;
    }

    /// <summary>A claimed image is decoded; under the pipeline's lock.</summary>
    public void CountDecoded() => _decoded++;

    /// <summary>Runs the network; on any thread, when all images are decoded.</summary>
    public void Score()
    {
        ReadOnlySpan<string?> problems = _problems.AsSpan(0, Count);
        for (int row = 0; row < Count; row++)
            if (problems[row] is not null) Pixels(row).Clear();
        if (problems.Contains(null)) scorer.Run(_pixels, Count, _vectors);
        for (int row = 0; row < Count; row++)
            if (problems[row] is not null) _vectors.AsSpan(row * scorer.VectorLength, scorer.VectorLength).Fill(float.NaN);
    }

    /// <summary>Returns the memory of the pixels to its pool; nobody may use the batch afterward.</summary>
    public void ReturnPixels()
    {
        if (_pixels.Length > 0) ArrayPool<float>.Shared.Return(_pixels);
        _pixels = [];
    }

    private Span<float> Pixels(int row) => _pixels.AsSpan(row * scorer.PixelCount, scorer.PixelCount);
}
