using System.IO.MemoryMappedFiles;
using System.Text.Json;
using ConvNeXt.Backbone.Training.Data;
using SkiaSharp;

namespace ConvNeXt.Pretraining.Pictures;

/// <summary>The decoded pictures, mapped into memory: what is not used is not loaded.</summary>
internal sealed unsafe class PictureBank : IDisposable
{
    // A list of an older version, which lacks a value, is refused.
    private static readonly JsonSerializerOptions _options = new() { RespectRequiredConstructorParameters = true };

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _pixels;

    public PictureBank(string folder)
    {
        var entries = JsonSerializer.Deserialize<BankEntry[]>(File.ReadAllText(BankWriter.ListFile(folder)), _options)!;
        Pictures = new WeightedPictures([.. entries.Where(entry => entry.Kind is PictureKind.Photographs or PictureKind.Textures)]);
        Stamps = new WeightedPictures([.. entries.Where(entry => entry.Kind == PictureKind.Stamps)]);
        Garments = new WeightedPictures([.. entries.Where(entry => entry.Kind == PictureKind.Garments)]);
        HeldOut = [.. entries.Where(entry => entry.Kind == PictureKind.HeldOut)];
        _file = MemoryMappedFile.CreateFromFile(BankWriter.PixelsFile(folder), FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _pixels);
    }

    /// <summary>Pictures that fill a view.</summary>
    public WeightedPictures Pictures { get; }

    /// <summary>Objects with alpha.</summary>
    public WeightedPictures Stamps { get; }

    /// <summary>Clothes with alpha, in light and shade.</summary>
    public WeightedPictures Garments { get; }

    /// <summary>Photographs that are never trained on.</summary>
    public BankEntry[] HeldOut { get; }

    /// <summary>A picture at one of its sizes; no pixel is copied.</summary>
    public SKImage Open(BankLevel level)
    {
        var info = new SKImageInfo(level.Width, level.Height, SKColorType.Rgba8888, SKAlphaType.Premul);
        return SKImage.FromPixels(info, (nint)(_pixels + level.Offset), info.RowBytes);
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}

/// <summary>Pictures that are drawn by their weights.</summary>
internal sealed class WeightedPictures
{
    private readonly BankEntry[] _entries;
    private readonly double[] _ends;

    public WeightedPictures(BankEntry[] entries)
    {
        _entries = entries;
        _ends = new double[entries.Length];
        double sum = 0;
        for (int i = 0; i < entries.Length; i++) _ends[i] = sum += entries[i].Weight;
    }

    /// <summary>How many.</summary>
    public int Count => _entries.Length;

    /// <summary>Draws one.</summary>
    public BankEntry Draw(ref CounterRandom random)
    {
        int found = Array.BinarySearch(_ends, random.NextDouble() * _ends[^1]);
        return _entries[Math.Min(found < 0 ? ~found : found + 1, _entries.Length - 1)];
    }
}
