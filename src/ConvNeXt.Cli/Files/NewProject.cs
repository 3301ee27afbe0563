using System.Reflection;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Cli.Files;

/// <summary>Writes a small application that uses a model: project file, program and a copy of the model.</summary>
internal static class NewProject
{
    /// <summary>The kinds of applications: a console program and a web service.</summary>
    public static readonly string[] Kinds = ["console", "webapi"];

    private const string ModelName = "model.zip";

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
        var values = new Dictionary<string, string>
        {
            ["$MODEL$"] = ModelName,
            ["$COLUMN$"] = classifier.FeatureColumnName,
            ["$SDK$"] = kind == "webapi" ? "Microsoft.NET.Sdk.Web" : "Microsoft.NET.Sdk",
            ["$VERSION$"] = ReadVersion(),
        };
        Directory.CreateDirectory(folder);
        string project = Path.Combine(folder, $"{Path.GetFileName(Path.GetFullPath(folder))}.csproj");
        File.WriteAllText(project, Template.Fill("project.csproj.txt", values));
        File.WriteAllText(Path.Combine(folder, "Program.cs"), Template.Fill($"{kind}.Program.cs.txt", values));
        ModelFiles.Copy(model, Path.Combine(folder, ModelName));
        console.Output.WriteLine(project);
        return ExitCode.Ok;
    }

    // The tool and the libraries are published together, with the same version; what follows the plus is the commit.
    private static string ReadVersion() =>
        typeof(ConvNeXtTrainer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
