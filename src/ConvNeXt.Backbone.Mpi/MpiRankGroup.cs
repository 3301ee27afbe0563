using System.Diagnostics;
using System.Text;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training.Distributed;

namespace ConvNeXt.Backbone.Mpi;

/// <summary>
/// The processes that mpirun started. There is one group in a process, which lasts as long as the process: MPI cannot be started again. Calls that wait test
/// again and again, so that waiting has an end and leaves processors to ranks on the same machine.
/// </summary>
internal sealed unsafe class MpiRankGroup : IRankGroup
{
    private const int Serialized = 2, ErrorCode = 1;

    // The launcher of MPICH drops what a rank has written if the rank aborts before it was read.
    private static readonly TimeSpan _timeToForward = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan _timeForOwnMessage = TimeSpan.FromSeconds(5);

    // A correct MPI_Finalize takes milliseconds once all ranks call it.
    private static readonly TimeSpan _timeToFinalize = TimeSpan.FromSeconds(5);

    private readonly MpiConstants _mpi;
    private readonly MpiGradientExchange _gradients;
    private readonly Lock _calls = new(); // MPI is asked for calls from any thread, one at a time
    private readonly nint _control;
    private int _failed;

    private MpiRankGroup()
    {
        _mpi = MpiLibrary.Load();
        Check(MpiFunctions.InitThread(0, 0, Serialized, out _), "start");
        Check(MpiFunctions.GetRank(_mpi.World, out int rank), "find the rank");
        Check(MpiFunctions.GetSize(_mpi.World, out int size), "count the ranks");
        (Rank, Size) = (rank, size);

        // Gradients and all else are independent of each other: a rank may begin its gradients late.
        nint gradients = 0;
        Check(MpiFunctions.Duplicate(_mpi.World, ref _control), "create a communicator");
        Check(MpiFunctions.Duplicate(_mpi.World, ref gradients), "create a communicator");
        _gradients = new MpiGradientExchange(this, _mpi, gradients);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Leave();
    }

    public int Rank { get; }

    public int Size { get; }

    public IGradientExchange Gradients => _gradients;

    public TimeSpan Patience { get; set; } = RunRanks.TimeToPrepare;

    public bool BFloat16Gradients
    {
        get => _gradients.UsesBFloat16;
        set => _gradients.UsesBFloat16 = value;
    }

    /// <summary>Name and version of the library.</summary>
    public static string LibraryVersion
    {
        get
        {
            const int MostBytes = 8192; // MPI_MAX_LIBRARY_VERSION_STRING of all libraries
            var text = new byte[MostBytes];
            fixed (byte* to = text) MpiFunctions.GetVersion(to, out int length);
            return Encoding.UTF8.GetString(text).TrimEnd('\0').Split('\n', 2)[0].Trim();
        }
    }

    /// <summary>Starts MPI.</summary>
    /// <exception cref="InvalidOperationException">The library is missing, or MPI cannot start.</exception>
    public static MpiRankGroup Start() => new();

    public void Sum(Span<double> values)
    {
        fixed (double* at = values) SumInPlace(at, values.Length, _mpi.Double);
    }

    public void Sum(Span<float> values)
    {
        fixed (float* at = values) SumInPlace(at, values.Length, _mpi.Float);
    }

    public void Broadcast(Span<byte> bytes, int root)
    {
        if (bytes.IsEmpty) return;
        nint request = 0;
        fixed (byte* at = bytes)
        {
            lock (_calls) Check(MpiFunctions.BeginBroadcast(at, bytes.Length, _mpi.Byte, root, _control, ref request), "broadcast");
            Wait(ref request, Patience);
        }
    }

    /// <summary>Tells the message at once; the process has a moment for its own before all are ended.</summary>
    public void Fail(Exception reason)
    {
        if (Interlocked.Exchange(ref _failed, 1) != 0) return;
        Console.Error.WriteLine($"Rank {Rank} of {Size} on {Environment.MachineName} failed, and ends the others: {reason.Message}");
        Console.Error.Flush();
        new Thread(() =>
        {
            Thread.Sleep(_timeForOwnMessage);
            Abort();
        })
        { IsBackground = true, Name = "End of all ranks" }.Start();
    }

