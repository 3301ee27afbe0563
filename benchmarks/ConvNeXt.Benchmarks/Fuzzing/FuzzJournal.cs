using System.IO.MemoryMappedFiles;

namespace ConvNeXt.Benchmarks.Fuzzing;

/// <summary>
/// What a worker has done so far, in a file that both processes map into their memory: it is complete even if the worker dies in the middle of an input.
/// </summary>
internal sealed class FuzzJournal : IDisposable
{
    private const int Slots = 64, FirstRefusal = 5;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    /// <summary>Opens the journal, or creates it.</summary>
    public FuzzJournal(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, Slots * sizeof(long));
        _view = _file.CreateViewAccessor();
    }

    /// <summary>The input that the worker is at.</summary>
    public long Index { get => Get(0); set => Set(0, value); }

    /// <summary>Inputs that were read without an error.</summary>
    public long ReadCount { get => Get(1); set => Set(1, value); }

    /// <summary>The longest processor time of an input, in microseconds.</summary>
    public long LongestMicroseconds { get => Get(2); set => Set(2, value); }

    /// <summary>The input that took the longest.</summary>
    public long LongestIndex { get => Get(4); set => Set(4, value); }

    /// <summary>The most resident memory of the process, in bytes.</summary>
    public long PeakBytes { get => Get(3); set => Set(3, value); }

    /// <summary>Inputs that were refused, by the number of their exception.</summary>
    public long GetRefusals(int number) => Get(FirstRefusal + number);

    /// <summary>Counts an input that was refused.</summary>
    public void AddRefusal(int number) => Set(FirstRefusal + number, GetRefusals(number) + 1);

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    private long Get(int slot) => _view.ReadInt64(slot * sizeof(long));

    private void Set(int slot, long value) => _view.Write(slot * sizeof(long), value);
}
