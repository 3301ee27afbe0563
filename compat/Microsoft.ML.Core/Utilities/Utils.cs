using System.Reflection;

namespace Microsoft.ML.Internal.Utilities;

internal static class Utils
{
    public static int Size<T>(T[]? x) => x?.Length ?? 0;

    public static int Size(string? x) => x?.Length ?? 0;

    /// <summary>A flag per column: whether it is among the needed ones.</summary>
    public static bool[] BuildArray(int length, IEnumerable<DataViewSchema.Column> columnsNeeded)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var active = new bool[length];
        foreach (var column in columnsNeeded)
            if (column.Index < length) active[column.Index] = true;
        return active;
    }

    /// <summary>
    /// Calls a generic method for a type known only at run time. <paramref name="func"/> is the method closed over any type, which also says the
    /// instance: <c>MarshalInvoke&lt;Delegate&gt;(MakeGetter&lt;int&gt;, type, row, column)</c>. Exceptions come out as they are.
    /// </summary>
    public static TResult MarshalInvoke<TResult>(Delegate func, Type genArg, params object?[] args)
        => (TResult)func.Method.GetGenericMethodDefinition().MakeGenericMethod(genArg).Invoke(func.Target, BindingFlags.DoNotWrapExceptions, null, args, null)!;
}
