using System.Text;

namespace ConvNeXt.Backbone.Training.Distributed;

/// <summary>Texts and numbers that ranks tell each other.</summary>
internal static class RankTexts
{
    /// <summary>Returns the text of one rank to all.</summary>
    public static string Broadcast(IRankGroup ranks, string text, int root = 0)
    {
        if (ranks.Size == 1) return text;
        byte[] bytes = ranks.Rank == root ? Encoding.UTF8.GetBytes(text) : [];
        var length = new byte[sizeof(int)];
        BitConverter.TryWriteBytes(length, bytes.Length);
        ranks.Broadcast(length, root);
        if (ranks.Rank != root) bytes = new byte[BitConverter.ToInt32(length)];
        ranks.Broadcast(bytes, root);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Returns the number of rank 0 to all; those of the others do not count.</summary>
    public static long Share(IRankGroup ranks, long number)
    {
        byte[] bytes = BitConverter.GetBytes(number);
        ranks.Broadcast(bytes, 0);
        return BitConverter.ToInt64(bytes);
    }

    /// <summary>Returns the texts of all ranks to all.</summary>
    public static string[] Gather(IRankGroup ranks, string text)
    {
        var all = new string[ranks.Size];
        for (int rank = 0; rank < all.Length; rank++) all[rank] = Broadcast(ranks, text, rank);
        return all;
    }
}
