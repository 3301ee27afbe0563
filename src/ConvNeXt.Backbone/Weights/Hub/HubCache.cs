namespace ConvNeXt.Backbone.Weights.Hub;

/// <summary>
/// The cache layout of the Hugging Face tools, so that both find each other's downloads: <c>models--OWNER--NAME/</c> with <c>refs/REVISION</c> (a commit),
/// <c>snapshots/COMMIT/FILE</c> (a link) and <c>blobs/SHA256</c> (the bytes). Several processes may use it at the same time.
/// </summary>
/// <param name="folder">The cache folder.</param>
/// <param name="id">The model.</param>
/// <param name="createLink">Creates a symbolic link from its path and its target; null for that of the system.</param>
internal sealed class HubCache(string folder, HubModelId id, Action<string, string>? createLink = null)
{
    private readonly Action<string, string> _createLink = createLink ?? (static (path, target) => File.CreateSymbolicLink(path, target));
    private readonly string _model = Path.Combine(folder, "models--" + id.Repository.Replace("/", "--", StringComparison.Ordinal));

    /// <summary>Returns the path of the model's file in the cache, or null.</summary>
    internal string? Find()
    {
        string reference = Path.Combine(_model, "refs", id.Revision);
        string commit = File.Exists(reference) ? File.ReadAllText(reference).Trim() : id.Revision;
        if (commit.Length == 0 || commit.AsSpan().ContainsAnyExcept(CommitCharacters)) return null;
        string file = SnapshotPath(commit);
        return IsThere(file) ? file : null;
    }

    /// <summary>Path of a file's content, by its SHA-256.</summary>
    internal string BlobPath(string sha256) => Path.Combine(_model, "blobs", sha256);

    /// <summary>Path of the file that a process holds open while it downloads a content; where the Hugging Face tools have theirs.</summary>
    internal string LockPath(string sha256) => Path.Combine(folder, ".locks", Path.GetFileName(_model), sha256 + ".lock");

    /// <summary>Returns the path of a complete content, or null: the blob, or the snapshot that it was moved to where links cannot be created.</summary>
    /// <param name="sha256">SHA-256 of the content.</param>
    /// <param name="length">Its length in bytes.</param>
    internal string? FindContent(string sha256, long length)
    {
        string blob = BlobPath(sha256), note = MovedPath(sha256);
        if (File.Exists(blob)) return blob;
        if (!File.Exists(note)) return null;
        string commit = File.ReadAllText(note).Trim();
        if (commit.Length == 0 || commit.AsSpan().ContainsAnyExcept(CommitCharacters)) return null;
        var moved = new FileInfo(SnapshotPath(commit));
        return moved.Exists && moved.Length == length ? moved.FullName : null;
    }

    internal string SnapshotPath(string commit) => Path.Combine(_model, "snapshots", commit, HubModelId.FileName);

    /// <summary>Makes a complete blob available under its commit and revision.</summary>
    internal string Publish(string sha256, string commit)
    {
        string snapshot = SnapshotPath(commit);
        Directory.CreateDirectory(Path.GetDirectoryName(snapshot)!);
        if (!IsThere(snapshot)) PutSnapshot(snapshot, sha256);
        string reference = Path.Combine(_model, "refs", id.Revision);
        Directory.CreateDirectory(Path.GetDirectoryName(reference)!);
        string temporary = $"{reference}.{Environment.ProcessId}.new";
        File.WriteAllText(temporary, commit);
        File.Move(temporary, reference, overwrite: true);
        return snapshot;
    }

    // A link whose blob was deleted "exists", too.
    private static bool IsThere(string path)
    {
        var file = new FileInfo(path);
        return file.Exists && (file.LinkTarget is null || file.ResolveLinkTarget(returnFinalTarget: true) is { Exists: true });
    }

    private string MovedPath(string sha256) => BlobPath(sha256) + ".moved";

    private void PutSnapshot(string snapshot, string sha256)
    {
        string blob = BlobPath(sha256);
        try
        {
            if (new FileInfo(snapshot).LinkTarget is not null) File.Delete(snapshot); // its blob was deleted
            if (File.Exists(blob)) _createLink(snapshot, Path.Combine("..", "..", "blobs", sha256));
            else CopyMoved(snapshot, sha256);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (IsThere(snapshot)) return; // another process was faster
            MoveBlob(blob, snapshot, sha256);
        }
    }

    // Windows allows links only for some users. Like the Hugging Face tools, put the file itself there; the note saves a download if another revision has it.
    private void MoveBlob(string blob, string snapshot, string sha256)
    {
        try
        {
            File.Move(blob, snapshot);
            File.WriteAllText(MovedPath(sha256), Path.GetFileName(Path.GetDirectoryName(snapshot)!));
        }
        catch (IOException) when (IsThere(snapshot))
        {
            // Another process was faster.
        }
    }

    private void CopyMoved(string snapshot, string sha256)
    {
        string source = SnapshotPath(File.ReadAllText(MovedPath(sha256)).Trim()), temporary = $"{snapshot}.{Environment.ProcessId}.new";
        File.Copy(source, temporary, overwrite: true);
        File.Move(temporary, snapshot, overwrite: true);
    }

    private static readonly System.Buffers.SearchValues<char> CommitCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");
}
