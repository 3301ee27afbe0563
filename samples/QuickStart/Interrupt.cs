namespace QuickStart;

/// <summary>Cancels a token on Ctrl+C: training ends within a batch, and the best weights so far are kept. A second Ctrl+C ends the process.</summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _source = new();

    public Interrupt() => Console.CancelKeyPress += Press;

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        Console.CancelKeyPress -= Press;
        _source.Dispose();
    }

    private void Press(object? sender, ConsoleCancelEventArgs arguments)
    {
        arguments.Cancel = !_source.IsCancellationRequested;
        _source.Cancel();
    }
}