    /// <summary>Starts a sum of gradients.</summary>
    internal nint BeginSum(void* send, void* receive, int count, nint type, nint operation, nint communicator)
    {
        nint request = 0;
        lock (_calls) Check(MpiFunctions.BeginAllReduce(send, receive, count, type, operation, communicator, ref request), "sum");
        return request;
    }

    /// <summary>Whether a call is done; moves it forward.</summary>
    internal bool IsDone(ref nint request)
    {
        int isDone;
        lock (_calls) Check(MpiFunctions.Test(ref request, out isDone, _mpi.IgnoredStatus), "continue");
        return isDone != 0;
    }

    /// <summary>Waits for a call.</summary>
    /// <exception cref="TimeoutException">It takes too long.</exception>
    internal void Wait(ref nint request, TimeSpan patience)
    {
        var watch = Stopwatch.StartNew();
        while (!IsDone(ref request))
        {
            if (watch.Elapsed > patience && patience != Timeout.InfiniteTimeSpan)
            {
                throw new TimeoutException(
                    FormattableString.Invariant($"Rank {Rank} on {Environment.MachineName} waited {patience.TotalSeconds:0} s for the others. ")
                    + "One of them hangs, is much slower, or its machine cannot be reached.");
            }

            Pause(watch.ElapsedMilliseconds);
        }
    }

    /// <summary>Creates an operation of its own.</summary>
    internal nint CreateOperation(nint function)
    {
        nint operation = 0;
        lock (_calls) Check(MpiFunctions.CreateOperation(function, 1, ref operation), "create an operation");
        return operation;
    }

    private void SumInPlace(void* values, int count, nint type)
    {
        if (count == 0) return;
        nint request = BeginSum((void*)_mpi.InPlace, values, count, type, _mpi.Sum, _control);
        Wait(ref request, Patience);
    }

    // At first latency counts; whoever waits longer waits for another rank to compute, perhaps on this processor.
    private static void Pause(long waited)
    {
        const int LatencyMilliseconds = 5;
        if (waited < LatencyMilliseconds) Thread.Yield();
        else Thread.Sleep(1);
    }

    // The last ranks may still save and evaluate for a long time. MPI_Finalize would wait for them at full speed.
    private void Leave()
    {
        if (Volatile.Read(ref _failed) != 0)
        {
            Thread.Sleep(_timeToForward);
            Abort();
            return;
        }

        double nothing = 0;
        nint request = BeginSum((void*)_mpi.InPlace, &nothing, 1, _mpi.Double, _mpi.Sum, _control);
        Wait(ref request, Timeout.InfiniteTimeSpan);
        if (!OperatingSystem.IsWindows()) EndIfFinalizeHangs();
        lock (_calls) MpiFunctions.Finalize();
    }

    /// <summary>
    /// All ranks are done when this is called. MPICH 4.0 on UCX over TCP hangs in MPI_Finalize if one rank is through with closing its connections before
    /// another one begins; MPI_Abort fails by then.
    /// </summary>
    private static void EndIfFinalizeHangs() => new Thread(() =>
    {
        Thread.Sleep(_timeToFinalize);
        Console.Error.WriteLine("All ranks are done, but MPI_Finalize does not return; the processes end without it.");
        MpiFunctions.EndProcess(Environment.ExitCode);
    })
    { IsBackground = true, Name = "End of MPI_Finalize" }.Start();

    private void Abort()
    {
        lock (_calls) MpiFunctions.Abort(_mpi.World, ErrorCode);
    }

    private static void Check(int code, string what)
    {
        if (code != 0) throw new InvalidOperationException($"MPI failed to {what}: error {code}.");
    }
}
