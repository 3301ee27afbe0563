using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace ConvNeXt.Tests.Docs;

/// <summary>Every C# block of README and docs compiles, with the implicit usings of a new console project.</summary>
[TestClass]
public sealed class DocumentationTests
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly Lazy<MetadataReference[]> _references = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(File.Exists).Concat(FindAspNetCore())
            .DistinctBy(Path.GetFileName).Select(path => MetadataReference.CreateFromFile(path)),
    ]);

    private static IEnumerable<object[]> Pages =>
    [
        ["README.md"],
        .. Directory.EnumerateFiles(Path.Combine(TestFolders.Repository, "docs"), "*.md", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(TestFolders.Repository, path)).Order(StringComparer.Ordinal).Select(path => new object[] { path }),
    ];

    [TestMethod]
    [DynamicData(nameof(Pages))]
    public void CSharpBlocks_Compile(string page)
    {
        foreach (var (line, source) in CodeBlocks.Read(Path.Combine(TestFolders.Repository, page)))
        {
            if (source.Contains("using Microsoft.AspNetCore.", StringComparison.Ordinal) && FindAspNetCore().Length == 0)
                Assert.Inconclusive("Skipped: ASP.NET Core is not installed beside the .NET runtime.");
            string[] errors = Compile(source);
            Assert.IsEmpty(errors, $"{page}, the block at line {line}: {string.Join(" ", errors)}");
        }
    }

    [TestMethod]
    public void Readme_BeginsWithAProgramThatUsesTheLibrary() =>
        Assert.Contains("using ConvNeXt.MLNet;", CodeBlocks.Read(Path.Combine(TestFolders.Repository, "README.md"))[0].Source);

    [TestMethod]
    public void AnUnknownName_DoesNotCompile() => Assert.IsNotEmpty(Compile("Console.WriteLine(unknown);"));

    // The tests are no web application, so ASP.NET Core is not among their own assemblies.
    private static string[] FindAspNetCore()
    {
        string frameworks = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", "Microsoft.AspNetCore.App"));
        string folder = Path.Combine(frameworks, Environment.Version.ToString());
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "Microsoft.*.dll") : [];
    }

    private static string[] Compile(string source)
    {
        var options = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            "Block",
            [CSharpSyntaxTree.ParseText(ImplicitUsings, options), CSharpSyntaxTree.ParseText(source, options)],
            _references.Value,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        return [.. compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(diagnostic => diagnostic.ToString())];
    }
}
