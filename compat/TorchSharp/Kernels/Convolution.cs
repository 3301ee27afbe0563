using TorchSharp.Tensors;
using static TorchSharp.torch;

namespace TorchSharp.Kernels;

/// <summary>
/// Convolution of pictures [N, C, H, W] by filters [O, C / groups, KH, KW]: for each picture and group the places under the filter are laid out as columns
/// [C/g·KH·KW, places], and the filters multiply them. Backward multiplies by the transposed factors and adds the columns back. Computed in double.
/// </summary>
internal static class Convolution
{
    public static TensorImpl Forward(TensorImpl x, TensorImpl weight, ConvolutionShape shape)
    {
        ReadOnlySpan<double> pictures = Elements.Read<double>(x), filters = Elements.Read<double>(weight);
        TensorImpl result = TensorImpl.Allocate(shape.OutputShape, ScalarType.Float64);
        Span<double> output = result.Span<double>();
        output.Clear();
        var columns = new double[shape.ColumnLength * shape.Places];
        for (int picture = 0; picture < shape.Pictures; picture++)
        {
            for (int group = 0; group < shape.Groups; group++)
            {
                shape.ToColumns(shape.GroupOfInput(pictures, picture, group), columns);
                MatrixProduct.Accumulate(shape.GroupOfFilters(filters, group), columns, shape.GroupOfOutput(output, picture, group),
                    shape.GroupOutputs, shape.ColumnLength, shape.Places);
            }
        }
        return Finish(result, x);
    }

    /// <summary>The gradients of the pictures and of the filters.</summary>
    public static (TensorImpl Input, TensorImpl Weight) Backward(TensorImpl gradient, TensorImpl x, TensorImpl weight, ConvolutionShape shape)
    {
        ReadOnlySpan<double> pictures = Elements.Read<double>(x), filters = Elements.Read<double>(weight), arrived = Elements.Read<double>(gradient);
        TensorImpl inputGradient = TensorImpl.Allocate(x.Shape, ScalarType.Float64), weightGradient = TensorImpl.Allocate(weight.Shape, ScalarType.Float64);
        Span<double> toInput = inputGradient.Span<double>(), toWeight = weightGradient.Span<double>();
        toInput.Clear();
        toWeight.Clear();
        int length = shape.ColumnLength, places = shape.Places;
        double[] columns = new double[length * places], rows = new double[length * places], transposedFilters = new double[shape.GroupOutputs * length];
        for (int picture = 0; picture < shape.Pictures; picture++)
        {
            for (int group = 0; group < shape.Groups; group++)
            {
                ReadOnlySpan<double> part = shape.GroupOfOutput(arrived, picture, group);
                shape.ToColumns(shape.GroupOfInput(pictures, picture, group), columns);
                Transpose(columns, rows, length, places);
                MatrixProduct.Accumulate(part, rows, shape.GroupOfFilters(toWeight, group), shape.GroupOutputs, places, length);
                Transpose(shape.GroupOfFilters(filters, group), transposedFilters, shape.GroupOutputs, length);
                Array.Clear(columns);
                MatrixProduct.Accumulate(transposedFilters, part, columns, length, shape.GroupOutputs, places);
                shape.AddColumns(columns, shape.GroupOfInput(toInput, picture, group));
            }
        }
        return (Finish(inputGradient, x), Elements.Cast(weightGradient, weight.Type));
    }

    private static void Transpose(ReadOnlySpan<double> from, Span<double> to, int rows, int columns)
    {
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++) to[(column * rows) + row] = from[(row * columns) + column];
    }

    /// <summary>Pictures that came channels-last leave channels-last, as in PyTorch.</summary>
    private static TensorImpl Finish(TensorImpl result, TensorImpl input)
    {
        result = Elements.Cast(result, input.Type);
        if (input.IsContiguous || Layout.MemoryOrder(input) is not { } order) return result;
        TensorImpl ordered = Layout.Allocate(result.Shape, result.Type, order);
        Elements.Copy(result, ordered);
        return ordered;
    }
}
