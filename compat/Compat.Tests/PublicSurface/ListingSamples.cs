namespace Compat.Tests.PublicSurface.ListingSamples;

#pragma warning disable CA1051, CA1716 // fields and names that the listing must be able to spell

public enum Level : byte
{
    Low = 1,
    High = 4,
}

public interface ISource<out T>
    where T : class
{
    T? Current { get; }

    bool TryRead(out int count, params string[] names);
}

public abstract class Closed
{
    private protected Closed()
    {
    }

    public virtual double Weight { get; protected set; }
}

public sealed class Sample<T> : Closed, ISource<string>, IDisposable
    where T : class, new()
{
    public readonly int Count = 1;

    public string? Current => null;

    public override double Weight { get => 1; protected set { } }

    public int this[string name] => name.Length;

    public void Dispose()
    {
    }

    public bool TryRead(out int count, params string[] names) => (count = names.Length) > 0;

    public static TItem? Pick<TItem>(
        ref TItem item, Level level = Level.High, float rate = 0.01f, int? limit = null, string name = "Label", TItem? fallback = default)
        where TItem : IComparable<TItem> => fallback;

    public readonly struct Inner
    {
        public Inner(ReadOnlyMemory<char>[] texts) => Length = texts.Length;

        public int Length { get; }
    }
}

internal static class Samples
{
    private const string Space = "Compat.Tests.PublicSurface.ListingSamples";

    public static string[] Expected { get; } =
    [
        $"T public enum {Space}.Level : byte",
        $"M {Space}.Level.High = 4",
        $"T public interface {Space}.ISource<out T> where T : class",
        $"M {Space}.ISource<T>.Current: public abstract T Current {{ get; }}",
        $"M {Space}.ISource<T>.TryRead: bool TryRead(out int count, params string[] names)",
        $"T public abstract class {Space}.Closed // cannot be derived outside (non-public constructor or abstract member)",
        $"M {Space}.Closed.Weight: public virtual double Weight {{ get; protected set; }}",
        $"T public sealed class {Space}.Sample<T> : {Space}.Closed, {Space}.ISource<string>, System.IDisposable where T : class, new()",
        $"M {Space}.Sample<T>.ctor: public Sample()",
        $"M {Space}.Sample<T>.Count: public readonly int Count",
        $"M {Space}.Sample<T>.Weight: public override double Weight {{ get; protected set; }}",
        $"M {Space}.Sample<T>.Item: public int this[string name] {{ get; }}",
        $"M {Space}.Sample<T>.Dispose: public void Dispose()",
        $"M {Space}.Sample<T>.Pick: public static TItem Pick<TItem>(ref TItem item, {Space}.Level level = {Space}.Level.High, float rate = 0.01f, "
            + "int? limit = null, string name = \"Label\", TItem fallback = default) where TItem : System.IComparable<TItem>",
        $"T public readonly struct {Space}.Sample<T>.Inner where T : class, new()",
        $"M {Space}.Sample<T>.Inner.ctor: public Inner(System.ReadOnlyMemory<char>[] texts)",
    ];
}
