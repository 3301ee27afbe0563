using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Pretraining.Pictures;
using SkiaSharp;

namespace ConvNeXt.Pretraining.Crops;

/// <summary>
/// Draws views for the teacher: a random crop of a picture with changed colors, on it maybe a patch of another picture, a garment, one or two objects, and a
/// veil of a third picture. A view depends on nothing but the bank, the seed and its number. For one thread at a time.
/// </summary>
internal sealed class CropRenderer : IDisposable
{
    /// <summary>Side of a view.</summary>
    public const int Side = 224;

    private const double SmallestArea = 0.03, RatioSpread = 0.7, TurnChance = 0.3, MostTurn = 0.4;
    private const double PatchChance = 0.2, FirstStampChance = 0.55, SecondStampChance = 0.15, MostVeil = 0.5;
    private const double GarmentChance = 0.3, FabricChance = 0.3;
    private const int SmallestCrop = 48, Attempts = 4;

    /// <summary>Pixels by which a garment reaches beyond its clip, at whose soft edge the bare fabric would show.</summary>
    private const float Beyond = 1.5f;

    /// <summary>Standard deviation of the pixels below which a view shows next to nothing.</summary>
    private const double LeastContrast = 16;

    /// <summary>Part of a held-out picture's shorter side that is shown.</summary>
    private const float HeldOutPart = 0.875f;

    private readonly PictureBank _bank;
    private readonly double _veilChance;
    private readonly SKBitmap _bitmap = new(new SKImageInfo(Side, Side, SKColorType.Rgba8888, SKAlphaType.Premul));
    private readonly SKCanvas _canvas;

    /// <summary>Prepares to draw.</summary>
    /// <param name="bank">Pictures.</param>
    /// <param name="veilChance">Share of the views with a veil.</param>
    public CropRenderer(PictureBank bank, double veilChance) => (_bank, _veilChance, _canvas) = (bank, veilChance, new SKCanvas(_bitmap));

    /// <summary>Draws the middle of a picture as it is.</summary>
    public void RenderMiddle(BankEntry entry, Span<byte> rgb)
    {
        int size = 0;
        while (size + 1 < entry.Levels.Length && Math.Min(entry.Levels[size + 1].Width, entry.Levels[size + 1].Height) * HeldOutPart >= Side) size++;
        var level = entry.Levels[size];
        float side = Math.Min(level.Width, level.Height) * HeldOutPart, left = (level.Width - side) / 2, top = (level.Height - side) / 2;
        using var image = _bank.Open(level);
        using var paint = new SKPaint { FilterQuality = SKFilterQuality.Medium };
        _canvas.DrawImage(image, new SKRect(left, top, left + side, top + side), new SKRect(0, 0, Side, Side), paint);
        _canvas.Flush();
        Copy(rgb);
    }

