using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ConvNeXt.Backbone.Training.Checkpoints;

namespace ConvNeXt.MLNet.Tuning.Search;

/// <summary>
/// The journal of a search, a file with one JSON object a line. A line is on the disk before the search goes on, so a search that was killed is continued from
/// its lines. A last line that was not written to its end is removed.
/// </summary>
internal sealed class SearchJournal : IDisposable
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "journal.jsonl";

    // A search of thousands of trials on thousands of images stays far below.
    private const long LargestFile = 1L << 30;

    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter<JournalEvent>(JsonNamingPolicy.CamelCase) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly FileStream? _file;

    private SearchJournal(FileStream? file, ImmutableArray<JournalLine> lines) => (_file, Lines) = (file, lines);

    /// <summary>The lines that were there when it was opened, without the first one.</summary>
    public ImmutableArray<JournalLine> Lines { get; }

    /// <summary>Opens or creates the journal of a folder.</summary>
    /// <param name="folder">The folder, created if it does not exist; null for a journal that is not written.</param>
    /// <param name="resume">Whether an existing journal is continued; otherwise it is refused.</param>
    /// <param name="identity">Options, network and data of the search.</param>
    /// <exception cref="InvalidOperationException">The journal is of another search, or exists and is not to be continued.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="IOException">It cannot be written, or another search uses it.</exception>
    public static SearchJournal Open(string? folder, bool resume, ImmutableSortedDictionary<string, string> identity)
    {
        if (folder is null) return new SearchJournal(null, []);
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, FileName);
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            if (file.Length > 0 && !resume)
            {
                throw new InvalidOperationException(
                    $"'{path}' already is the journal of a search. Set {nameof(TuningOptions.Resume)} to continue it, or use another folder.");
            }
            ImmutableArray<JournalLine> lines = Read(file, path);
            if (!lines.IsEmpty) CheckIdentity(path, lines[0], identity);
            var journal = new SearchJournal(file, lines.IsEmpty ? [] : lines.RemoveAt(0));
            if (lines.IsEmpty) journal.Append(new JournalLine { Event = JournalEvent.Search, Version = JournalLine.CurrentVersion, Identity = identity });
            return journal;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Adds a line and waits until it is on the disk.</summary>
    public void Append(JournalLine line)
    {
        if (_file is null) return;
        _file.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(line, _json) + "\n"));
        _file.Flush(flushToDisk: true);
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private static ImmutableArray<JournalLine> Read(FileStream file, string path)
    {
        if (file.Length > LargestFile) throw new InvalidDataException($"'{path}' has {file.Length} bytes; a journal has at most {LargestFile}.");
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var lines = ImmutableArray.CreateBuilder<JournalLine>();
        int start = 0, end;
        while ((end = Array.IndexOf(bytes, (byte)'\n', start)) >= 0)
        {
            lines.Add(Parse(bytes.AsSpan(start, end - start), path, lines.Count + 1));
            start = end + 1;
        }
        file.SetLength(start); // what follows the last line break is a line that was not written to its end
        file.Position = start;
        return lines.ToImmutable();
    }

    private static JournalLine Parse(ReadOnlySpan<byte> text, string path, int number)
    {
        try
        {
            var line = JsonSerializer.Deserialize<JournalLine>(text, _json);
            if (line is { IsComplete: true } && (line.Event == JournalEvent.Search) == (number == 1)) return line;
        }
        catch (JsonException)
        {
            // Reported below, as a line that is JSON but lacks something.
        }
        throw new InvalidDataException($"Line {number} of '{path}' is damaged. Remove it and those after it to continue from there.");
    }

    private static void CheckIdentity(string path, JournalLine first, ImmutableSortedDictionary<string, string> identity)
    {
        if (first.Version != JournalLine.CurrentVersion)
        {
            throw new InvalidOperationException(
                $"'{path}' has version {first.Version}; this library continues searches of version {JournalLine.CurrentVersion}.");
        }
        ImmutableArray<string> differences = RunIdentity.Compare(identity, first.Identity!);
        if (!differences.IsEmpty) throw new InvalidOperationException($"'{path}' is of another search: {string.Join("; ", differences)}.");
    }
}
