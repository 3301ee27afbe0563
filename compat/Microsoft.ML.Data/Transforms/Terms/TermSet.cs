namespace Microsoft.ML.Transforms;

/// <summary>Distinct terms with their places, in the order in which they were added until <see cref="Sort"/>.</summary>
internal sealed class TermSet<T>(TermType<T> type)
{
    private readonly List<T> _terms = [];
    private readonly Dictionary<Wrapped, int> _places = new(new WrappedComparer(type.Equality));

    public IReadOnlyList<T> Terms => _terms;

    /// <summary>Adds a term, unless it is there already or is a missing value.</summary>
    public bool TryAdd(T term)
    {
        if (type.IsMissing(term) || _places.ContainsKey(new Wrapped(term))) return false;
        term = type.Keep(term);
        _places.Add(new Wrapped(term), _terms.Count);
        _terms.Add(term);
        return true;
    }

    /// <summary>The place of a term counted from 1, or 0 where it is unknown.</summary>
    public uint Find(T term) => _places.TryGetValue(new Wrapped(term), out int place) ? (uint)place + 1 : 0;

    public void Sort()
    {
        _terms.Sort(type.Order);
        for (int i = 0; i < _terms.Count; i++) _places[new Wrapped(_terms[i])] = i;
    }

    /// <summary>A term as a dictionary key, which may not be of an unconstrained type parameter.</summary>
    private readonly record struct Wrapped(T Term);

    private sealed class WrappedComparer(IEqualityComparer<T> inner) : IEqualityComparer<Wrapped>
    {
        public bool Equals(Wrapped x, Wrapped y) => inner.Equals(x.Term, y.Term);

        public int GetHashCode(Wrapped wrapped) => inner.GetHashCode(wrapped.Term!);
    }
}
