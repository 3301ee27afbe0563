using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Images;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>
/// Adds the network's columns to single rows, each computed when it is asked for: what a PredictionEngine uses. Making one costs next to nothing.
/// </summary>
internal sealed class ScoredRowMapper(IHost host, OutputBindings bindings, ImageScorer scorer) : IRowToRowMapper
{
    public DataViewSchema InputSchema => bindings.Source;

    public DataViewSchema OutputSchema => bindings.Schema;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        bool[] active = bindings.FindActive(dependingColumns);
        if (bindings.NeedsNetwork(active)) active[bindings.ImageColumn.Index] = true;
        return bindings.FindSourceColumns(active);
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (!ReferenceEquals(input.Schema, InputSchema))
            throw new ArgumentException("The row is of another schema than the one that this mapper was made for.", nameof(input));
        return new Row(host, bindings, scorer, input, bindings.FindActive(activeColumns));
    }

    private sealed class Row : DataViewRow
    {
        private readonly IHost _host;
        private readonly OutputBindings _bindings;
        private readonly ImageScorer _scorer;
        private readonly DataViewRow _input;
        private readonly bool[] _active;
        private readonly Delegate?[] _getters;
        private readonly Func<ImageReference>? _read;
        private readonly float[] _vector;
        private long _computedPosition = -1;
        private bool _disposed;

        public Row(IHost host, OutputBindings bindings, ImageScorer scorer, DataViewRow input, bool[] active)
        {
            (_host, _bindings, _scorer, _input, _active) = (host, bindings, scorer, input, active);
            bool computes = bindings.NeedsNetwork(active);
            _vector = computes ? new float[scorer.VectorLength] : [];
            _read = computes ? ImageColumn.CreateReader(input, bindings.ImageColumn, scorer.ImageFolder, scorer.Decoding) : null;
            _getters = bindings.CreateGetters(active, Compute);
        }

        public override DataViewSchema Schema => _bindings.Schema;

        public override long Position => _input.Position;

        public override long Batch => _input.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < _active.Length && _active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _bindings.FindGetter<TValue>(column, _input, _active, _getters);

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_disposed)
            {
                _disposed = true;
                _input.Dispose();
            }
            base.Dispose(disposing);
        }

        // Every column of the row asks for the same vector, so it is kept until the row's position changes; never beyond a failure.
        private ReadOnlySpan<float> Compute()
        {
            long position = _input.Position;
            if (position < 0) throw OutputBindings.NotOnARow();
            if (position == _computedPosition) return _vector;
            _computedPosition = -1;
            try
            {
                _scorer.Run(_read!(), _vector);
            }
            catch (UnreadableImageException e)
            {
                _vector.AsSpan().Fill(float.NaN);
                using IChannel channel = _host.Start("Scoring images");
                channel.Warning(MessageSensitivity.UserData, "{0} The row gets NaN and a missing label.", e.Message);
            }
            _computedPosition = position;
            return _vector;
        }
    }
}
