using System.CommandLine;
using QuickStart;

Option<DirectoryInfo?> images = new("--images") { Description = "A folder with one subfolder of images per class. By default, the sample draws images." };
Option<string> output = new("--output") { Description = "The model file to write.", DefaultValueFactory = _ => "model.zip" };
Option<string?> onnx = new("--onnx") { Description = "An ONNX file to write, for other runtimes." };
Option<int?> seeds = new("--seeds") { Description = "Number of runs, each with its own split and seed (default 1)." };
Option<int?> epochs = new("--epochs") { Description = "Number of passes over the training images." };
Option<int?> size = new("--size") { Description = "Width and height of the network's input in pixels." };
Option<float?> validation = new("--validation")
{
    Description = "Fraction of the training images held out to choose the best epoch; 0 keeps the last epoch (default 0.1, for fewer than 500 images 0).",
};
Option<int> threads = new("--threads") { Description = "Number of compute threads; 0 for all cores." };

var train = new RootCommand("Trains a ConvNeXt on labeled images, evaluates it on held-out images, saves it, and predicts with it in a new process.")
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

Argument<FileInfo> model = new("model") { Description = "A model saved by this sample." };
Argument<string[]> pictures = new("pictures") { Description = "Image files to classify.", Arity = ArgumentArity.OneOrMore };
var predict = new Command("predict", "Loads a saved model and classifies image files.") { model, pictures };
predict.SetAction(arguments => FreshPrediction.Run(arguments.GetRequiredValue(model).FullName, arguments.GetRequiredValue(pictures)));
train.Subcommands.Add(predict);

return train.Parse(args).Invoke();
