namespace ConvNeXt.MLNet;

/// <summary>A color of 8 bits for each channel.</summary>
/// <param name="Red">Red, 0 to 255.</param>
/// <param name="Green">Green, 0 to 255.</param>
/// <param name="Blue">Blue, 0 to 255.</param>
public readonly record struct RgbColor(byte Red, byte Green, byte Blue)
{
    /// <summary>0, 0, 0.</summary>
    public static RgbColor Black { get; } = new(0, 0, 0);

    /// <summary>255, 255, 255.</summary>
    public static RgbColor White { get; } = new(255, 255, 255);
}
