using System.Text.Json;
using ConvNeXt.Cli;
using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Tests;

/// <summary>Runs the tool in this process and keeps what it wrote.</summary>
internal sealed record Tool(int ExitCode, string Output, string Errors)
{
    public static Tool Run(params IReadOnlyList<string> arguments) => Run(CancellationToken.None, new StringWriter(), arguments);

    /// <summary>Runs the tool and checks that it succeeded.</summary>
    public static Tool Succeed(params IReadOnlyList<string> arguments)
    {
        Tool result = Run(arguments);
        Assert.AreEqual(0, result.ExitCode, result.Errors);
        return result;
    }

    public static Tool Run(CancellationToken cancellation, StringWriter errors, IReadOnlyList<string> arguments)
    {
        var output = new StringWriter();
        int exitCode = ConvNeXtTool.Run(arguments, new ToolConsole(output, errors), cancellation);
        return new Tool(exitCode, output.ToString(), errors.ToString());
    }

    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public string[] Lines => Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
}
