using System.Reflection;
using ConvNeXt.Backbone.Engines;

namespace ConvNeXt.Tests.Engines;

[TestClass]
public sealed class EngineProvidersTests
{
    private const string Name = EngineProviders.TorchSharp;

    [TestMethod]
    public void AnAssemblyThatIsNotThere_IsReportedWithThePackageToAdd()
    {
        var error = Assert.ThrowsExactly<EngineUnavailableException>(() => EngineProviders.Find("ConvNeXt.NoSuchEngine"));
        StringAssert.Contains(error.Message, "add a reference to the package ConvNeXt.NoSuchEngine");
        Assert.IsInstanceOfType<FileNotFoundException>(error.InnerException);
    }

    [TestMethod]
    [DataRow("TorchSharp, Version=0.107.0.0, Culture=neutral, PublicKeyToken=null")]
    [DataRow("/app/TorchSharp.dll")]
    public void ADependencyThatIsNotThere_IsTheOneThatIsNamed(string file)
    {
        string reason = EngineProviders.Explain(Name, new FileNotFoundException("not found", file))!;
        StringAssert.Contains(reason, "it needs TorchSharp, which was not found");
        Assert.IsFalse(reason.Contains($"package {Name}", StringComparison.Ordinal));
    }

    [TestMethod]
    [DataRow(Name + ", Version=1.0.0.0, Culture=neutral, PublicKeyToken=null")]
    [DataRow(Name)]
    [DataRow("/app/" + Name + ".dll")]
    public void TheAssemblyItself_IsRecognizedInEveryFormOfItsName(string file) =>
        StringAssert.Contains(EngineProviders.Explain(Name, new FileNotFoundException("not found", file)), $"add a reference to the package {Name}");

    [TestMethod]
    public void AnErrorOfTheProvidersConstructor_IsUnwrapped()
    {
        StringAssert.Contains(EngineProviders.Explain(Name, new TargetInvocationException(new InvalidOperationException("no driver"))), "no driver");
        StringAssert.Contains(
            EngineProviders.Explain(Name, new TargetInvocationException(new FileNotFoundException("x", "TorchSharp, Version=1.0.0.0"))), "it needs TorchSharp");
        Assert.IsNull(EngineProviders.Explain(Name, new OperationCanceledException()), "that is not about loading");
    }
}
