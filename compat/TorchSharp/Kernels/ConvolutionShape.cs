using System.Numerics.Tensors;
using TorchSharp.Tensors;

namespace TorchSharp.Kernels;

/// <summary>The sizes of one convolution, and where the elements under the filter lie.</summary>
internal sealed class ConvolutionShape
{
    private readonly int _channels, _height, _width, _kernelHeight, _kernelWidth, _outputHeight, _outputWidth;
    private readonly (int Height, int Width) _stride, _padding, _dilation;

    public ConvolutionShape(TensorImpl x, TensorImpl weight, long[]? strides, long[]? padding, long[]? dilation, long groups)
    {
        TorchError.Unless(x.Rank == 4 && weight.Rank == 4,
            $"conv2d takes pictures [N, C, H, W] and filters [O, C/groups, KH, KW], got {Shapes.Format(x.Shape)} and {Shapes.Format(weight.Shape)}");
        TorchError.Unless(x.Type == weight.Type,
            $"conv2d takes pictures and filters of one type, got {x.Type} and {weight.Type}");
        (_stride, _padding, _dilation) = (Pair(strides, 1, "strides"), Pair(padding, 0, "padding"), Pair(dilation, 1, "dilation"));
        TorchError.Unless(groups > 0 && x.Shape[1] == weight.Shape[1] * groups && weight.Shape[0] % groups == 0,
            $"conv2d of {groups} groups: pictures {Shapes.Format(x.Shape)} do not fit filters {Shapes.Format(weight.Shape)}");
        (Pictures, Groups) = ((int)x.Shape[0], (int)groups);
        (_channels, _height, _width) = ((int)weight.Shape[1], (int)x.Shape[2], (int)x.Shape[3]);
        (GroupOutputs, _kernelHeight, _kernelWidth) = ((int)(weight.Shape[0] / groups), (int)weight.Shape[2], (int)weight.Shape[3]);
        _outputHeight = OutputSize(_height, _kernelHeight, _stride.Height, _padding.Height, _dilation.Height);
        _outputWidth = OutputSize(_width, _kernelWidth, _stride.Width, _padding.Width, _dilation.Width);
        OutputShape = [Pictures, weight.Shape[0], _outputHeight, _outputWidth];
    }

    public int Pictures { get; }

    public int Groups { get; }

    /// <summary>Filters of a group.</summary>
    public int GroupOutputs { get; }

    public long[] OutputShape { get; }

    /// <summary>Elements under one filter.</summary>
    public int ColumnLength => _channels * _kernelHeight * _kernelWidth;

    /// <summary>Places a filter is laid on.</summary>
    public int Places => _outputHeight * _outputWidth;

    public ReadOnlySpan<double> GroupOfInput(ReadOnlySpan<double> all, int picture, int group) => all.Slice(InputStart(picture, group), InputLength);

    public Span<double> GroupOfInput(Span<double> all, int picture, int group) => all.Slice(InputStart(picture, group), InputLength);

    public ReadOnlySpan<double> GroupOfOutput(ReadOnlySpan<double> all, int picture, int group) => all.Slice(OutputStart(picture, group), GroupOutputs * Places);

    public Span<double> GroupOfOutput(Span<double> all, int picture, int group) => all.Slice(OutputStart(picture, group), GroupOutputs * Places);

    public ReadOnlySpan<double> GroupOfFilters(ReadOnlySpan<double> all, int group) => all.Slice(group * GroupOutputs * ColumnLength, GroupOutputs * ColumnLength);

    public Span<double> GroupOfFilters(Span<double> all, int group) => all.Slice(group * GroupOutputs * ColumnLength, GroupOutputs * ColumnLength);

    /// <summary>Lays the elements under the filter out: row c·KH·KW + ky·KW + kx of the columns holds that element for every place; outside the picture is zero.</summary>
    public void ToColumns(ReadOnlySpan<double> picture, Span<double> columns)
    {
        columns.Clear();
        for (int row = 0; row < ColumnLength; row++)
        {
            Span<double> places = columns.Slice(row * Places, Places);
            for (int y = 0; y < _outputHeight; y++)
            {
                (int first, int count, int from) = Run(row, y);
                Span<double> to = places.Slice((y * _outputWidth) + first, count);
                if (_stride.Width == 1) picture.Slice(from, count).CopyTo(to);
                else for (int i = 0; i < count; i++, from += _stride.Width) to[i] = picture[from];
            }
        }
    }

    /// <summary>The transpose of <see cref="ToColumns"/>: every element of the columns is added to where it came from.</summary>
    public void AddColumns(ReadOnlySpan<double> columns, Span<double> picture)
    {
        for (int row = 0; row < ColumnLength; row++)
        {
            ReadOnlySpan<double> places = columns.Slice(row * Places, Places);
            for (int y = 0; y < _outputHeight; y++)
            {
                (int first, int count, int to) = Run(row, y);
                ReadOnlySpan<double> part = places.Slice((y * _outputWidth) + first, count);
                if (_stride.Width == 1 && count > 0) TensorPrimitives.Add(picture.Slice(to, count), part, picture.Slice(to, count));
                else for (int i = 0; i < count; i++, to += _stride.Width) picture[to] += part[i];
            }
        }
    }

    private int InputLength => _channels * _height * _width;

    private int InputStart(int picture, int group) => ((picture * Groups) + group) * InputLength;

    private int OutputStart(int picture, int group) => ((picture * Groups) + group) * GroupOutputs * Places;

    /// <summary>The places of an output row whose element of this column row lies inside the picture: the first, how many, and where the first's element is.</summary>
    private (int First, int Count, int Element) Run(int row, int outputY)
    {
        int channel = row / (_kernelHeight * _kernelWidth), kernelY = row / _kernelWidth % _kernelHeight, kernelX = row % _kernelWidth;
        int y = (outputY * _stride.Height) - _padding.Height + (kernelY * _dilation.Height);
        if (y < 0 || y >= _height) return (0, 0, 0);
        int offset = (kernelX * _dilation.Width) - _padding.Width;
        int first = offset >= 0 ? 0 : (-offset + _stride.Width - 1) / _stride.Width;
        int end = offset >= _width ? 0 : Math.Min(_outputWidth, ((_width - 1 - offset) / _stride.Width) + 1);
        return first >= end ? (0, 0, 0) : (first, end - first, (((channel * _height) + y) * _width) + (first * _stride.Width) + offset);
    }

    private static int OutputSize(int size, int kernel, int stride, int padding, int dilation)
    {
        int output = ((size + (2 * padding) - (dilation * (kernel - 1)) - 1) / stride) + 1;
        TorchError.Unless(output > 0 && size + (2 * padding) >= (dilation * (kernel - 1)) + 1, $"conv2d: a picture side of {size} with padding {padding} is smaller than a kernel of {kernel}");
        return output;
    }

    private static (int Height, int Width) Pair(long[]? values, int absent, string name) => values switch
    {
        null => (absent, absent),
        [var both] => ((int)both, (int)both),
        [var height, var width] => ((int)height, (int)width),
        _ => throw TorchError.Of($"conv2d: {name} are one number or two, got {values.Length}"),
    };
}
