using System.CommandLine;
using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Cli.Commands;

/// <summary>convnext new: an application that uses a model.</summary>
internal static class NewCommand
{
    public static Command Create(ToolConsole console)
    {
        Argument<string> kind = new("KIND") { Description = "console: a program that classifies files; webapi: a service that classifies uploads." };
        kind.Validators.Add(result =>
        {
            string text = result.Tokens[0].Value;
            if (!NewProject.Kinds.Contains(text))
                result.AddError($"'{text}' is not a kind of application; there are {string.Join(" and ", NewProject.Kinds)}.");
        });
        Argument<string> model = CommonOptions.CreateModel();
        Option<string?> output = new("--output", "-o") { Description = "The folder to create. Without, one named after the model.", HelpName = "FOLDER" };
        var command = new Command("new", "Write a small application that uses a model.") { kind, model, output };
        command.SetAction(result =>
        {
            string file = result.GetRequiredValue(model);
            return NewProject.Write(console, result.GetRequiredValue(kind), file, result.GetValue(output) ?? Path.GetFileNameWithoutExtension(file) + "-app");
        });
        return command;
    }
}
