using System.CommandLine;
using ConvNeXt.Backbone.Engines;
using GpuScoring;

Option<FileInfo> model = new("--model") { Description = "A model that ML.NET saved, such as QuickStart's (./build.sh sample --output model.zip).", Required = true };
Option<DirectoryInfo> images = new("--images") { Description = "A folder with pictures, in sub-folders or not.", Required = true };
Option<int[]> gpu = new("--gpu") { Description = "Numbers of the GPUs; with several, each scores a share.", DefaultValueFactory = _ => [0], AllowMultipleArgumentsPerToken = true };
Option<ComputePrecision> precision = new("--precision") { Description = "How the GPU multiplies.", DefaultValueFactory = _ => ComputePrecision.TensorFloat32 };
Option<bool> processor = new("--processor") { Description = "Score on the processor, for comparison." };

var command = new RootCommand("Scores a folder of pictures on a GPU, or says why that cannot be done, and prints images per second, decoding included.") { model, images, gpu, precision, processor };
command.SetAction(arguments => new ScoringJob(
    arguments.GetRequiredValue(model).FullName,
    arguments.GetRequiredValue(images).FullName,
    arguments.GetValue(processor) ? [] : arguments.GetRequiredValue(gpu),
    arguments.GetValue(precision)).Run());
return command.Parse(args).Invoke();
