namespace ConvNeXt.MLNet.Hosting.Serving;

/// <summary>The most likely classes.</summary>
internal static class TopClasses
{
    /// <summary>Returns the most likely classes in order; of equal ones the first.</summary>
    /// <param name="scores">The probability of each class.</param>
    /// <param name="labels">Their labels.</param>
    /// <param name="count">Number of classes to return at most, at least 1.</param>
    public static ClassProbability[] Find(ReadOnlySpan<float> scores, IReadOnlyList<string> labels, int count)
    {
        count = Math.Min(count, scores.Length);
        float[] keys = scores.ToArray();
        int[] classes = new int[keys.Length];
        for (int i = 0; i < classes.Length; i++) classes[i] = i;
        // NaN first, so that it does not go unnoticed.
        classes.AsSpan().Sort((a, b) => float.IsNaN(keys[a]) != float.IsNaN(keys[b]) ? float.IsNaN(keys[a]) ? -1 : 1
            : keys[a] != keys[b] && !float.IsNaN(keys[a]) ? keys[b].CompareTo(keys[a]) : a.CompareTo(b));
        var top = new ClassProbability[count];
        for (int i = 0; i < count; i++) top[i] = new ClassProbability(labels[classes[i]], keys[classes[i]]);
        return top;
    }
}
