using System.Collections.ObjectModel;
using static System.FormattableString;

namespace ConvNeXt.MLNet.ModelFiles;

/// <summary>
/// The license of the weights that the training of a model started from, as it is kept in the model file: in the metadata of the weights. Files of
/// earlier versions have none.
/// </summary>
internal static class StoredLicense
{
    /// <summary>The license of the weights in this package.</summary>
    public const string Packaged = "MIT";

    /// <summary>Says that training started from random weights, whose license is nobody's but the trainer's.</summary>
    public const string Scratch = "none, trained from scratch";

    private const string Key = "starting_weights_license";
    private const int LargestLength = 200;

    /// <summary>Returns the metadata for a license; null for none.</summary>
    public static IReadOnlyDictionary<string, string>? ToMetadata(string? license) =>
        license is null ? null : new ReadOnlyDictionary<string, string>(new Dictionary<string, string>(StringComparer.Ordinal) { [Key] = license });

    /// <summary>Returns the license in metadata, or null if the metadata do not have one.</summary>
    /// <exception cref="InvalidDataException">It is not a line of text.</exception>
    public static string? Find(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(Key, out string? license)) return null;
        return IsValid(license) ? license : throw new InvalidDataException("The model file is damaged: the license of the weights is not a line of text.");
    }

    /// <summary>Checks an option.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It cannot be stored.</exception>
    public static void Check(string license, string option) =>
        Backbone.Check.Holds(IsValid(license), license, option, Invariant($"one line of 1 to {LargestLength} characters"));

    private static bool IsValid(string license) => license.Trim().Length > 0 && license.Length <= LargestLength && !license.Any(char.IsControl);
}
