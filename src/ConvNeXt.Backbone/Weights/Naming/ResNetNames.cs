using System.Globalization;
using System.Text.RegularExpressions;

namespace ConvNeXt.Backbone.Weights.Naming;

/// <summary>
/// Translates the tensor names of ResNets with bottleneck blocks, which torchvision and timm share, to those of the networks of the roadmap. Names that a
/// ResNet does not have stay as they are, so that errors name what is in the file.
/// </summary>
internal static partial class ResNetNames
{
    /// <summary>Returns the name of a tensor in this library.</summary>
    public static string OfficialName(string name)
    {
        if (Block().Match(name) is { Success: true } block)
        {
            string layer = block.Groups["kind"].Value switch
            {
                "bn" => $"norm{block.Groups["place"].Value}",
                "downsample." => $"shortcut.{block.Groups["place"].Value}",
                _ => $"conv{block.Groups["place"].Value}",
            };
            int stage = int.Parse(block.Groups["stage"].ValueSpan, CultureInfo.InvariantCulture) - 1;
            return $"stages.{stage.ToString(CultureInfo.InvariantCulture)}.{block.Groups["block"].Value}.{layer}.{block.Groups["vector"].Value}";
        }
        if (Ends().Match(name) is not { Success: true } end) return name;
        string official = end.Groups["layer"].Value switch
        {
            "conv1" => "downsample_layers.0.0",
            "bn1" => "downsample_layers.0.1",
            _ => "head",
        };
        return $"{official}.{end.Groups["vector"].Value}";
    }

    [GeneratedRegex(
        @"^layer(?<stage>[1-4])\.(?<block>[0-9]{1,4})\.(?<kind>conv|bn|downsample\.)(?<place>[0-3])\.(?<vector>weight|bias|running_mean|running_var)$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Block();

    [GeneratedRegex(@"^(?<layer>conv1|bn1|fc)\.(?<vector>weight|bias|running_mean|running_var)$", RegexOptions.CultureInvariant)]
    private static partial Regex Ends();
}
