using System.CommandLine;
using ConvNeXt.Cli.Output;
using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Cli.Commands;

/// <summary>convnext report: a page about a model, or about a run of convnext train.</summary>
internal static class ReportCommand
{
    public static Command Create(ToolConsole console, CancellationToken cancellation)
    {
        Argument<string> source = new("RUN|MODEL") { Description = "The folder of a run of convnext train, or a model file (.zip)." };
        Argument<string?> folder = new("DIR")
        {
            Description = "With a model file: a folder of labeled images that it was not trained on.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string> output = new("--output", "-o")
        {
            Description = "The page to write, such as page.html; the same numbers are written beside it as JSON. Existing files are replaced.",
            HelpName = "FILE",
            Required = true,
        };
        var command = new Command("report", "Write a page about a model: accuracy, mistakes with heat maps, doubtful data, calibration.")
        {
            source, folder, output,
        };
        command.SetAction(result => Reports.Write(
            console, result.GetRequiredValue(source), result.GetValue(folder), result.GetRequiredValue(output), cancellation));
        return command;
    }

    /// <summary>Creates the option --report of other commands.</summary>
    public static Option<string?> CreateOption() => new("--report")
    {
        Description = "Also write a page about the result, such as page.html, and the same numbers beside it as JSON. Existing files are replaced.",
        HelpName = "FILE",
    };
}