    /// <summary>Draws a view.</summary>
    /// <param name="random">Stream of the view's draws.</param>
    /// <param name="rgb">Receives [Side, Side, 3].</param>
    public void Render(ref CounterRandom random, Span<byte> rgb)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            Draw(ref random);
            _canvas.Flush();
            if (Copy(rgb) >= LeastContrast) return;
        }
    }

    public void Dispose()
    {
        _canvas.Dispose();
        _bitmap.Dispose();
    }

    private void Draw(ref CounterRandom random)
    {
        var whole = new SKRect(0, 0, Side, Side);
        _canvas.Clear(SKColors.Gray);
        DrawPicture(ref random, whole, opacity: 1);
        if (random.NextDouble() < PatchChance)
        {
            float width = Side * (float)random.NextDouble(0.3, 0.7), height = Side * (float)random.NextDouble(0.3, 0.7);
            float left = (Side - width) * random.NextSingle(), top = (Side - height) * random.NextSingle();
            DrawPicture(ref random, new SKRect(left, top, left + width, top + height), opacity: 1);
        }

        if (_bank.Garments.Count > 0 && random.NextDouble() < GarmentChance) DrawGarment(ref random);
        if (random.NextDouble() < FirstStampChance) DrawStamp(ref random);
        if (random.NextDouble() < SecondStampChance) DrawStamp(ref random);
        if (random.NextDouble() < _veilChance) DrawPicture(ref random, whole, MostVeil * random.NextDouble());
    }

    private void DrawPicture(ref CounterRandom random, SKRect target, double opacity)
    {
        var entry = _bank.Pictures.Draw(ref random);
        var full = entry.Levels[0];
        double area = Math.Exp(Math.Log(SmallestArea) * random.NextDouble()) * full.Width * full.Height;
        double ratio = Math.Exp((random.NextDouble() - 0.5) * RatioSpread) * target.Width / target.Height;
        double width = Math.Clamp(Math.Sqrt(area * ratio), Math.Min(SmallestCrop, full.Width), full.Width);
        double height = Math.Clamp(Math.Sqrt(area / ratio), Math.Min(SmallestCrop, full.Height), full.Height);
        double x = (full.Width - width) * random.NextDouble(), y = (full.Height - height) * random.NextDouble();
        double turn = random.NextDouble() < TurnChance ? random.NextDouble(-MostTurn, MostTurn) : 0;
        bool mirrored = random.NextDouble() < 0.5;

        // The smallest size that still has a pixel for each of the target's; half of it would be blurred.
        int size = 0;
        while (size + 1 < entry.Levels.Length && Math.Max(width / target.Width, height / target.Height) >= 1 << (size + 1)) size++;
        var level = entry.Levels[size];
        double toLevel = (double)level.Width / full.Width, toLevelY = (double)level.Height / full.Height;
        var matrix = SKMatrix.CreateTranslation((float)(-(x + (width / 2)) * toLevel), (float)(-(y + (height / 2)) * toLevelY))
            .PostConcat(SKMatrix.CreateScale((float)(target.Width / (width * toLevel)) * (mirrored ? -1 : 1), (float)(target.Height / (height * toLevelY))))
            .PostConcat(SKMatrix.CreateRotation((float)turn))
            .PostConcat(SKMatrix.CreateTranslation(target.MidX, target.MidY));
        using var image = _bank.Open(level);
        using var shader = image.ToShader(SKShaderTileMode.Mirror, SKShaderTileMode.Mirror, matrix);
        using var colors = ColorChange.Draw(ref random);
        using var paint = new SKPaint { Shader = shader, ColorFilter = colors, FilterQuality = SKFilterQuality.Low, Color = SKColors.Black.WithAlpha((byte)Math.Round(255 * opacity)) };
        _canvas.DrawRect(target, paint);
    }

    private void DrawStamp(ref CounterRandom random)
    {
        var entry = _bank.Stamps.Draw(ref random);
        double side = Side * random.NextDouble(0.3, 1), turn = random.NextDouble(-0.6, 0.6), squeeze = random.NextDouble(0.8, 1.2);
        int size = 0;
        while (size + 1 < entry.Levels.Length && Math.Max(entry.Levels[size + 1].Width, entry.Levels[size + 1].Height) >= side) size++;
        var level = entry.Levels[size];
        float scale = (float)(side / Math.Max(level.Width, level.Height));
        float x = Side * (float)random.NextDouble(0.15, 0.85), y = Side * (float)random.NextDouble(0.15, 0.85);
        bool mirrored = random.NextDouble() < 0.5;
        using var image = _bank.Open(level);
        using var colors = ColorChange.Draw(ref random);
        using var paint = new SKPaint { ColorFilter = colors, FilterQuality = SKFilterQuality.Low, IsAntialias = true };
        _canvas.Save();
        _canvas.Translate(x, y);
        _canvas.RotateRadians((float)turn);
        _canvas.Scale(mirrored ? -scale : scale, scale * (float)squeeze);
        _canvas.DrawImage(image, -level.Width / 2f, -level.Height / 2f, paint);
        _canvas.Restore();
    }

    // A color or a piece of a picture, cut to the garment's shape and shaded like it.
    private void DrawGarment(ref CounterRandom random)
    {
        var level = _bank.Garments.Draw(ref random).Levels[0];
        double side = Side * random.NextDouble(0.5, 1.05), turn = random.NextDouble(-0.4, 0.4), squeeze = random.NextDouble(0.85, 1.15);
        float x = Side * (float)random.NextDouble(0.35, 0.65), y = Side * (float)random.NextDouble(0.35, 0.65);
        float scale = (float)(side / Math.Max(level.Width, level.Height)), width = level.Width * scale, height = level.Height * scale * (float)squeeze;
        var target = new SKRect(-width / 2, -height / 2, width / 2, height / 2);
        bool mirrored = random.NextDouble() < 0.5;
        using var image = _bank.Open(level);
        using var shade = new SKPaint { BlendMode = SKBlendMode.Modulate, FilterQuality = SKFilterQuality.High };
        _canvas.Save();
        _canvas.Translate(x, y);
        _canvas.RotateRadians((float)turn);
        if (mirrored) _canvas.Scale(-1, 1);
        _canvas.ClipRect(target, antialias: true);
        _canvas.SaveLayer();
        if (random.NextDouble() < FabricChance)
        {
            DrawPicture(ref random, target, opacity: 1);
        }
        else
        {
            float hue = (float)random.NextDouble(0, 360), saturation = (float)random.NextDouble(0, 100), value = (float)random.NextDouble(25, 100);
            _canvas.DrawColor(SKColor.FromHsv(hue, saturation, value));
        }

        _canvas.DrawImage(image, SKRect.Inflate(target, Beyond, Beyond), shade);
        _canvas.Restore();
        _canvas.Restore();
    }

    // Also the standard deviation of all values.
    private double Copy(Span<byte> rgb)
    {
        var pixels = _bitmap.GetPixelSpan();
        long sum = 0, squares = 0;
        for (int from = 0, to = 0; to < Side * Side * 3; from += 4, to += 3)
        {
            byte red = pixels[from], green = pixels[from + 1], blue = pixels[from + 2];
            (rgb[to], rgb[to + 1], rgb[to + 2]) = (red, green, blue);
            int light = (red + green + green + blue) >> 2;
            sum += light;
            squares += light * light;
        }

        double count = Side * Side, mean = sum / count;
        return Math.Sqrt((squares / count) - (mean * mean));
    }
}
