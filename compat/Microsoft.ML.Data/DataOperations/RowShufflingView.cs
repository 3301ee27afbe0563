using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Shuffles rows through a pool: each step draws one row of the pool and lets the next row of the source in, so a row moves at most a pool's
/// size forwards. The source is shuffled too where it can be. Every cursor without a generator of its own gives the same order.
/// </summary>
internal sealed class RowShufflingView : IDataView
{
    private readonly IHost _host;
    private readonly IDataView _source;
    private readonly int _poolSize;
    private readonly bool _shuffleSource;
    private readonly int _seed;

    public RowShufflingView(IHostEnvironment env, IDataView source, int poolSize, bool shuffleSource, int? seed)
    {
        _host = env.Register("Shuffle");
        _source = ColumnSubsetView.Where(_host, source, column => ValueCopier.CanCopy(column.Type));
        _poolSize = poolSize;
        _shuffleSource = shuffleSource;
        _seed = seed ?? (_host.Rand is TauswortheHybrid random ? random.NextSigned() : _host.Rand.Next());
    }

    public DataViewSchema Schema => _source.Schema;

    public bool CanShuffle => true;

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        Random random = rand ?? RandomUtils.Create(_seed);

        // The source's generator is drawn first, whether or not the source can shuffle: the pool's draws follow from it.
        Random? sourceRandom = _shuffleSource ? RandomUtils.Create(random) : null;
        DataViewRowCursor input = _source.GetRowCursor(columnsNeeded, sourceRandom);
        return _poolSize == 1 ? input : new Cursor(_host, input, _poolSize, random);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    /// <summary>The pool is a ring of slots: the drawn row is swapped to the head, handed out there, and its slot filled again on the next step.</summary>
    private sealed class Cursor : RootCursorBase
    {
        private readonly DataViewRowCursor _input;
        private readonly Random _random;
        private readonly RowSlot?[] _columns;
        private readonly RowSlot<DataViewRowId> _ids;
        private readonly int[] _ring;
        private int _head = -1;
        private int _count;
        private bool _sourceEnded;

        public Cursor(IHost host, DataViewRowCursor input, int poolSize, Random random)
            : base(host)
        {
            _input = input;
            _random = random;
            _ring = [.. Enumerable.Range(0, poolSize)];
            _columns = [.. input.Schema.Select(column => input.IsColumnActive(column) ? RowSlot.Create(input, column) : null)];
            _ids = new RowSlot<DataViewRowId>(input.GetIdGetter());
        }

        public override DataViewSchema Schema => _input.Schema;

        public override long Batch => 0;

        private int CurrentSlot => IsGood ? _ring[_head] : throw Ch.Except(RowCursorUtils.FetchValueStateError);

        public override bool IsColumnActive(DataViewSchema.Column column) => _columns[column.Index] != null;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            RowSlot slots = _columns[column.Index] ?? throw Ch.ExceptParam(nameof(column), $"Column '{column.Name}' was not requested from this row.");
            if (slots is not RowSlot<TValue> typed)
                throw Ch.Except($"Column '{column.Name}' has values of type '{column.Type.RawType}' and cannot be read as '{typeof(TValue)}'.");
            return (ref TValue value) => typed.Fetch(CurrentSlot, ref value);
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => _ids.Fetch(CurrentSlot, ref id);

        protected override bool MoveNextCore()
        {
            if (_head >= 0)
                _count--;
            _head = (_head + 1) % _ring.Length;
            while (_count < _ring.Length && !_sourceEnded)
                FillTail();
            if (_count == 0)
                return false;

            int drawn = (_head + _random.Next(_count)) % _ring.Length;
            (_ring[_head], _ring[drawn]) = (_ring[drawn], _ring[_head]);
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _input.Dispose();
            base.Dispose(disposing);
        }

        private void FillTail()
        {
            if (!_input.MoveNext())
            {
                _sourceEnded = true;
                return;
            }

            int slot = _ring[(_head + _count++) % _ring.Length];
            foreach (RowSlot? column in _columns)
                column?.Fill(slot);
            _ids.Fill(slot);
        }
    }
}
