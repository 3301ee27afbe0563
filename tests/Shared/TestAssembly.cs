using System.Globalization;

namespace ConvNeXt.Tests;

/// <summary>
/// Sets the culture before all tests of a project, and deletes temporary folders after them. The environment variable CONVNEXT_TEST_CULTURE sets the culture of
/// every thread, for example <c>CONVNEXT_TEST_CULTURE=tr-TR dotnet test -c Release</c>.
/// </summary>
[TestClass]
public static class TestAssembly
{
    /// <summary>Name of the requested culture; null for the default of the machine.</summary>
    internal static string? CultureName => Environment.GetEnvironmentVariable("CONVNEXT_TEST_CULTURE") is { Length: > 0 } name ? name : null;

    [AssemblyInitialize]
    public static void SetCulture(TestContext _)
    {
        if (CultureName is not { } name) return;
        try
        {
            CultureInfo culture = CultureInfo.GetCultureInfo(name, predefinedOnly: true);
            CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = culture;
            CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = culture;
        }
        catch (CultureNotFoundException)
        {
            // Without ICU, .NET only runs with DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1, which has no cultures.
            Assert.Inconclusive($"Skipped: this machine has no data for the culture '{name}' (ICU is not installed, or globalization is invariant).");
        }
    }

    [AssemblyCleanup]
    public static void DeleteTemporaryFolders() => TestFolders.DeleteTemporary();
}
