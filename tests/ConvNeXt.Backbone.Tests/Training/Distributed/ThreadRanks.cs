using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training.Distributed;

namespace ConvNeXt.Tests.Training.Distributed;

/// <summary>Ranks that are threads of one process and meet in memory. Sums are formed in the order of the ranks, so that they can be repeated.</summary>
internal sealed class ThreadRanks
{
    private readonly object _gate = new();
    private readonly Dictionary<(string Channel, int Number), Array?[]> _meetings = [];
    private readonly int _size;
    private Exception? _failure;

    private ThreadRanks(int size) => _size = size;

    /// <summary>Runs something on each of several ranks at once and returns what each of them returned or threw.</summary>
    public static (T? Result, Exception? Error)[] Try<T>(int size, Func<IRankGroup, T> body)
    {
        var ranks = new ThreadRanks(size);
        var results = new (T?, Exception?)[size];
        Thread[] threads = [.. Enumerable.Range(0, size).Select(rank => new Thread(() =>
        {
            try
            {
                results[rank] = (body(new Member(ranks, rank)), null);
            }
            catch (Exception e)
            {
                results[rank] = (default, e);
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        return results;
    }

    /// <summary>The same for something that succeeds.</summary>
    public static T[] Run<T>(int size, Func<IRankGroup, T> body) =>
        [.. Try(size, body).Select(result => result.Error is { } error ? throw new InvalidOperationException($"A rank failed: {error}", error) : result.Result!)];

    // Gives the values of all ranks, in their order, when all have come to the same call.
    private T[][] Meet<T>(string channel, int number, int rank, T[] values, TimeSpan patience)
    {
        lock (_gate)
        {
            if (!_meetings.TryGetValue((channel, number), out var present)) _meetings.Add((channel, number), present = new Array?[_size]);
            present[rank] = values;
            Monitor.PulseAll(_gate);
            while (_failure is null && present.Contains(null))
                if (!Monitor.Wait(_gate, patience)) throw new TimeoutException("A rank is silent.");
            if (present.Contains(null)) throw new InvalidOperationException("Another rank failed.", _failure); // but where all have come, each gets the values
            return [.. present.Select(array => (T[])array!)];
        }
    }

    private sealed class Member(ThreadRanks ranks, int rank) : IRankGroup, IGradientExchange
    {
        private readonly Dictionary<string, int> _calls = [];
        private readonly List<(int Number, nint Values, float[] Own)> _begun = [];

        public int Rank => rank;

        public int Size => ranks._size;

        public IGradientExchange Gradients => this;

        public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(1);

        public bool BFloat16Gradients { get; set; }

        public void Sum(Span<double> values)
        {
            double[][] all = ranks.Meet("doubles", Next("doubles"), rank, values.ToArray(), Patience);
            for (int i = 0; i < values.Length; i++) values[i] = all.Sum(of => of[i]);
        }

        public void Sum(Span<float> values)
        {
            float[][] all = ranks.Meet("floats", Next("floats"), rank, values.ToArray(), Patience);
            for (int i = 0; i < values.Length; i++) values[i] = (float)all.Sum(of => (double)of[i]);
        }

        public void Broadcast(Span<byte> bytes, int root) => ranks.Meet("bytes", Next("bytes"), rank, bytes.ToArray(), Patience)[root].CopyTo(bytes);

        public unsafe void Begin(float* values, long count) => _begun.Add((Next("gradients"), (nint)values, new Span<float>(values, (int)count).ToArray()));

        public void Progress()
        {
        }

        public unsafe void Complete()
        {
            foreach (var (number, values, own) in _begun)
            {
                float[][] all = ranks.Meet("gradients", number, rank, own, Patience);
                for (int i = 0; i < own.Length; i++)
                {
                    float sum = 0;
                    foreach (float[] of in all) sum += of[i];
                    ((float*)values)[i] = sum;
                }
            }

            _begun.Clear();
        }

        public void Fail(Exception reason)
        {
            lock (ranks._gate)
            {
                ranks._failure ??= reason;
                Monitor.PulseAll(ranks._gate);
            }
        }

        private int Next(string channel) => _calls[channel] = _calls.GetValueOrDefault(channel) + 1;
    }
}
