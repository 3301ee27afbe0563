using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Pretrained;

namespace ConvNeXt.Benchmarks;

/// <summary>Prints a table of the named networks, and the description of a weights file.</summary>
internal static class ModelTable
{
    /// <summary>Prints parameters and multiply-accumulates of all named networks, with the numbers that the papers print.</summary>
    public static int Print()
    {
        Console.WriteLine("Parameters in millions and multiply-accumulates in billions, counted here | as printed in the paper or its README");
        Console.WriteLine($"{"",-26}{"parameters",12} {"",-9}{"224x224",9} {"",-8}{"384x384",9}");
        foreach (ConvNeXtArchitecture row in ConvNeXtArchitectures.All)
        {
            string cells = Cell(NetworkCost.Parameters(row.Config), 1e6m, 12, 3, row.Printed?.Parameters)
                + Cell(NetworkCost.MultiplyAccumulates(row.Config, 224, 224), 1e9m, 9, 2, row.Printed?.At224)
                + Cell(NetworkCost.MultiplyAccumulates(row.Config, 384, 384), 1e9m, 9, 2, row.Printed?.At384);
            string[] licenses = [.. PretrainedModels.All.Where(model => model.Variant == row.Variant).Select(model => model.License.Id).Distinct()];
            Console.WriteLine($"{row.Name,-26}{cells} weights: {(licenses.Length > 0 ? string.Join(", ", licenses) : "none published")}");
        }
        return 0;
    }

    /// <summary>Prints the description of a weights file.</summary>
    /// <param name="words">The file.</param>
    /// <exception cref="ArgumentException">There is not exactly one word.</exception>
    public static int PrintInfo(string[] words)
    {
        if (words is not [var path]) throw new ArgumentException("info takes one weights file.");
        Console.WriteLine(ConvNeXtModelInfo.Read(path));
        return 0;
    }

    private static string Cell(long exact, decimal unit, int width, int digits, decimal? printed) =>
        (exact / unit).ToString("F" + digits).PadLeft(width) + " | "
        + (printed?.ToString() ?? "").PadRight(7);
}
