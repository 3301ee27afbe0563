namespace Microsoft.ML.Transforms;

/// <summary>The number behind a key value, whatever its raw type: 0 is missing, 1 the first value.</summary>
internal static class KeyIndex
{
    public static ulong Of<TKey>(TKey key) => key switch
    {
        uint value => value,
        byte value => value,
        ushort value => value,
        ulong value => value,
        _ => throw new InvalidOperationException($"A key cannot have the raw type {typeof(TKey).Name}."),
    };
}
