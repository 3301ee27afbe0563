using System.Reflection;

namespace ConvNeXt.Benchmarks.Fuzzing.Inputs;

/// <summary>One kind of file that is damaged and read: how input number N is made, how it is read, and which errors are right.</summary>
internal abstract class FuzzTarget(int seed)
{
    /// <summary>Makes an input. The same seed and index give the same input.</summary>
    public byte[] Create(int index) => Create(index, new Random(unchecked((seed + index) * -1640531527))); // Knuth's multiplier: neighbors differ

    /// <summary>Reads an input; throws where it is refused.</summary>
    public abstract void Read(byte[] input);

    /// <summary>Whether an exception is one that the documentation names for damaged files.</summary>
    public abstract bool IsRefusal(Exception exception);

    /// <summary>The type of an exception, with the type of the one that it wraps.</summary>
    public static string FindName(Exception exception) =>
        exception is TargetInvocationException { InnerException: { } inner } ? $"{exception.GetType().Name}({inner.GetType().Name})" : exception.GetType().Name;

    /// <summary>Extension of a file that keeps an input.</summary>
    public abstract string FindExtension(byte[] input);

    protected abstract byte[] Create(int index, Random random);
}
