using System.Globalization;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Pretrained;

namespace ConvNeXt.Benchmarks;

/// <summary>Prints what is counted of the named networks beside what the papers print, and what a weights file is.</summary>
internal static class ModelTable
{
    public static void Print()
    {
        Console.WriteLine("Parameters in millions and multiply-accumulates in thousands of millions, counted here | as the paper or its README prints them");
        Console.WriteLine($"{"",-26}{"parameters",12} {"",-9}{"224x224",9} {"",-8}{"384x384",9}");
        foreach (ConvNeXtArchitecture row in ConvNeXtArchitectures.All)
        {
            string cells = Cell(NetworkCost.Parameters(row.Config), 1e6m, 12, 3, row.Printed?.Parameters)
                + Cell(NetworkCost.MultiplyAccumulates(row.Config, 224, 224), 1e9m, 9, 2, row.Printed?.At224)
                + Cell(NetworkCost.MultiplyAccumulates(row.Config, 384, 384), 1e9m, 9, 2, row.Printed?.At384);
            string[] licenses = [.. PretrainedModels.All.Where(model => model.Variant == row.Variant).Select(model => model.License.Id).Distinct()];
            Console.WriteLine($"{row.Name,-26}{cells} weights: {(licenses.Length > 0 ? string.Join(", ", licenses) : "none published")}");
        }
    }

    /// <summary>Prints what a weights file is.</summary>
    /// <returns>The exit code: 1 where the file cannot be read.</returns>
    public static int PrintInfo(string path)
    {
        try
        {
            Console.WriteLine(ConvNeXtModelInfo.Read(path));
            return 0;
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }

    private static string Cell(long exact, decimal unit, int width, int digits, decimal? printed) =>
        (exact / unit).ToString("F" + digits, CultureInfo.InvariantCulture).PadLeft(width) + " | "
        + (printed?.ToString(CultureInfo.InvariantCulture) ?? "").PadRight(7);
}
