namespace ConvNeXt.Backbone.Weights;

/// <summary>
/// Adapts a classifier head to other classes. Each new class takes an existing row, for example ImageNet-1k classes from an ImageNet-22k head, or a fresh row.
/// </summary>
public static class HeadMapping
{
    /// <summary>Index of a class that has no row in the existing head.</summary>
    public const int FreshRow = -1;

    private const string Weight = "head.weight", Bias = "head.bias";

    /// <summary>
    /// Returns the weights with the rows of head.weight and head.bias selected by index. All other tensors are shared with <paramref name="weights"/>.
    /// </summary>
    /// <param name="weights">Weights with a classifier head.</param>
    /// <param name="indices">For each new class, the zero-based row of the existing head, or <see cref="FreshRow"/>. A row can be used more than once.</param>
    /// <param name="fresh">Weights whose head provides the fresh rows; it must have one row for each index. Required if any index is
    /// <see cref="FreshRow"/>.</param>
    /// <exception cref="ArgumentException">The list of indices is empty, an index is out of range, or a head is missing or has the wrong shape; the message
    /// says which.</exception>
    public static WeightSet Select(WeightSet weights, IReadOnlyList<int> indices, WeightSet? fresh = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(indices);
        var (matrix, bias) = FindHead(weights);
        int rows = matrix.Shape[0], features = matrix.Shape[1];
        Check(indices, rows);

        (WeightTensor Matrix, WeightTensor Bias)? freshHead = null;
        if (indices.Contains(FreshRow))
        {
            freshHead = FindHead(fresh ?? throw new ArgumentException("Some classes have no row in the head, so weights with fresh rows are required."));
            if (freshHead.Value.Matrix.Shape is not [var freshRows, var freshFeatures] || freshRows != indices.Count || freshFeatures != features)
            {
                throw new ArgumentException(
                    $"The fresh head is [{string.Join(',', freshHead.Value.Matrix.Shape)}]; for these indices it must be [{indices.Count},{features}].");
            }
        }

        var values = new float[checked(indices.Count * features)];
        var biases = new float[indices.Count];
        for (int row = 0; row < indices.Count; row++)
        {
            int index = indices[row];
            var (from, fromBias, source) = index == FreshRow ? (freshHead!.Value.Matrix, freshHead.Value.Bias, row) : (matrix, bias, index);
            from.Values.AsSpan(source * features, features).CopyTo(values.AsSpan(row * features));
            biases[row] = fromBias.Values[source];
        }

        var selected = new WeightSet();
        foreach (WeightTensor tensor in weights.Tensors)
        {
            selected.Add(tensor.Name switch
            {
                Weight => tensor with { Shape = [indices.Count, features], Values = values },
                Bias => tensor with { Shape = [indices.Count], Values = biases },
                _ => tensor,
            });
        }
        return selected;
    }

    private static void Check(IReadOnlyList<int> indices, int rows)
    {
        if (indices.Count == 0) throw new ArgumentException("The list of indices is empty; a head needs at least one class.");
        for (int i = 0; i < indices.Count; i++)
        {
            if (indices[i] != FreshRow && (uint)indices[i] >= (uint)rows)
            {
                throw new ArgumentException(
                    $"index {i} of {indices.Count} is {indices[i]}, but the head has {rows} rows: valid are 0 to {rows - 1}, or {FreshRow} for a fresh row.");
            }
        }
    }

    private static (WeightTensor Matrix, WeightTensor Bias) FindHead(WeightSet weights)
    {
        if (!weights.TryGet(Weight, out WeightTensor? matrix) || !weights.TryGet(Bias, out WeightTensor? bias)
            || matrix.Shape.Length != 2 || bias.Shape.Length != 1 || bias.Shape[0] != matrix.Shape[0])
        {
            throw new ArgumentException($"The weights have no classifier head: '{Weight}' [classes, features] and '{Bias}' [classes].");
        }
        return (matrix, bias);
    }
}
