using System.Globalization;

namespace ConvNeXt.Tests;

/// <summary>
/// What happens once before and after all tests of a project: the culture is set, and temporary folders are deleted. A run with the environment variable
/// CONVNEXT_TEST_CULTURE, for instance <c>CONVNEXT_TEST_CULTURE=tr-TR dotnet test -c Release</c>, has that culture on every thread.
/// </summary>
[TestClass]
public static class TestAssembly
{
    /// <summary>Name of the culture that the run was asked to have; null for the machine's own.</summary>
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
            // A machine without ICU runs .NET only with DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1, and then it has no cultures.
            Assert.Inconclusive($"Skipped: this machine has no data of the culture '{name}' (ICU is not installed, or globalization is invariant).");
        }
    }

    [AssemblyCleanup]
    public static void DeleteTemporaryFolders() => TestFolders.DeleteTemporary();
}
