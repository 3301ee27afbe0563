using System.CommandLine;
using System.CommandLine.Parsing;
using ConvNeXt.Cli.ModelBuilder;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.Cli.Training;

namespace ConvNeXt.Cli.Commands;

/// <summary>The options of train that read and write files of ML.NET Model Builder.</summary>
internal sealed class ProjectOptions
{
    /// <summary>--config: an existing project.</summary>
    public Option<string?> Config { get; } = new("--config")
    {
        Description = "Train again as a project file of Model Builder says (x.mbconfig); the model beside it is replaced.",
        HelpName = "FILE",
    };

    /// <summary>--mbconfig: a new project.</summary>
    public Option<bool> MbConfig { get; } = new("--mbconfig") { Description = "Also write a project file of Model Builder beside the model." };

    /// <summary>--code: a new project with code.</summary>
    public Option<bool> Code { get; } = new("--code")
    {
        Description = "Also write a project file and C# code beside the model, with the names that apps of Model Builder call.",
    };

    /// <summary>--namespace: of the code.</summary>
    public Option<string?> Namespace { get; } = new("--namespace")
    {
        Description = "The namespace of the code. Without, that of the code before, or of the .csproj beside it, or the name of the model.",
        HelpName = "NAME",
    };

    /// <summary>Checks what the options say together.</summary>
    public void Validate(CommandResult result, Argument<string> folder, Option<string?> output)
    {
        bool hasConfig = result.GetValue(Config) is not null, writes = result.GetValue(MbConfig) || result.GetValue(Code);
        string? file = result.GetValue(output);
        if (!hasConfig && result.GetValue(folder) is null)
            result.AddError("DIR is missing: a folder of images, or --config with a project file that names one.");
        if (hasConfig && file is not null) result.AddError("--config saves the model beside the project file; leave out --output.");
        if (!hasConfig && writes && file is null) result.AddError("--mbconfig and --code write files beside the model; name it by --output.");
        if (!hasConfig && writes && file is not null && !MbConfigFile.ModelExtensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            result.AddError($"--output is '{file}', but with --mbconfig and --code must end with {string.Join(" or ", MbConfigFile.ModelExtensions)}.");
        if (result.GetValue(Namespace) is not { } name) return;
        if (!result.GetValue(Code)) result.AddError("--namespace is for --code.");
        if (!GeneratedCode.IsNamespace(name)) result.AddError($"--namespace is '{name}', but must be names such as Shop.Vision.");
    }

    /// <summary>Returns the request with what the project file and the options say.</summary>
    /// <exception cref="InvalidDataException">The project file cannot be used.</exception>
    public TrainRequest Apply(ToolConsole console, ParseResult result, TrainRequest request)
    {
        request = request with { Code = result.GetValue(Code), Namespace = result.GetValue(Namespace) };
        if (result.GetValue(Config) is not { } file)
        {
            bool writes = request.Code || result.GetValue(MbConfig);
            return request with { Project = writes ? Path.ChangeExtension(request.Output, MbConfigFile.Extension) : null };
        }
        MbConfigFile project = MbConfigFile.Read(file);
        if (!request.Gpu && project.Environment is { } environment && environment != "LocalCPU")
            console.Tell($"The project is for {environment}; it is trained on the processor. --gpu trains on a GPU.");
        return request with
        {
            Data = request.Data.Length > 0 ? request.Data : project.FindData(),
            Output = project.Model,
            Project = project.FilePath,
            Replaces = true,
            Time = request.Time ?? project.Time,
            Seed = request.Seed ?? project.Seed,
        };
    }
}
