using ConvNeXt.Cli;
using ConvNeXt.Cli.Terminal;

using var interrupt = new Interrupt();
ToolConsole console = ToolConsole.OfProcess();
Console.SetOut(Console.Error); // TorchSharp writes where it looks for libtorch; only results go to stdout
return ConvNeXtTool.Run(args, console, interrupt.Token);
