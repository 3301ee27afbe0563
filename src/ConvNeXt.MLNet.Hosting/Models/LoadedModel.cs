using ConvNeXt.MLNet.Scoring;

namespace ConvNeXt.MLNet.Hosting.Models;

/// <summary>
/// A verified model with a count of its users: the store while it is the current one, and each request. The last one to leave disposes it, so that a replaced
/// model is freed when its last request is done, and no request ever sees two models.
/// </summary>
internal sealed class LoadedModel(
    string version, IReadOnlyList<string> labels, ImageScorer scorer, int lanes, ConvNeXtClassificationTransformer classifier, IDisposable transformer)
{
    private int _users = 1;

    public string Version { get; } = version;

    public IReadOnlyList<string> Labels { get; } = labels;

    public ImageScorer Scorer { get; } = scorer;

    /// <summary>Number of batches that are computed at a time: a few more than there are cores, or one on a GPU, which is faster with larger ones.</summary>
    public int Lanes { get; } = lanes;

    public ConvNeXtClassificationTransformer Classifier { get; } = classifier;

    /// <summary>Whether its network is in memory.</summary>
    public bool IsOpen => Classifier.Network.IsOpen;

    /// <summary>Adds a user.</summary>
    /// <returns>False if the last user has left already.</returns>
    public bool TryEnter()
    {
        for (int users = Volatile.Read(ref _users); users > 0;)
        {
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users) return true;
            users = seen;
        }
        return false;
    }

    /// <summary>Removes a user.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0) transformer.Dispose();
    }
}
