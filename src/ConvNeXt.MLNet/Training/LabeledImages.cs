using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Scoring;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet.Training;

/// <summary>The labeled images of a data view. The view is read once; the images can then be loaded in any order.</summary>
internal sealed class LabeledImages : ILabeledImageSource
{
    private readonly ImageStore _store;
    private readonly List<int> _labels;
    private readonly List<long> _rows;
    private readonly int[] _items;

    private LabeledImages(ImageStore store, List<int> labels, List<long> rows, int[] items, int rowsWithoutLabel)
    {
        (_store, _labels, _rows, _items, RowsWithoutLabel) = (store, labels, rows, items, rowsWithoutLabel);
        Labels = [.. items.Select(item => labels[item])];
    }

    /// <summary>The zero-based class of each image; <see cref="ILabeledImageSource.Unlabeled"/> for a missing label, if such rows are kept.</summary>
    public IReadOnlyList<int> Labels { get; }

    /// <summary>Number of rows that were skipped because their label is missing.</summary>
    public int RowsWithoutLabel { get; }

    /// <summary>Number of images without a label.</summary>
    public int Unlabeled => Labels.Count(label => label == ILabeledImageSource.Unlabeled);

    public int Count => _items.Length;

    /// <summary>Reads a data view.</summary>
    /// <param name="host">Checked for cancellation at each row.</param>
    /// <param name="data">The data view.</param>
    /// <param name="imageColumn">The image column.</param>
    /// <param name="labelColumn">The label column.</param>
    /// <param name="createLabelReader">Creates the function that returns the label of the current row, negative if it is missing.</param>
    /// <param name="folder">Folder that relative paths are relative to.</param>
    /// <param name="store">Receives the images.</param>
    /// <param name="cancellation">Cancels reading.</param>
    /// <exception cref="OperationCanceledException">Reading was canceled.</exception>
    /// <exception cref="IOException">The temporary file for images cannot be written.</exception>
    /// <param name="keepUnlabeled">Whether to keep rows whose label is missing; otherwise they are skipped and counted.</param>
    /// <exception cref="InvalidOperationException">A label is not in the training data.</exception>
    public static LabeledImages Read(
        IHost host,
        IDataView data,
        DataViewSchema.Column imageColumn,
        DataViewSchema.Column labelColumn,
        Func<DataViewRow, Func<int>> createLabelReader,
        string? folder,
        ImageStore store,
        CancellationToken cancellation,
        bool keepUnlabeled = false)
    {
        var labels = new List<int>();
        var rows = new List<long>();
        int withoutLabel = 0;
        using DataViewRowCursor cursor = data.GetRowCursor([imageColumn, labelColumn]);
        Func<int> readLabel = createLabelReader(cursor);
        var reader = new ImageReader(cursor, imageColumn, folder, store.Decoding);
        store.ExpectedCount = data.GetRowCount();
        while (cursor.MoveNext())
        {
            host.CheckAlive();
            cancellation.ThrowIfCancellationRequested();
            int label = readLabel();
            if (label < 0 && !keepUnlabeled)
            {
                withoutLabel++;
                continue;
            }
            if (reader.TryRead(out ImageReference image) is { } problem) store.AddUnreadable(problem);
            else store.Add(image);
            labels.Add(Math.Max(label, ILabeledImageSource.Unlabeled));
            rows.Add(cursor.Position);
        }
        return new LabeledImages(store, labels, rows, [.. Enumerable.Range(0, labels.Count)], withoutLabel);
    }

    /// <summary>Returns a subset that shares the image store.</summary>
    public LabeledImages Select(int[] items) => new(_store, _labels, _rows, [.. items.Select(item => _items[item])], RowsWithoutLabel);

    /// <inheritdoc/>
    public int LabelOf(int index) => Labels[index];

    /// <inheritdoc/>
    public RgbImage Load(int index) => _store.Load(_items[index]);

    /// <summary>Returns the size of an image from its header, without decoding it; null if it cannot be told.</summary>
    public (int Width, int Height)? FindSize(int index) => _store.FindSize(_items[index]);

    /// <inheritdoc/>
    public string DescribeItem(int index) => _store.PathOf(_items[index]) is { } path ? $"'{path}'" : $"Row {_rows[_items[index]]}";
}
