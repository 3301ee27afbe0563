namespace ConvNeXt.MLNet.Images;

/// <summary>What is said of columns that are missing or of the wrong type; exceptions of the kind that ML.NET's own components throw.</summary>
internal static class ColumnErrors
{
    private const int Shown = 20;

    /// <summary>There is no such column.</summary>
    /// <param name="role">What the column is for.</param>
    /// <param name="name">What it was to be called.</param>
    /// <param name="data">Which data.</param>
    /// <param name="present">The columns that there are.</param>
    public static ArgumentOutOfRangeException Missing(string role, string name, string data, IEnumerable<string> present) =>
        new("schema", $"There is no {role} column '{name}' in the {data}; there are {List(present)}.");

    /// <summary>The column is of a type that it cannot be.</summary>
    /// <param name="role">What the column is for.</param>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its type.</param>
    /// <param name="wanted">What would be right, as the end of a sentence.</param>
    public static ArgumentOutOfRangeException WrongType(string role, string name, object type, string wanted) =>
        new("schema", $"The {role} column '{name}' is of type {type}; {wanted}.");

    /// <summary>Names in quotes, the first twenty of them.</summary>
    public static string List(IEnumerable<string> names)
    {
        string[] all = [.. names.Distinct()];
        return all.Length == 0 ? "none" : string.Join(", ", all.Take(Shown).Select(name => $"'{name}'")) + (all.Length > Shown ? ", ..." : "");
    }
}
