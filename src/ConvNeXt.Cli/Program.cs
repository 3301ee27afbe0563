using ConvNeXt.Cli;
using ConvNeXt.Cli.Terminal;

using var interrupt = new Interrupt();
return ConvNeXtTool.Run(args, ToolConsole.OfProcess(), interrupt.Token);
