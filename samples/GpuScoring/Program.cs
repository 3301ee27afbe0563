using System.CommandLine;
using ConvNeXt.Backbone.Engines;
using GpuScoring;

Option<FileInfo> model = new("--model")
{
    Description = "A saved ML.NET model, for example of QuickStart (dotnet run -c Release --project samples/QuickStart -- --output model.zip).",
    Required = true,
};
Option<DirectoryInfo> images = new("--images") { Description = "A folder of images; subfolders are included.", Required = true };
Option<int[]> gpu = new("--gpu")
{
    Description = "The device IDs of the GPUs. Several GPUs share each batch.",
    DefaultValueFactory = _ => [0],
    AllowMultipleArgumentsPerToken = true,
};
Option<ComputePrecision> precision = new("--precision")
{
    Description = "The precision of the GPU computation.",
    DefaultValueFactory = _ => ComputePrecision.TensorFloat32,
};
Option<bool> processor = new("--processor") { Description = "Score on the CPU, for comparison." };

var command = new RootCommand("Scores a folder of images on a GPU, or says why it cannot, and prints the images per second, including decoding.")
{
    model, images, gpu, precision, processor,
};
command.SetAction(arguments => new ScoringJob(
    arguments.GetRequiredValue(model).FullName,
    arguments.GetRequiredValue(images).FullName,
    arguments.GetValue(processor) ? [] : arguments.GetRequiredValue(gpu),
    arguments.GetValue(precision)).Run());
return command.Parse(args).Invoke();
