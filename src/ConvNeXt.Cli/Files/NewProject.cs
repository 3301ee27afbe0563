using System.Reflection;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Cli.Files;

/// <summary>Writes an application that uses a model: project file, program and a copy of the model.</summary>
internal static class NewProject
{
    /// <summary>The kinds of applications: a console program and a web service.</summary>
    public static readonly string[] Kinds = [Console, Web];

    private const string Console = "console", Web = "webapi";

    private const string ModelName = "model.zip";

    /// <summary>Resources that are files of the web service, and how their folder begins.</summary>
    private const string WebFiles = "webapi/", PageFiles = "Page/";

    /// <summary>Writes the application.</summary>
    /// <param name="console">For the path of the project.</param>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="model">The model file.</param>
    /// <param name="folder">The folder to create; its name is the name of the project.</param>
    /// <exception cref="UsageException">The folder exists and is not empty.</exception>
    public static int Write(ToolConsole console, string kind, string model, string folder)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
            throw new UsageException($"'{folder}' already exists and is not empty; name another folder by --output.");
        var classifier = (ISingleFeaturePredictionTransformer<WeightSet>)ModelFiles.Load(model);
        string name = Path.GetFileName(Path.GetFullPath(folder));
        var values = new Dictionary<string, string>
        {
            ["$MODEL$"] = ModelName,
            ["$COLUMN$"] = classifier.FeatureColumnName,
            ["$VERSION$"] = ReadVersion(),
        };
        Directory.CreateDirectory(folder);
        string project = Path.Combine(folder, $"{name}.csproj");
        File.WriteAllText(project, Template.Fill($"{kind}.csproj.txt", values));
        if (kind == Web) WriteService(folder, name);
        else File.WriteAllText(Path.Combine(folder, "Program.cs"), Template.Fill("console.Program.cs.txt", values));
        ModelFiles.Copy(model, Path.Combine(folder, ModelName));
        console.Output.WriteLine(project);
        return ExitCode.Ok;
    }

    // The service is the sample of the repository; only the name of its project is another one.
    private static void WriteService(string folder, string name)
    {
        foreach (string resource in typeof(NewProject).Assembly.GetManifestResourceNames())
        {
            if (!resource.StartsWith(WebFiles, StringComparison.Ordinal) && !resource.StartsWith(PageFiles, StringComparison.Ordinal)) continue;
            string path = Path.Combine(folder, resource.StartsWith(PageFiles, StringComparison.Ordinal) ? resource : resource[WebFiles.Length..]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            string text = Template.Read(resource);
            if (Path.GetFileName(path) == "Dockerfile")
                text = text.Replace(" -f samples/WebService/Dockerfile", "", StringComparison.Ordinal)
                    .Replace("samples/WebService/WebService.csproj", $"{name}.csproj", StringComparison.Ordinal)
                    .Replace("WebService.dll", $"{name}.dll", StringComparison.Ordinal);
            File.WriteAllText(path, text);
        }
    }

    // The tool and the libraries are published together, with the same version; what follows the plus is the commit.
    private static string ReadVersion() =>
        typeof(ConvNeXtTrainer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
