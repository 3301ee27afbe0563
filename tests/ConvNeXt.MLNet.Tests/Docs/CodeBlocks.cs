using System.Text.RegularExpressions;

namespace ConvNeXt.Tests.Docs;

/// <summary>
/// The C# blocks of a page as programs. A block whose first line is <c>// continues the block above</c> is appended to the one before it.
/// </summary>
internal static partial class CodeBlocks
{
    private const string Continues = "// continues";

    /// <summary>Each program with the line of the page that its last block begins at.</summary>
    public static IReadOnlyList<(int Line, string Source)> Read(string path)
    {
        string text = File.ReadAllText(path).ReplaceLineEndings("\n");
        var programs = new List<(int, string)>();
        foreach (Match match in CSharpBlock().Matches(text))
        {
            string code = match.Groups[1].Value;
            int line = text.AsSpan(0, match.Index).Count('\n') + 1;
            bool continues = code.TrimStart().StartsWith(Continues, StringComparison.Ordinal) && programs.Count > 0;
            programs.Add((line, continues ? Join(programs[^1].Item2, code) : code));
        }

        return programs;
    }

    // Statements go before type declarations and usings before all, as the language wants it of a top-level program.
    private static string Join(string program, string more)
    {
        Match types = FirstType().Match(program);
        string statements = types.Success ? program[..types.Index] : program, declared = types.Success ? program[types.Index..] : "";
        MatchCollection usings = UsingLine().Matches(more);
        string added = UsingLine().Replace(more, "");
        Match moreTypes = FirstType().Match(added);
        if (moreTypes.Success) (added, declared) = (added[..moreTypes.Index], declared + "\n" + added[moreTypes.Index..]);
        return string.Concat(usings.Select(line => line.Value)) + statements + "\n" + added + "\n" + declared;
    }

    [GeneratedRegex(@"^```csharp\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex(@"^(?:public |internal |sealed |static |file )*(?:class|record|struct|interface|enum) ", RegexOptions.Multiline)]
    private static partial Regex FirstType();

    [GeneratedRegex(@"^using [\w. =]+;\n", RegexOptions.Multiline)]
    private static partial Regex UsingLine();
}
