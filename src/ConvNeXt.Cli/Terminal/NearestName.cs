namespace ConvNeXt.Cli.Terminal;

/// <summary>The name that a misspelled one was probably meant to be.</summary>
internal static class NearestName
{
    /// <summary>Finds the name with the fewest changed, missing, added or exchanged letters; null if none is near.</summary>
    public static string? Find(string given, IEnumerable<string> names)
    {
        (string Name, int Distance) best = names.Select(name => (name, Distance(given, name))).DefaultIfEmpty(("", int.MaxValue)).MinBy(pair => pair.Item2);
        return best.Distance <= Math.Max(2, given.Length / 3) ? best.Name : null;
    }

    /// <summary>The optimal string alignment distance: neighbors that were exchanged count as one change.</summary>
    private static int Distance(string first, string second)
    {
        int[,] distance = new int[first.Length + 1, second.Length + 1];
        for (int i = 0; i <= first.Length; i++) distance[i, 0] = i;
        for (int j = 0; j <= second.Length; j++) distance[0, j] = j;
        for (int i = 1; i <= first.Length; i++)
            for (int j = 1; j <= second.Length; j++)
            {
                int change = first[i - 1] == second[j - 1] ? 0 : 1;
                int least = Math.Min(Math.Min(distance[i - 1, j] + 1, distance[i, j - 1] + 1), distance[i - 1, j - 1] + change);
                bool areExchanged = i > 1 && j > 1 && first[i - 1] == second[j - 2] && first[i - 2] == second[j - 1];
                distance[i, j] = areExchanged ? Math.Min(least, distance[i - 2, j - 2] + 1) : least;
            }
        return distance[first.Length, second.Length];
    }
}
