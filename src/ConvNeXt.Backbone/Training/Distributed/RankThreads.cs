namespace ConvNeXt.Backbone.Training.Distributed;

/// <summary>Divides the processors of a machine among the ranks on it.</summary>
internal static class RankThreads
{
    private const string ProcessStatus = "/proc/self/status", Allowed = "Cpus_allowed_list:";

    /// <summary>
    /// Returns the number of threads for this rank: ranks that may run on the same processors share them; a rank that its launcher bound to processors of its
    /// own has all of those.
    /// </summary>
    public static int Find(IRankGroup ranks)
    {
        if (ranks.Size == 1) return Environment.ProcessorCount;
        string place = $"{Environment.MachineName} {FindAllowedProcessors()}";
        int sharers = RankTexts.Gather(ranks, place).Count(other => other == place);
        return Math.Max(1, Environment.ProcessorCount / sharers);
    }

    private static string FindAllowedProcessors()
    {
        try
        {
            return File.ReadLines(ProcessStatus).FirstOrDefault(line => line.StartsWith(Allowed, StringComparison.Ordinal)) ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // another system: all processors
        }
    }
}
