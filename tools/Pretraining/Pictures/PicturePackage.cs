using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConvNeXt.Pretraining.Pictures;

/// <summary>What the pictures of a package are.</summary>
internal enum PictureKind
{
    /// <summary>Photographs and paintings, worth a large size.</summary>
    Photographs,

    /// <summary>Surfaces of things in games.</summary>
    Textures,

    /// <summary>Objects on a transparent ground, to be pasted.</summary>
    Stamps,

    /// <summary>Photographs that are never trained on, to compare methods by.</summary>
    HeldOut,

    /// <summary>Clothes in light and shade on a transparent ground, to be pasted in any color or fabric.</summary>
    Garments,
}

/// <summary>Where a package is from.</summary>
internal enum PackageRegistry
{
    /// <summary>Debian's archive.</summary>
    Debian,

    /// <summary>The npm registry.</summary>
    Npm,
}

/// <summary>A package with pictures: a row of <c>packages.json</c>.</summary>
/// <param name="Name">The package.</param>
/// <param name="License">Under which its pictures are, as its copyright file says.</param>
/// <param name="Kind">What they are.</param>
/// <param name="Weight">How often one of its pictures is drawn, relative to others of its sort.</param>
internal sealed record PicturePackage(string Name, string License, PictureKind Kind, double Weight)
{
    private static readonly JsonSerializerOptions _options = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    /// <summary>Where the package is from.</summary>
    public PackageRegistry Registry { get; init; }

    /// <summary>Name of its folder.</summary>
    public string FolderName => Name.Replace('/', '+');

    /// <summary>Endings of the files that are taken; null for all that can be read.</summary>
    public string[]? Extensions { get; init; }

    /// <summary>A folder that has to be part of a file's path; null for any.</summary>
    public string? Under { get; init; }

    /// <summary>Most pictures that are taken.</summary>
    public int Most { get; init; } = int.MaxValue;

    /// <summary>All rows of the list that is part of the program.</summary>
    public static PicturePackage[] ReadAll()
    {
        using var stream = typeof(PicturePackage).Assembly.GetManifestResourceStream("packages.json")!;
        return JsonSerializer.Deserialize<PicturePackage[]>(stream, _options)!;
    }
}
