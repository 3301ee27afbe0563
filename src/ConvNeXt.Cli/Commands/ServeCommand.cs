using System.CommandLine;
using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Cli.Commands;

/// <summary>convnext serve: the web service of a model on this machine.</summary>
internal static class ServeCommand
{
    private const string DefaultUrl = "http://127.0.0.1:5000";

    public static Command Create(ToolConsole console, CancellationToken cancellation)
    {
        Argument<string> model = CommonOptions.CreateModel();
        Option<string> urls = new("--urls")
        {
            Description = $"Where the service listens; several addresses are separated by semicolons. Without, {DefaultUrl}: for this machine only.",
            HelpName = "URLS",
            DefaultValueFactory = _ => DefaultUrl,
        };
        var command = new Command("serve", "Serve a model: a page to try it, and POST /classify for programs.") { model, urls };
        command.SetAction(result => ModelService.Run(console, result.GetRequiredValue(model), result.GetRequiredValue(urls), cancellation));
        return command;
    }
}
