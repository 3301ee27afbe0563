namespace ConvNeXt.Pretraining.Probing;

/// <summary>The inverse of a positive definite matrix by Cholesky's factors.</summary>
internal static class SymmetricInverse
{
    /// <summary>Inverse of lower triangle + ridge on the diagonal.</summary>
    public static double[,] Of(double[,] lower, double ridge)
    {
        int size = lower.GetLength(0);
        var factor = new double[size][];
        for (int i = 0; i < size; i++)
        {
            factor[i] = new double[size];
            for (int j = 0; j <= i; j++)
            {
                double sum = lower[i, j] + (i == j ? ridge : 0);
                for (int k = 0; k < j; k++) sum -= factor[i][k] * factor[j][k];
                factor[i][j] = i == j ? Math.Sqrt(sum) : sum / factor[j][j];
            }
        }

        // Rows of the factor's inverse, transposed: column c solves factor * y = unit c.
        var columns = new double[size][];
        for (int c = 0; c < size; c++)
        {
            columns[c] = new double[size];
            for (int i = c; i < size; i++)
            {
                double sum = i == c ? 1 : 0;
                for (int k = c; k < i; k++) sum -= factor[i][k] * columns[c][k];
                columns[c][i] = sum / factor[i][i];
            }
        }

        var inverse = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = 0;
                for (int k = i; k < size; k++) sum += columns[i][k] * columns[j][k];
                inverse[i, j] = inverse[j, i] = sum;
            }
        }

        return inverse;
    }
}
