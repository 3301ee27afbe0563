using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.Training;

namespace ConvNeXt.Cli.ModelBuilder;

/// <summary>
/// Writes the two files of code beside a model, with the names that apps of ML.NET Model Builder call: one that predicts (consumption) and one that trains
/// again (training).
/// </summary>
internal static partial class GeneratedCode
{
    private const long LargestFile = 1 << 20;

    /// <summary>The files for a project.</summary>
    public static string[] FilesOf(string project) => [Path.ChangeExtension(project, ".consumption.cs"), Path.ChangeExtension(project, ".training.cs")];

    /// <summary>Writes both files; existing ones are replaced.</summary>
    /// <param name="project">The project file, after which class and files are named.</param>
    /// <param name="model">The model file.</param>
    /// <param name="request">The options to train with again.</param>
    public static void Write(string project, string model, TrainRequest request)
    {
        string name = ToIdentifier(Path.GetFileNameWithoutExtension(project));
        string[] files = FilesOf(project);
        var values = new Dictionary<string, string>
        {
            ["$NAMESPACE$"] = request.Namespace ?? FindNamespace(files[0]) ?? FindProjectNamespace(project) ?? name,
            ["$CLASS$"] = name,
            ["$MODEL$"] = Literal(Path.GetFileName(model)),
            ["$OPTIONS$"] = string.Concat(DescribeOptions(request).Select(option => $"\n                {option.Name} = {option.Value},")),
        };
        OutputFile.Write(files[0], writer => writer.Write(Template.Fill("consumption.cs.txt", values)));
        OutputFile.Write(files[1], writer => writer.Write(Template.Fill("training.cs.txt", values)));
    }

    /// <summary>Returns a name that C# accepts: other characters become underscores.</summary>
    public static string ToIdentifier(string text)
    {
        var name = new StringBuilder();
        foreach (char character in text) name.Append(char.IsLetterOrDigit(character) ? character : '_');
        if (name.Length == 0 || char.IsDigit(name[0])) name.Insert(0, '_');
        // No keyword begins with a capital letter.
        if (char.IsLower(name[0])) name[0] = char.ToUpperInvariant(name[0]);
        return name.ToString();
    }

    /// <summary>Whether a text is a namespace: names with dots between them.</summary>
    public static bool IsNamespace(string text) => text.Split('.').All(name => name.Length > 0 && ToIdentifier(name) == name);

    // An app that was written for the file before goes on to compile.
    private static string? FindNamespace(string code)
    {
        if (!File.Exists(code) || new FileInfo(code).Length > LargestFile) return null;
        Match match = NamespaceLine().Match(File.ReadAllText(code));
        return match.Success ? match.Groups[1].Value : null;
    }

    private static string? FindProjectNamespace(string project)
    {
        if (Directory.GetFiles(Path.GetDirectoryName(project)!, "*.csproj") is not [var file] || new FileInfo(file).Length > LargestFile) return null;
        string name = Path.GetFileNameWithoutExtension(file);
        try
        {
            name = XDocument.Load(file).Descendants("RootNamespace").FirstOrDefault()?.Value ?? name;
        }
        catch (XmlException)
        {
            // The name of the file is the default.
        }
        return string.Join('.', name.Split('.').Select(ToIdentifier));
    }

    private static IEnumerable<(string Name, string Value)> DescribeOptions(TrainRequest request)
    {
        yield return ("Seed", Number(request.Seed ?? TrainRequest.DefaultSeed));
        if (request.ImageSize is { } size) yield return ("ImageSize", Number(size));
        if (request.Epochs is { } epochs) yield return ("Epochs", Number(epochs));
        if (request.BatchSize is { } batch) yield return ("BatchSize", Number(batch));
        if (request.Time is { } time)
            yield return ("MaxTrainingTime", $"TimeSpan.FromSeconds({time.TotalSeconds.ToString("R", CultureInfo.InvariantCulture)})");
        if (request.StartsFromScratch) yield return ("Weights", "ConvNeXtWeights.None");
        else if (request.Weights is { } weights) yield return ("Weights", Literal(weights));
        if (request.WeightsLicense is { } license) yield return ("WeightsLicense", Literal(license));
        if (request.AcceptNonCommercialLicense) yield return ("AcceptNonCommercialLicense", "true");
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Literal(string text) => $"@\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    [GeneratedRegex(@"^\s*namespace\s+([\w.]+)", RegexOptions.Multiline | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamespaceLine();
}
