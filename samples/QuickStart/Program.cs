using System.CommandLine;
using QuickStart;

Option<DirectoryInfo?> images = new("--images") { Description = "A folder with one sub-folder of pictures per class. Without it the sample draws its own." };
Option<string> output = new("--output") { Description = "Where the model is written.", DefaultValueFactory = _ => "model.zip" };
Option<string?> onnx = new("--onnx") { Description = "Where the network is written for other runtimes, as ONNX." };
Option<int?> seeds = new("--seeds") { Description = "How many runs, each with its own split and weights (1; with --images 3)." };
Option<int?> epochs = new("--epochs") { Description = "Passes over the training pictures." };
Option<int?> size = new("--size") { Description = "Width and height in pixels at which pictures are trained on and scored." };
Option<float?> validation = new("--validation") { Description = "Share of the training pictures that is kept for choosing the best epoch (0.1; with fewer than 500 pictures 0, which takes the last epoch)." };
Option<int> threads = new("--threads") { Description = "Threads that compute; 0 for all cores." };

var train = new RootCommand("Trains a ConvNeXt on labelled pictures, measures it on pictures that it has not seen, saves it, and predicts with the saved model in a new process.")
{
    images, output, onnx, seeds, epochs, size, validation, threads,
};
train.SetAction(arguments => new MainJob(new JobSettings
{
    Images = arguments.GetValue(images)?.FullName,
    Output = arguments.GetRequiredValue(output),
    Onnx = arguments.GetValue(onnx),
    Seeds = arguments.GetValue(seeds),
    Epochs = arguments.GetValue(epochs),
    Size = arguments.GetValue(size),
    Validation = arguments.GetValue(validation),
    Threads = arguments.GetValue(threads),
}).Run());

Argument<FileInfo> model = new("model") { Description = "A model that this sample saved." };
Argument<string[]> pictures = new("pictures") { Description = "Pictures to name.", Arity = ArgumentArity.OneOrMore };
var predict = new Command("predict", "Loads a saved model and names single pictures.") { model, pictures };
predict.SetAction(arguments => FreshPrediction.Run(arguments.GetRequiredValue(model).FullName, arguments.GetRequiredValue(pictures)));
train.Subcommands.Add(predict);

return train.Parse(args).Invoke();
