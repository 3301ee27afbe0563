using ConvNeXt.Backbone.Training.Checkpoints;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Training;

/// <summary>Gives each run of one trainer files of its own: the first run the ones of the options, the others ones with a number.</summary>
internal static class NumberedFiles
{
    /// <summary>Returns the path of a file for a run, counted from 1.</summary>
    public static string? Of(string? file, int run) => file is null || run == 1
        ? file
        : Path.Join(Path.GetDirectoryName(file), Invariant($"{Path.GetFileNameWithoutExtension(file)}-{run}{Path.GetExtension(file)}"));

    /// <summary>Returns the checkpoint options for a run, counted from 1.</summary>
    public static CheckpointOptions? Of(CheckpointOptions? checkpoints, int run) => checkpoints is null || run == 1
        ? checkpoints
        : checkpoints with { Folder = Invariant($"{Path.TrimEndingDirectorySeparator(checkpoints.Folder)}-{run}") };
}
