using System.Text.Json.Serialization;
using ConvNeXt.MLNet.Pixels;

namespace ConvNeXt.MLNet.ModelFiles;

/// <summary>
/// The JSON of model files, with code that the compiler generates: reflection would find and compile the same when the first model is loaded, which takes longer
/// than the rest of loading a small network.
/// </summary>
[JsonSerializable(typeof(ModelDescription))]
[JsonSerializable(typeof(PixelsSettings))]
internal sealed partial class ModelJson : JsonSerializerContext;
