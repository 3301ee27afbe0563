using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ConvNeXt.Cli.Files;

namespace ConvNeXt.Cli.Sharding;

/// <summary>
/// What a part of predictions is, as it is written at the beginning of its file: so that <c>merge</c> knows which parts belong together and which one is
/// missing, and a shard that is started again knows whether it is finished.
/// </summary>
/// <param name="Shard">The number of the part, from 1.</param>
/// <param name="Shards">How many parts there are.</param>
/// <param name="Images">The number of images of this part.</param>
/// <param name="AllImages">The number of images of all parts.</param>
/// <param name="List">A hash of the paths of all images.</param>
/// <param name="Model">A hash of the model file.</param>
/// <param name="Top">Number of most likely labels per image.</param>
/// <param name="Threshold">The least probability of a label; null for none.</param>
/// <param name="Int8">Whether it was computed with 8-bit products.</param>
internal sealed record PartDescription(
    int Shard, int Shards, int Images, int AllImages, string List, string Model, int Top, double? Threshold, bool Int8)
{
    private const int HashLength = 16;

    /// <summary>Describes a part.</summary>
    /// <param name="shard">Which part.</param>
    /// <param name="all">The paths of the images of all parts, in order.</param>
    /// <param name="model">The model file.</param>
    /// <param name="top">Number of most likely labels per image.</param>
    /// <param name="threshold">The least probability of a label.</param>
    public static PartDescription Create(Shard shard, IReadOnlyList<string> all, ModelChoice model, int top, double? threshold)
    {
        using FileStream file = File.OpenRead(model.Path);
        string list = Hash(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', all.Select(path => path.Replace('\\', '/'))))));
        return new PartDescription(shard.Index, shard.Count, all.Count(shard.Contains), all.Count, list, Hash(SHA256.HashData(file)), top, threshold, model.Int8);
    }

    /// <summary>Parses what <see cref="ToJson"/> returns; null if it is something else.</summary>
    public static PartDescription? Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, PartJson.Default.PartDescription) is { List: not null, Model: not null, Shards: > 0 } part
                && part.Shard >= 1 && part.Shard <= part.Shards ? part : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The description as one line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, PartJson.Default.PartDescription);

    /// <summary>Returns in what another part differs that has to be equal, such as "models"; null if the two belong together.</summary>
    public string? FindDifference(PartDescription other) =>
        Model != other.Model ? "models"
        : Shards != other.Shards ? "numbers of shards"
        : List != other.List || AllImages != other.AllImages ? "lists of images"
        : Top != other.Top || Threshold != other.Threshold || Int8 != other.Int8 ? "values of --top, --threshold or --int8"
        : null;

    private static string Hash(byte[] hash) => Convert.ToHexStringLower(hash)[..HashLength];
}
