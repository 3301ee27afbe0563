using ConvNeXt.Benchmarks;

return BenchmarkCommands.Run(args);
