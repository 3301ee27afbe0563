namespace ConvNeXt.Pretraining.Teacher;

/// <summary>The statistics of all three kinds of targets, kept in a file beside the shards that were made with them.</summary>
internal sealed record TargetStatistics(ChannelStatistics Pooled, ChannelStatistics Map, ChannelStatistics Hint)
{
    public static TargetStatistics Read(string file)
    {
        using var reader = new BinaryReader(File.OpenRead(file));
        return new TargetStatistics(ChannelStatistics.Read(reader), ChannelStatistics.Read(reader), ChannelStatistics.Read(reader));
    }

    public void Write(string file)
    {
        using (var writer = new BinaryWriter(File.Create($"{file}.tmp")))
        {
            Pooled.Write(writer);
            Map.Write(writer);
            Hint.Write(writer);
        }

        File.Move($"{file}.tmp", file, overwrite: true);
    }
}
