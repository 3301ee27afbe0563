using System.CommandLine;
using ConvNeXt.Backbone.Architecture;
using Distillation;

Option<DirectoryInfo> images = new("--images") { Description = "A folder with one subfolder of images per class.", Required = true };
Option<FileInfo?> teacher = new("--teacher") { Description = "A saved model with the same labels to learn from. By default, a teacher is trained first." };
Option<ConvNeXtVariant> teacherVariant = new("--teacher-variant")
{
    Description = "The network of a teacher that is trained.",
    DefaultValueFactory = _ => ConvNeXtVariant.Atto,
};
Option<string?> teacherWeights = new("--teacher-weights")
{
    Description = "Weights that it starts from, a file or a Hugging Face model id, such as timm/convnext_nano.d1h_in1k for Nano. By default, those of the "
        + "package for Atto, and none for other networks.",
};
Option<int> teacherSize = new("--teacher-size") { Description = "The teacher's image size in pixels.", DefaultValueFactory = _ => 160 };
Option<string?> weights = new("--weights")
{
    Description = "Weights that the students (Atto) start from: a file or a Hugging Face model id. By default, those of the package.",
};
Option<int> size = new("--size") { Description = "The students' image size in pixels.", DefaultValueFactory = _ => 80 };
Option<int?> epochs = new("--epochs") { Description = "Number of passes over the training images. By default, that of the recipe." };
Option<double> temperature = new("--temperature") { Description = "Temperature of the probabilities.", DefaultValueFactory = _ => 2 };
Option<double> teacherWeight = new("--teacher-weight") { Description = "Weight of the teacher's probabilities against the labels.", DefaultValueFactory = _ => 0.5 };
Option<double> featureWeight = new("--feature-weight") { Description = "Weight of the teacher's last feature map; needs equal image sizes." };
Option<int> seed = new("--seed") { Description = "Random seed of split and training.", DefaultValueFactory = _ => 1 };

var command = new RootCommand("Trains ConvNeXt-Atto with and without a teacher, and compares accuracy, speed and file size on held-out images.")
{
    images, teacher, teacherVariant, teacherWeights, teacherSize, weights, size, epochs, temperature, teacherWeight, featureWeight, seed,
};
command.SetAction(arguments => new DistillationJob(new JobSettings
{
    Images = arguments.GetRequiredValue(images).FullName,
    Teacher = arguments.GetValue(teacher)?.FullName,
    TeacherVariant = arguments.GetValue(teacherVariant),
    TeacherWeights = arguments.GetValue(teacherWeights),
    TeacherSize = arguments.GetValue(teacherSize),
    Weights = arguments.GetValue(weights),
    Size = arguments.GetValue(size),
    Epochs = arguments.GetValue(epochs),
    Distillation = new()
    {
        Temperature = arguments.GetValue(temperature),
        TeacherWeight = arguments.GetValue(teacherWeight),
        FeatureWeight = arguments.GetValue(featureWeight),
    },
    Seed = arguments.GetValue(seed),
}).Run());
return command.Parse(args).Invoke();
