using System.CommandLine;
using ConvNeXt.Cli.Output;
using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Cli.Commands;

/// <summary>convnext doctor: what the machine offers.</summary>
internal static class DoctorCommand
{
    public static Command Create(ToolConsole console)
    {
        Option<bool> json = CommonOptions.CreateJson();
        var command = new Command("doctor", "Say what the machine offers: vectors, cores, memory, and whether a GPU can be used.") { json };
        command.SetAction(result => MachineInformation.Write(console, result.GetValue(json)));
        return command;
    }
}
