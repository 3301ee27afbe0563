using System.Reflection;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Hosting;
using ConvNeXt.MLNet.Reporting;
using PublicApiGenerator;

namespace ConvNeXt.Tests.PublicApi;

[TestClass]
public sealed class PublicApiTests
{
    private static readonly ApiGeneratorOptions _options = new() { IncludeAssemblyAttributes = false, DenyNamespacePrefixes = [] };

    private static Assembly Backbone => typeof(ConvNeXtConfig).Assembly;

    private static Assembly MLNet => typeof(ConvNeXtTrainer).Assembly;

    private static Assembly Hosting => typeof(IImageClassifier).Assembly;

    private static Assembly Reporting => typeof(ModelReport).Assembly;

    [TestMethod]
    public void Backbone_HasTheApprovedApi() => ApprovedApi.Check("ConvNeXt.Backbone", Backbone.GeneratePublicApi(_options));

    [TestMethod]
    public void MLNet_HasTheApprovedApi() => ApprovedApi.Check("ConvNeXt.MLNet", MLNet.GeneratePublicApi(_options));

    [TestMethod]
    public void Hosting_HasTheApprovedApi() => ApprovedApi.Check("ConvNeXt.MLNet.Hosting", Hosting.GeneratePublicApi(_options));

    [TestMethod]
    public void Reporting_HasTheApprovedApi() => ApprovedApi.Check("ConvNeXt.MLNet.Reporting", Reporting.GeneratePublicApi(_options));

    [TestMethod]
    public void PublicTypes_AreFew()
    {
        Assert.IsLessThanOrEqualTo(60, Backbone.GetExportedTypes().Count(type => !type.IsNested), "public types of ConvNeXt.Backbone");
        Assert.IsLessThanOrEqualTo(45, MLNet.GetExportedTypes().Count(type => !type.IsNested), "public types of ConvNeXt.MLNet");
        Assert.IsLessThanOrEqualTo(12, Hosting.GetExportedTypes().Count(type => !type.IsNested), "public types of ConvNeXt.MLNet.Hosting");
        Assert.IsLessThanOrEqualTo(12, Reporting.GetExportedTypes().Count(type => !type.IsNested), "public types of ConvNeXt.MLNet.Reporting");
    }
}
