using System.Text.RegularExpressions;

namespace ConvNeXt.Backbone.Weights.Hub;

/// <summary>A model on the Hugging Face hub, such as <c>timm/convnext_tiny.fb_in22k</c>, optionally with a revision: <c>owner/name@revision</c>.</summary>
/// <param name="Repository">Owner and name.</param>
/// <param name="Revision">Branch, tag or commit.</param>
internal sealed partial record HubModelId(string Repository, string Revision)
{
    /// <summary>The file that is downloaded: the name that the hub uses for weights in a single safetensors file.</summary>
    internal const string FileName = "model.safetensors";

    private static readonly string[] WeightExtensions = [".safetensors", ".pth", ".pt", ".bin", ".ckpt", ".onnx"];

    /// <summary>Returns whether a text can be a model id: two names separated by a slash, without the file extension of weights.</summary>
    internal static bool TryParse(string text, out HubModelId id)
    {
        Match match = Pattern().Match(text);
        id = new HubModelId(match.Groups["repository"].Value, match.Groups["revision"] is { Success: true, Value: var revision } ? revision : "main");
        return match.Success && !text.Contains("..", StringComparison.Ordinal)
            && !WeightExtensions.Any(extension => text.EndsWith(extension, StringComparison.OrdinalIgnoreCase));
    }

    /// <inheritdoc/>
    public override string ToString() => Revision == "main" ? Repository : $"{Repository}@{Revision}";

    [GeneratedRegex(@"^(?<repository>[A-Za-z0-9][A-Za-z0-9_.-]{0,95}/[A-Za-z0-9][A-Za-z0-9_.-]{0,95})(@(?<revision>[A-Za-z0-9][A-Za-z0-9_.-]{0,95}))?$")]
    private static partial Regex Pattern();
}
