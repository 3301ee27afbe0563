using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Images;
using Microsoft.ML.Data;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>A batch on its way through reading, decoding, scoring and consuming; its buffers are used again and again.</summary>
internal sealed class ScoringBatch(ImageScorer scorer)
{
    private ImageReference?[] _images = [];
    private DataViewRowId[] _ids = [];
    private string?[] _problems = [];
    private float[] _pixels = [];
    private float[] _vectors = [];

    public int Count { get; private set; }

    public DataViewRowId Id(int row) => _ids[row];

    /// <summary>Why the row's image could not be read, or null.</summary>
    public string? Problem(int row) => _problems[row];

    /// <summary>The row's result; NaN where its image could not be read.</summary>
    public ReadOnlySpan<float> Vector(int row) => _vectors.AsSpan(row * scorer.VectorLength, scorer.VectorLength);

    /// <summary>Empties the batch for at most that many images.</summary>
    public void Reset(int capacity)
    {
        Count = 0;
        if (_problems.Length < capacity)
        {
            _images = new ImageReference?[capacity];
            _ids = new DataViewRowId[capacity];
            _problems = new string?[capacity];
            _pixels = new float[capacity * (long)scorer.PixelCount];
            _vectors = new float[capacity * scorer.VectorLength];
        }
        Array.Clear(_problems);
    }

    /// <summary>Adds a row. Pixels that are decoded already are prepared at once, so that a batch never holds whole photographs.</summary>
    public void Add(DataViewRowId id, Func<ImageReference> read)
    {
        int row = Count++;
        _ids[row] = id;
        _images[row] = null;
        Attempt(row, () =>
        {
            ImageReference image = read();
            if (image.Pixels is null) _images[row] = image;
            else scorer.Prepare(image, Pixels(row));
        });
    }

    /// <summary>Decodes what is not decoded yet, on several threads.</summary>
    public void Decode(CancellationToken cancellation) =>
        Parallel.For(0, Count, new ParallelOptions { MaxDegreeOfParallelism = scorer.DecodingThreads, CancellationToken = cancellation }, row =>
        {
            if (_images[row] is not { } image) return;
            Attempt(row, () => scorer.Prepare(image, Pixels(row)));
            _images[row] = null;
        });

    /// <summary>Runs the network.</summary>
    public void Score()
    {
        for (int row = 0; row < Count; row++)
            if (_problems[row] is not null) Pixels(row).Clear();
        if (_problems.AsSpan(0, Count).Contains(null)) scorer.Run(_pixels, Count, _vectors);
        for (int row = 0; row < Count; row++)
            if (_problems[row] is not null) _vectors.AsSpan(row * scorer.VectorLength, scorer.VectorLength).Fill(float.NaN);
    }

    private void Attempt(int row, Action prepare)
    {
        try
        {
            prepare();
        }
        catch (UnreadableImageException e)
        {
            _problems[row] = e.Message;
        }
    }

    private Span<float> Pixels(int row) => _pixels.AsSpan(row * scorer.PixelCount, scorer.PixelCount);
}
