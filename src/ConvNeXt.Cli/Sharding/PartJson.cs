using System.Text.Json.Serialization;

namespace ConvNeXt.Cli.Sharding;

/// <summary>How a description of a part is written as JSON, generated at build time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(PartDescription))]
internal sealed partial class PartJson : JsonSerializerContext;
