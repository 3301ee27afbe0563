using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

// MODEL FOLDER: the scores of each file of the folder, then whether an MLImage can be scored.
var ml = new MLContext();
ITransformer model = ml.Model.Load(args[0], out _);
foreach (string path in Directory.GetFiles(args[1]).Order(StringComparer.Ordinal))
{
    IDataView rows = ml.Data.LoadFromEnumerable([new Picture { ImagePath = path }]);
    float[] scores = model.Transform(rows).GetColumn<float[]>("Score").Single();
    Console.WriteLine($"{Path.GetFileName(path)} {string.Join(' ', scores.Select(score => score.ToString("R", CultureInfo.InvariantCulture)))}");
}
try
{
    using var image = MLImage.CreateFromPixels(2, 2, MLPixelFormat.Bgra32, new byte[16]);
    IDataView rows = ml.Data.LoadFromEnumerable([new Pixels { ImagePath = image }]);
    Console.WriteLine($"MLImage {model.Transform(rows).GetColumn<float[]>("Score").Single().Length}");
}
catch (InvalidOperationException e)
{
    Console.WriteLine($"MLImage {e.GetType().Name}: {e.Message}");
}

class Picture
{
    public string ImagePath { get; set; } = "";
}

class Pixels
{
    [ImageType(2, 2)]
    public MLImage? ImagePath { get; set; }
}
