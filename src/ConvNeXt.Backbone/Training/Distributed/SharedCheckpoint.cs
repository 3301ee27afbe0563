using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Loop;

namespace ConvNeXt.Backbone.Training.Distributed;

/// <summary>Lets all ranks resume from the checkpoint of rank 0, whose folder the others may not see.</summary>
internal static class SharedCheckpoint
{
    private const int PieceBytes = 1 << 24;

    /// <summary>Restores engine and progress of this rank.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="checkpoints">The checkpoints of rank 0; null if it writes none, and on the other ranks.</param>
    /// <param name="options">Their options; null if rank 0 writes none.</param>
    /// <param name="config">The network.</param>
    /// <param name="training">The training options.</param>
    /// <param name="resume">Resumes from a folder that has the checkpoint.</param>
    /// <returns>A message for the log; null if there is no checkpoint.</returns>
    /// <exception cref="CheckpointMismatchException">The checkpoint is from another run, and the differences are not accepted; thrown on all ranks.</exception>
    public static string? Resume(
        IRankGroup ranks, Checkpointer? checkpoints, CheckpointOptions? options, ConvNeXtConfig config, TrainingOptions training,
        Func<Checkpointer, string?> resume)
    {
        Span<double> about = [ranks.Rank == 0 && checkpoints?.LastGood is not null ? 1 : 0, ranks.Rank == 0 && options?.AcceptChanges == true ? 1 : 0];
        ranks.Sum(about);
        if (about[0] == 0) return checkpoints is null ? null : resume(checkpoints); // notes the identity
        if (ranks.Rank == 0)
        {
            Send(ranks, checkpoints!.LastGood!);
            return resume(checkpoints);
        }

        string folder = Directory.CreateTempSubdirectory("convnext-rank-").FullName;
        try
        {
            var copy = new CheckpointOptions { Folder = folder, Resume = true, AcceptChanges = about[1] > 0 };
            Receive(ranks, copy.Path);
            using var received = new Checkpointer(copy, config, training, new OptionalWrite(Retry.None, _ => { }));
            return resume(received);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Send(IRankGroup ranks, string path)
    {
        using var file = File.OpenRead(path);
        RankTexts.Share(ranks, file.Length);
        byte[] piece = new byte[PieceBytes];
        for (long sent = 0; sent < file.Length; sent += PieceBytes)
        {
            Span<byte> next = piece.AsSpan(0, (int)Math.Min(PieceBytes, file.Length - sent));
            file.ReadExactly(next);
            ranks.Broadcast(next, 0);
        }
    }

    private static void Receive(IRankGroup ranks, string path)
    {
        long total = RankTexts.Share(ranks, 0);
        using var file = File.Create(path);
        byte[] piece = new byte[PieceBytes];
        for (long received = 0; received < total; received += PieceBytes)
        {
            Span<byte> next = piece.AsSpan(0, (int)Math.Min(PieceBytes, total - received));
            ranks.Broadcast(next, 0);
            file.Write(next);
        }
    }
}
