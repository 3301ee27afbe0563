using TorchSharp.Tensors;
using static TorchSharp.torch;

namespace TorchSharp.Kernels;

/// <summary>Rows brought to mean 0 and variance 1: (x - mean) / sqrt(variance + eps), variance over all n of a row's elements. Computed in double.</summary>
internal static class LayerNormalization
{
    public static TensorImpl Forward(TensorImpl x, int rowLength, double eps)
    {
        ReadOnlySpan<double> rows = Elements.Read<double>(x);
        TensorImpl result = TensorImpl.Allocate(x.Shape, ScalarType.Float64);
        Span<double> to = result.Span<double>();
        for (int start = 0; start < rows.Length; start += rowLength)
        {
            ReadOnlySpan<double> row = rows.Slice(start, rowLength);
            (double mean, double scale) = Moments(row, eps);
            for (int i = 0; i < rowLength; i++) to[start + i] = (row[i] - mean) * scale;
        }
        return Elements.Cast(result, x.Type);
    }

    /// <summary>The gradient of x from that of the normalised rows: (g - mean(g) - y mean(g y)) / sqrt(variance + eps), y the normalised row.</summary>
    public static TensorImpl Backward(TensorImpl gradient, TensorImpl x, int rowLength, double eps)
    {
        ReadOnlySpan<double> rows = Elements.Read<double>(x), gradients = Elements.Read<double>(gradient);
        TensorImpl result = TensorImpl.Allocate(x.Shape, ScalarType.Float64);
        Span<double> to = result.Span<double>();
        for (int start = 0; start < rows.Length; start += rowLength)
        {
            ReadOnlySpan<double> row = rows.Slice(start, rowLength), part = gradients.Slice(start, rowLength);
            (double mean, double scale) = Moments(row, eps);
            double sum = 0, product = 0;
            for (int i = 0; i < rowLength; i++)
            {
                double g = part[i];
                sum += g;
                product += g * (row[i] - mean) * scale;
            }
            for (int i = 0; i < rowLength; i++)
            {
                double normal = (row[i] - mean) * scale;
                to[start + i] = (part[i] - (sum / rowLength) - (normal * product / rowLength)) * scale;
            }
        }
        return Elements.Cast(result, x.Type);
    }

    private static (double Mean, double Scale) Moments(ReadOnlySpan<double> row, double eps)
    {
        double sum = 0, squares = 0;
        foreach (double value in row) sum += value;
        double mean = sum / row.Length;
        foreach (double value in row)
        {
            double deviation = value - mean;
            squares += deviation * deviation;
        }
        return (mean, 1 / Math.Sqrt((squares / row.Length) + eps));
    }
}
