using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights.Naming;

namespace ConvNeXt.Backbone.Weights.Pretrained;

/// <summary>
/// Prevents weights that exclude commercial use from being loaded by accident. The name is checked before anything is downloaded, and the network when the file
/// is read, because files can be renamed.
/// </summary>
internal static class LicenseGate
{
    /// <summary>Licenses of model ids that are not rows of <see cref="PretrainedModels"/>: a part of the id, and the license.</summary>
    private static readonly ImmutableArray<(string Part, WeightsLicense License)> _licensesById =
    [
        ("timm/convnextv2_", WeightsLicense.OfficialV2),
        ("facebook/convnextv2-", WeightsLicense.OfficialV2),
        (".eupe_", WeightsLicense.Eupe),
        (".dinov3_", WeightsLicense.DinoV3),
    ];

    /// <summary>Returns the license of a model id or a file, derived from its name; null if unknown.</summary>
    public static WeightsLicense? FindLicense(string pathOrId)
    {
        ArgumentNullException.ThrowIfNull(pathOrId);
        if (PretrainedModels.Identify(pathOrId) is { } row) return row.License;
        var rules = from name in PublishedName.Of(pathOrId)
                    from rule in _licensesById
                    where name.Contains(rule.Part, StringComparison.OrdinalIgnoreCase)
                    select rule.License;
        return rules.FirstOrDefault();
    }

    /// <summary>
    /// Returns the license to assume for weights of a network if nothing else is known: that of the official V2 weights for a V2 network of an official size
    /// with the classes of ImageNet-1k or -22k; otherwise null. Other V2 networks are not the official ones.
    /// </summary>
    public static WeightsLicense? FindLicense(ConvNeXtConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        bool isOfficial = config.ClassCount is 1000 or 21841 && ConvNeXtArchitectures.Recognize(config) is { Source: ArchitectureSource.ConvNeXtV2 };
        return isOfficial ? WeightsLicense.OfficialV2 : null;
    }

    /// <summary>Checks a name before anything is downloaded or read.</summary>
    /// <param name="pathOrId">A path or a model id.</param>
    /// <param name="acceptNonCommercialLicense">Whether the user accepts licenses that exclude commercial use.</param>
    /// <exception cref="NonCommercialLicenseException">The weights are known to exclude commercial use, and this is not accepted.</exception>
    public static void CheckSource(string pathOrId, bool acceptNonCommercialLicense) => Check(FindLicense(pathOrId), pathOrId, acceptNonCommercialLicense, "");

    /// <summary>Checks the network of a file that was read.</summary>
    /// <param name="config">The network, with the number of classes in the file.</param>
    /// <param name="source">Name of the file for error messages.</param>
    /// <param name="acceptNonCommercialLicense">Whether the user accepts licenses that exclude commercial use.</param>
    /// <exception cref="NonCommercialLicenseException">The network is an official V2 network, and its license is not accepted.</exception>
    public static void CheckNetwork(ConvNeXtConfig config, string source, bool acceptNonCommercialLicense) =>
        Check(
            FindLicense(config),
            source,
            acceptNonCommercialLicense,
            " This was derived from the network, which matches the official weights; set the option for weights that you trained yourself, too.");

    private static void Check(WeightsLicense? license, string source, bool accepted, string note)
    {
        if (license is { NonCommercial: true } && !accepted) throw new NonCommercialLicenseException(source, license, note);
    }
}

/// <summary>Thrown if weights exclude commercial use and the user has not accepted this.</summary>
public sealed class NonCommercialLicenseException : InvalidOperationException
{
    internal NonCommercialLicenseException(string source, WeightsLicense license, string note)
        : base($"The weights '{source}' are licensed for non-commercial use only ({license.Id}; {license.Source}). "
            + $"Set AcceptNonCommercialLicense = true to load them under this license.{note}") =>
        License = license;

    /// <summary>The license.</summary>
    public WeightsLicense License { get; }
}
