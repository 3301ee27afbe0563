namespace ConvNeXt.MLNet.Hosting.Serving;

/// <summary>
/// A thread of the service. Images are decoded and computed on threads of its own, not on the thread pool: there, they would wait behind the requests that wait
/// for them.
/// </summary>
internal sealed class WorkerThread
{
    private readonly Thread _thread;
    private readonly Action _run;
    private readonly Action<Exception> _report;

    /// <summary>Starts a thread.</summary>
    /// <param name="name">Its name in a debugger.</param>
    /// <param name="run">Its work, which returns when the service stops.</param>
    /// <param name="report">Called if the work ends with an exception.</param>
    public WorkerThread(string name, Action run, Action<Exception> report)
    {
        (_run, _report) = (run, report);
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.UnsafeStart(); // without the culture and other values of the thread that started the host
    }

    /// <summary>Whether it ended with an exception.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Waits for its end.</summary>
    public void Join() => _thread.Join();

    private void Run()
    {
        try
        {
            _run();
        }
        catch (Exception e)
        {
            HasFailed = true;
            _report(e);
        }
    }
}
