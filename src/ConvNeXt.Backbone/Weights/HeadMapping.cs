namespace ConvNeXt.Backbone.Weights;

/// <summary>
/// Gives a classifier head other classes: each takes the row of one that the head has, as ImageNet-1k's classes are found among those of ImageNet-22k, or a
/// fresh one.
/// </summary>
public static class HeadMapping
{
    /// <summary>Stands in an index list for a class that no row of the head is for.</summary>
    public const int FreshRow = -1;

    private const string Weight = "head.weight", Bias = "head.bias";

    /// <summary>The weights with the head's rows (head.weight and head.bias) taken by index; all other tensors are shared with the given weights.</summary>
    /// <param name="weights">Weights with a head.</param>
    /// <param name="indices">For each class of the new head, the row of the old one that it takes, from 0; or <see cref="FreshRow"/>. A row may be taken
    /// more than once.</param>
    /// <param name="fresh">Weights whose head, of as many rows as there are indices, gives the fresh rows; needed where there are some.</param>
    /// <exception cref="ArgumentException">There are no indices, one is out of range, or a head is missing or of another shape; the message says
    /// which.</exception>
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
            freshHead = FindHead(fresh ?? throw new ArgumentException("There are classes without a row, so that weights with fresh rows are needed."));
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
        if (indices.Count == 0) throw new ArgumentException("There are no indices; a head has one class or more.");
        for (int i = 0; i < indices.Count; i++)
        {
            if (indices[i] != FreshRow && (uint)indices[i] >= (uint)rows)
            {
                throw new ArgumentException(
                    $"index {i} of {indices.Count} is {indices[i]}, but the head has {rows} rows: 0 to {rows - 1} are possible, {FreshRow} for a fresh row.");
            }
        }
    }

    private static (WeightTensor Matrix, WeightTensor Bias) FindHead(WeightSet weights)
    {
        if (!weights.TryGet(Weight, out WeightTensor? matrix) || !weights.TryGet(Bias, out WeightTensor? bias)
            || matrix.Shape.Length != 2 || bias.Shape.Length != 1 || bias.Shape[0] != matrix.Shape[0])
        {
            throw new ArgumentException($"The weights have no head of a classifier: '{Weight}' [classes, features] and '{Bias}' [classes].");
        }
        return (matrix, bias);
    }
}
