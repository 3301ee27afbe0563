namespace ConvNeXt.Backbone.Weights.Hub;

/// <summary>
/// The cache layout of the Hugging Face tools, so that both find each other's downloads: <c>models--OWNER--NAME/</c> with <c>refs/REVISION</c> (a commit),
/// <c>snapshots/COMMIT/FILE</c> (a link) and <c>blobs/SHA256</c> (the bytes).
/// </summary>
internal sealed class HubCache(string folder, HubModelId id)
{
    private readonly string _model = Path.Combine(folder, "models--" + id.Repository.Replace("/", "--", StringComparison.Ordinal));

    /// <summary>Returns the path of the model's file in the cache, or null.</summary>
    internal string? Find()
    {
        string reference = Path.Combine(_model, "refs", id.Revision);
        string commit = File.Exists(reference) ? File.ReadAllText(reference).Trim() : id.Revision;
        if (commit.Length == 0 || commit.AsSpan().ContainsAnyExcept(CommitCharacters)) return null;
        string file = SnapshotPath(commit);
        return File.Exists(file) ? file : null;
    }

    /// <summary>Path of a file's content, by its SHA-256.</summary>
    internal string BlobPath(string sha256) => Path.Combine(_model, "blobs", sha256);

    internal string SnapshotPath(string commit) => Path.Combine(_model, "snapshots", commit, HubModelId.FileName);

    /// <summary>Makes a complete blob available under its commit and revision.</summary>
    internal string Publish(string sha256, string commit)
    {
        string snapshot = SnapshotPath(commit);
        Directory.CreateDirectory(Path.GetDirectoryName(snapshot)!);
        if (!File.Exists(snapshot))
        {
            try
            {
                File.CreateSymbolicLink(snapshot, Path.Combine("..", "..", "blobs", sha256));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && !File.Exists(snapshot))
            {
                // Windows allows links only for some users. Like the Hugging Face tools, put the file itself there.
                File.Move(BlobPath(sha256), snapshot);
            }
        }
        string reference = Path.Combine(_model, "refs", id.Revision);
        Directory.CreateDirectory(Path.GetDirectoryName(reference)!);
        string temporary = $"{reference}.{Environment.ProcessId}.new";
        File.WriteAllText(temporary, commit);
        File.Move(temporary, reference, overwrite: true);
        return snapshot;
    }

    private static readonly System.Buffers.SearchValues<char> CommitCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");
}
