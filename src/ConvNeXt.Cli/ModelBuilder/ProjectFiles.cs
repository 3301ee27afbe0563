using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.Cli.Training;

namespace ConvNeXt.Cli.ModelBuilder;

/// <summary>The files of Model Builder beside a model.</summary>
internal static class ProjectFiles
{
    /// <summary>Checks that no file that a run will write exists.</summary>
    /// <exception cref="UsageException">One exists.</exception>
    public static void CheckNew(string project, bool code)
    {
        ModelFiles.CheckNew(project);
        if (!code) return;
        foreach (string file in GeneratedCode.FilesOf(project)) ModelFiles.CheckNew(file);
    }

    /// <summary>Writes the project file and the code of a trained model, if they are asked for.</summary>
    /// <param name="request">What was trained.</param>
    /// <param name="accuracy">Accuracy on held-out images, or null if no images were held out.</param>
    /// <param name="time">The time that training took.</param>
    public static void Write(TrainRequest request, double? accuracy, TimeSpan time)
    {
        if (request.Project is not { } project || request.Output is not { } model) return;
        MbConfigFile file = File.Exists(project)
            ? MbConfigFile.Read(project)
            : MbConfigFile.Create(project, request.Time, request.Seed ?? TrainRequest.DefaultSeed);
        file.Save(request.Data, model, accuracy, time.TotalSeconds);
        if (request.Code) GeneratedCode.Write(project, model, request);
    }
}
