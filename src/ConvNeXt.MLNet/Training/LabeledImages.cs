using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.MLNet.Images;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet.Training;

/// <summary>The labelled images of a data view, read once; training then takes them in any order.</summary>
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

    /// <summary>Class of each image, from 0.</summary>
    public IReadOnlyList<int> Labels { get; }

    /// <summary>Rows that were left out because their label is missing.</summary>
    public int RowsWithoutLabel { get; }

    public int Count => _items.Length;

    /// <summary>Reads a view.</summary>
    /// <param name="host">Says when the work is cancelled.</param>
    /// <param name="data">The view.</param>
    /// <param name="imageColumn">Its image column.</param>
    /// <param name="labelColumn">Its label column.</param>
    /// <param name="createLabelReader">How labels are read.</param>
    /// <param name="folder">What relative paths are relative to.</param>
    /// <param name="store">Keeps the images.</param>
    /// <exception cref="InvalidOperationException">A label is unknown.</exception>
    public static LabeledImages Read(
        IHost host,
        IDataView data,
        DataViewSchema.Column imageColumn,
        DataViewSchema.Column labelColumn,
        Func<DataViewRow, Func<int>> createLabelReader,
        string? folder,
        ImageStore store)
    {
        var labels = new List<int>();
        var rows = new List<long>();
        int withoutLabel = 0;
        using DataViewRowCursor cursor = data.GetRowCursor([imageColumn, labelColumn]);
        Func<int> readLabel = createLabelReader(cursor);
        Func<ImageReference> readImage = ImageColumn.CreateReader(cursor, imageColumn, folder);
        while (cursor.MoveNext())
        {
            host.CheckAlive();
            int label = readLabel();
            if (label < 0)
            {
                withoutLabel++;
                continue;
            }
            try
            {
                store.Add(readImage());
            }
            catch (UnreadableImageException e)
            {
                store.AddUnreadable(e.Message);
            }
            labels.Add(label);
            rows.Add(cursor.Position);
        }
        return new LabeledImages(store, labels, rows, [.. Enumerable.Range(0, labels.Count)], withoutLabel);
    }

    /// <summary>Some of the images; nothing is copied.</summary>
    public LabeledImages Select(int[] items) => new(_store, _labels, _rows, [.. items.Select(item => _items[item])], RowsWithoutLabel);

    /// <inheritdoc/>
    public int LabelOf(int index) => Labels[index];

    /// <inheritdoc/>
    public RgbImage Load(int index) => _store.Load(_items[index]);

    /// <inheritdoc/>
    public string DescribeItem(int index) => _store.PathOf(_items[index]) is { } path ? $"'{path}'" : $"Row {_rows[_items[index]]}";
}
