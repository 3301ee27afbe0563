using SkiaSharp;

namespace ConvNeXt.Tests;

/// <summary>
/// The shared photos of flowers, divided into train and test, with planted findings: changed copies of 15 photos, 5 of them in the part test, and wrong labels
/// of a twentieth of the photos to train on.
/// </summary>
internal sealed class PlantedFlowers
{
    private const int Copies = 15, Leaks = 5;
    private const double FlippedShare = 0.05, TestShare = 0.2;

    private readonly Random _random;

    public PlantedFlowers(int seed)
    {
        _random = new Random(seed);
        Folder = TestFolders.CreateTemporary();
        var photos = CopyPhotos();
        (string Label, string File)[] chosen = [.. photos.OrderBy(_ => _random.Next()).Take(Copies)];
        Pairs = [.. chosen.Select((photo, i) => PlantCopy(photo.Label, photo.File, i))];
        string[] labels = [.. photos.Select(photo => photo.Label).Distinct()];
        (string Label, string File)[] free = [.. photos.Except(chosen).OrderBy(_ => _random.Next()).Take((int)Math.Round(FlippedShare * photos.Count))];
        Flipped = [.. free.Select(photo => Flip(photo.Label, photo.File, labels))];
    }

    public string Folder { get; }

    /// <summary>A photo and its changed copy.</summary>
    public IReadOnlyList<(string Photo, string Copy, string Change)> Pairs { get; }

    /// <summary>Photos in the folder of another class.</summary>
    public IReadOnlyList<string> Flipped { get; }

    private List<(string Label, string File)> CopyPhotos()
    {
        var photos = new List<(string, string)>();
        foreach (string source in Directory.GetDirectories(TestFolders.Shared("data", "flowers")).Order(StringComparer.Ordinal))
        {
            string label = Path.GetFileName(source);
            string[] files = [.. Directory.GetFiles(source).Order(StringComparer.Ordinal).OrderBy(_ => _random.Next())];
            for (int i = 0; i < files.Length; i++)
            {
                bool isTest = i < TestShare * files.Length;
                string folder = Directory.CreateDirectory(Path.Combine(Folder, isTest ? "test" : "train", label)).FullName;
                string target = Path.Combine(folder, Path.GetFileName(files[i]));
                File.Copy(files[i], target);
                if (!isTest) photos.Add((label, target));
            }
        }
        return photos;
    }

    private (string, string, string) PlantCopy(string label, string photo, int number)
    {
        string copy = Path.Combine(Folder, number < Leaks ? "test" : "train", label, $"copy{number}.jpg"), change = "";
        using SKBitmap image = SKBitmap.Decode(photo);
        int width = image.Width, height = image.Height, quality = 90;
        var from = new SKRect(0, 0, width, height);
        using var paint = new SKPaint { FilterQuality = SKFilterQuality.High };
        bool mirrors = false;
        switch (number % 4)
        {
            case 0:
                change = "crop";
                float share = 0.8f + (0.12f * _random.NextSingle());
                float left = (1 - share) * width * _random.NextSingle(), top = (1 - share) * height * _random.NextSingle();
                from = SKRect.Create(left, top, share * width, share * height);
                (width, height) = ((int)(share * width), (int)(share * height));
                break;
            case 1:
                change = "compression";
                (width, height, quality) = (width * 3 / 4, height * 3 / 4, 30);
                break;
            case 2:
                change = "brightness";
                float gain = _random.Next(2) == 0 ? 0.65f : 1.35f;
                paint.ColorFilter = SKColorFilter.CreateColorMatrix([gain, 0, 0, 0, 0, 0, gain, 0, 0, 0, 0, 0, gain, 0, 0, 0, 0, 0, 1, 0]);
                break;
            default:
                change = "mirroring";
                mirrors = true;
                break;
        }
        using var surface = SKSurface.Create(new SKImageInfo(width, height));
        if (mirrors) surface.Canvas.Scale(-1, 1, width / 2f, 0);
        surface.Canvas.DrawBitmap(image, from, new SKRect(0, 0, width, height), paint);
        using SKData data = surface.Snapshot().Encode(SKEncodedImageFormat.Jpeg, quality);
        File.WriteAllBytes(copy, data.ToArray());
        return (photo, copy, change);
    }

    private string Flip(string label, string photo, string[] labels)
    {
        string other = labels.Where(name => name != label).ElementAt(_random.Next(labels.Length - 1));
        string target = Path.Combine(Folder, "train", other, "flipped-" + Path.GetFileName(photo));
        File.Move(photo, target);
        return target;
    }
}
