using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Weights.Naming;

/// <summary>
/// Translates tensor names between the official scheme and those of timm, torchvision and Hugging Face transformers. The weights are the same under each
/// scheme; only the shapes of a few tensors differ, and these are converted, too.
/// </summary>
internal static class NameMap
{
    /// <summary>
    /// Official name, then the name in the other scheme; the first match counts. Parts that the official code does not have keep timm's name.
    /// </summary>
    private static readonly ImmutableDictionary<WeightNaming, ImmutableArray<(NameTemplate Official, NameTemplate Other)>> Tables =
        new Dictionary<WeightNaming, ImmutableArray<(NameTemplate, NameTemplate)>>
        {
            [WeightNaming.Timm] = Table(
                ("downsample_layers.0.{i}.{p}", "stem.{i}.{p}"),
                ("downsample_layers.{s}.{i}.{p}", "stages.{s}.downsample.{i}.{p}"),
                ("stages.{s}.{b}.dwconv.{p}", "stages.{s}.blocks.{b}.conv_dw.{p}"),
                ("stages.{s}.{b}.norm.{p}", "stages.{s}.blocks.{b}.norm.{p}"),
                ("stages.{s}.{b}.pwconv1.{p}", "stages.{s}.blocks.{b}.mlp.fc1.{p}"),
                ("stages.{s}.{b}.pwconv2.{p}", "stages.{s}.blocks.{b}.mlp.fc2.{p}"),
                ("stages.{s}.{b}.gamma", "stages.{s}.blocks.{b}.gamma"),
                ("stages.{s}.{b}.grn.gamma", "stages.{s}.blocks.{b}.mlp.grn.weight"),
                ("stages.{s}.{b}.grn.beta", "stages.{s}.blocks.{b}.mlp.grn.bias"),
                ("norm.{p}", "head.norm.{p}"),
                ("norm_pre.{p}", "norm_pre.{p}"),
                ("head.pre_logits.fc.{p}", "head.pre_logits.fc.{p}"),
                ("head.{p}", "head.fc.{p}")),
            [WeightNaming.Torchvision] = Table(
                ("downsample_layers.0.{i}.{p}", "features.0.{i}.{p}"),
                ("downsample_layers.{s}.{i}.{p}", "features.{2s}.{i}.{p}"),
                ("stages.{s}.{b}.dwconv.{p}", "features.{2s+1}.{b}.block.0.{p}"),
                ("stages.{s}.{b}.norm.{p}", "features.{2s+1}.{b}.block.2.{p}"),
                ("stages.{s}.{b}.pwconv1.{p}", "features.{2s+1}.{b}.block.3.{p}"),
                ("stages.{s}.{b}.pwconv2.{p}", "features.{2s+1}.{b}.block.5.{p}"),
                ("stages.{s}.{b}.gamma", "features.{2s+1}.{b}.layer_scale"),
                ("norm.{p}", "classifier.0.{p}"),
                ("head.{p}", "classifier.2.{p}")),
            [WeightNaming.HuggingFace] = Table(
                ("downsample_layers.0.0.{p}", "embeddings.patch_embeddings.{p}"),
                ("downsample_layers.0.1.{p}", "embeddings.layernorm.{p}"),
                ("downsample_layers.{s}.{i}.{p}", "encoder.stages.{s}.downsampling_layer.{i}.{p}"),
                ("stages.{s}.{b}.dwconv.{p}", "encoder.stages.{s}.layers.{b}.dwconv.{p}"),
                ("stages.{s}.{b}.norm.{p}", "encoder.stages.{s}.layers.{b}.layernorm.{p}"),
                ("stages.{s}.{b}.pwconv1.{p}", "encoder.stages.{s}.layers.{b}.pwconv1.{p}"),
                ("stages.{s}.{b}.pwconv2.{p}", "encoder.stages.{s}.layers.{b}.pwconv2.{p}"),
                ("stages.{s}.{b}.gamma", "encoder.stages.{s}.layers.{b}.layer_scale_parameter"),
                ("stages.{s}.{b}.grn.gamma", "encoder.stages.{s}.layers.{b}.grn.weight"),
                ("stages.{s}.{b}.grn.beta", "encoder.stages.{s}.layers.{b}.grn.bias"),
                ("norm.{p}", "layernorm.{p}"),
                ("head.{p}", "classifier.{p}")),
        }.ToImmutableDictionary();

    /// <summary>
    /// Prefixes that are removed before the table is applied: transformers prepends the backbone's name to all names except those of the head.
    /// </summary>
    private static readonly string[] HuggingFacePrefixes = ["convnext.", "convnextv2."];

