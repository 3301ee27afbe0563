using System.Globalization;
using System.Reflection;

namespace ConvNeXt.Tests.Culture;

/// <summary>Tests that files, logs and messages of the library are the same in every culture.</summary>
[TestClass]
public sealed class CurrentCultureTests
{
    [TestMethod]
    public void EveryThread_HasTheCultureThatTheRunAskedFor()
    {
        string expected = TestAssembly.CultureName ?? CultureInfo.CurrentCulture.Name, ownThread = "";
        var thread = new Thread(() => ownThread = CultureInfo.CurrentCulture.Name);
        thread.Start();
        thread.Join();
        Assert.AreEqual(expected, CultureInfo.CurrentCulture.Name);
        Assert.AreEqual(expected, ownThread);
    }

    /// <summary>
    /// The analyzers CA1304, CA1305, CA1310 and CA1311 find calls that omit a culture, but not interpolated strings, which also format numbers with the current
    /// culture. This test finds them in the compiled code.
    /// </summary>
    [TestMethod]
    public void NoNumber_IsFormattedByTheCurrentCulture()
    {
        IEnumerable<string> files = Directory.GetFiles(AppContext.BaseDirectory, "ConvNeXt.*.dll");
        string[] libraries = [.. files.Where(path => !path.EndsWith(".Tests.dll", StringComparison.Ordinal))];
        Assert.AreNotEqual(0, libraries.Length);
        string[] found = [.. libraries.SelectMany(path => CultureScan.Find(Assembly.Load(AssemblyName.GetAssemblyName(path))))];
        Assert.AreEqual(0, found.Length, string.Join('\n', found));
    }

    [TestMethod]
    public void TheScan_FindsEachFormOfFormatting()
    {
        IEnumerable<string> methods = typeof(CultureScanSamples).GetMethods(BindingFlags.Static | BindingFlags.NonPublic).Select(method => method.Name);
        string[] wrong = [.. methods.Where(name => name.StartsWith("Wrong", StringComparison.Ordinal))];
        string[] found = [.. CultureScan.Find(typeof(CultureScanSamples))];
        CollectionAssert.AreEquivalent(wrong, found.Select(text => text.Split(": ")[0].Split('.')[^1]).ToArray(), string.Join('\n', found));
    }
}
