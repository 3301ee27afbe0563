using ConvNeXt.Backbone.TorchSharp;
using PublicApiGenerator;

namespace ConvNeXt.Tests;

[TestClass]
public sealed class PublicApiTests
{
    [TestMethod]
    public void TorchSharpEngine_HasTheApprovedApi() => ApprovedApi.Check(
        "ConvNeXt.Backbone.TorchSharp",
        typeof(TorchScoringEngine).Assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false, DenyNamespacePrefixes = [] }));
}