    /// <summary>Detects the naming scheme from names that only one scheme has.</summary>
    /// <param name="names">The names of a file's tensors.</param>
    /// <returns>The naming scheme; official if no other scheme is recognized, so that errors in a wrong file are reported in official names.</returns>
    public static WeightNaming Detect(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach (string name in names)
        {
            if (name.StartsWith("features.", StringComparison.Ordinal)) return WeightNaming.Torchvision;
            if (name.StartsWith("embeddings.", StringComparison.Ordinal)
                || HuggingFacePrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))) return WeightNaming.HuggingFace;
            if (name.Contains(".blocks.", StringComparison.Ordinal) && name.StartsWith("stages.", StringComparison.Ordinal)) return WeightNaming.Timm;
        }
        return WeightNaming.Official;
    }

    /// <summary>
    /// Returns the weights with official names and shapes: linear layers stored as 1x1 convolutions become matrices, layer scale becomes a vector, GRN (1, 1,
    /// 1, C).
    /// </summary>
    /// <param name="weights">Weights in any known naming scheme; tensors without an official name keep their name.</param>
    public static WeightSet ToOfficial(WeightSet weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        WeightNaming naming = Detect(weights.Tensors.Select(tensor => tensor.Name));
        var result = new WeightSet();
        foreach (WeightTensor tensor in weights.Tensors)
        {
            string name = naming == WeightNaming.Official ? tensor.Name : OfficialName(tensor.Name, naming);
            result.Add(tensor with { Name = name, Shape = OfficialShape(name, tensor.Shape) });
        }
        return result;
    }

    /// <summary>Returns the official name of a tensor, or the given name if the table has no entry for it.</summary>
    public static string OfficialName(string name, WeightNaming naming)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (naming == WeightNaming.Official) return name;
        string bare = naming == WeightNaming.HuggingFace
            ? HuggingFacePrefixes.Where(prefix => name.StartsWith(prefix, StringComparison.Ordinal))
                .Select(prefix => name[prefix.Length..]).FirstOrDefault(name)
            : name;
        foreach (var (official, other) in Tables[naming])
            if (other.Match(bare) is { } values) return official.Fill(values);
        return name;
    }

    /// <summary>Returns the weights with timm's names and shapes.</summary>
    /// <param name="weights">Weights under official names.</param>
    /// <param name="linearAsConvolution">Whether timm builds the model with 1x1 convolutions instead of linear layers (conv_mlp: atto to nano,
    /// tiny_hnf).</param>
    /// <exception cref="ArgumentException">A tensor has no name in timm, such as those of an isotropic network.</exception>
    public static WeightSet ToTimm(WeightSet weights, bool linearAsConvolution = false)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var result = new WeightSet();
        foreach (WeightTensor tensor in weights.Tensors)
        {
            string name = ForeignName(tensor.Name, WeightNaming.Timm)
                ?? throw new ArgumentException($"Tensor '{tensor.Name}' has no name in timm.", nameof(weights));
            ImmutableArray<int> shape = tensor.Shape;
            if (name.Contains(".grn.", StringComparison.Ordinal)) shape = [shape[^1]];
            else if (linearAsConvolution && name.Contains(".mlp.fc", StringComparison.Ordinal) && shape.Length == 2) shape = [.. shape, 1, 1];
            result.Add(tensor with { Name = name, Shape = shape });
        }
        return result;
    }

    /// <summary>Returns the weights with torchvision's names and shapes.</summary>
    /// <param name="weights">Weights under official names, of a network that torchvision supports: V1 with layer scale.</param>
    /// <exception cref="ArgumentException">A tensor has no name in torchvision, such as those of an isotropic or a V2 network.</exception>
    public static WeightSet ToTorchvision(WeightSet weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var result = new WeightSet();
        foreach (WeightTensor tensor in weights.Tensors)
        {
            string name = ForeignName(tensor.Name, WeightNaming.Torchvision)
                ?? throw new ArgumentException($"Tensor '{tensor.Name}' has no name in torchvision.", nameof(weights));
            result.Add(tensor with { Name = name, Shape = name.EndsWith(".layer_scale", StringComparison.Ordinal) ? [.. tensor.Shape, 1, 1] : tensor.Shape });
        }
        return result;
    }

    private static string? ForeignName(string name, WeightNaming naming)
    {
        foreach (var (official, other) in Tables[naming])
            if (official.Match(name) is { } values) return other.Fill(values);
        return null;
    }

    /// <summary>
    /// Returns the official shape of a tensor. Only dimensions of 1 are added or removed, so the elements stay the same; any other difference is left for the
    /// check against the configuration.
    /// </summary>
    internal static ImmutableArray<int> OfficialShape(string name, ImmutableArray<int> shape)
    {
        if (name.Contains(".pwconv", StringComparison.Ordinal) && shape is [_, _, 1, 1]) return shape[..2];
        if (name.EndsWith(".grn.gamma", StringComparison.Ordinal) || name.EndsWith(".grn.beta", StringComparison.Ordinal))
            return shape.Length > 0 && shape[..^1].All(dimension => dimension == 1) ? [1, 1, 1, shape[^1]] : shape;
        if (name.EndsWith(".gamma", StringComparison.Ordinal) && shape is [_, 1, 1]) return shape[..1];
        return shape;
    }

    private static ImmutableArray<(NameTemplate, NameTemplate)> Table(params (string Official, string Other)[] rows) =>
        [.. rows.Select(row => (new NameTemplate(row.Official), new NameTemplate(row.Other)))];
}
