namespace ConvNeXt.Benchmarks;

/// <summary>A benchmark cannot run; the message tells the user why, and the program prints it without a stack trace.</summary>
internal sealed class BenchmarkException(string message, Exception? inner = null) : Exception(message, inner);
