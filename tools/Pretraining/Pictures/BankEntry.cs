namespace ConvNeXt.Pretraining.Pictures;

/// <summary>One size of a picture in the bank's file.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
internal sealed record BankLevel(long Offset, int Width, int Height);

/// <summary>A picture of the bank, large to small.</summary>
/// <param name="Source">Where it is from.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Weight">How often it is drawn.</param>
/// <param name="Levels">Its sizes, each half of the one before.</param>
internal sealed record BankEntry(string Source, PictureKind Kind, double Weight, BankLevel[] Levels);
