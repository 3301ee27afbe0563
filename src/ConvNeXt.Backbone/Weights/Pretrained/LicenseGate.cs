using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights.Naming;

namespace ConvNeXt.Backbone.Weights.Pretrained;

/// <summary>
/// Keeps weights that exclude commercial use from being loaded by accident. It looks twice: at the name before anything is downloaded, and at the network
/// when the file is read, because files travel without their names.
/// </summary>
internal static class LicenseGate
{
    /// <summary>Terms of model ids that are not rows of <see cref="PretrainedModels"/>: what the id contains, and the terms.</summary>
    private static readonly ImmutableArray<(string Part, WeightsLicense License)> _licensesById =
    [
        ("timm/convnextv2_", WeightsLicense.OfficialV2),
        ("facebook/convnextv2-", WeightsLicense.OfficialV2),
        (".eupe_", WeightsLicense.Eupe),
        (".dinov3_", WeightsLicense.DinoV3),
    ];

    /// <summary>The terms of a model id or of a file by its name, as far as they are known; else null.</summary>
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
    /// The terms that weights of such a network have if nothing else is known of them: those of the official V2 weights for a V2 network of exactly an
    /// official size with the classes of ImageNet, 1k or 22k; else null. A V2 network for other classes, or of another size, is somebody's own.
    /// </summary>
    public static WeightsLicense? FindLicense(ConvNeXtConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        bool isOfficial = config.ClassCount is 1000 or 21841 && ConvNeXtArchitectures.Recognize(config) is { Source: ArchitectureSource.ConvNeXtV2 };
        return isOfficial ? WeightsLicense.OfficialV2 : null;
    }

    /// <summary>Checks a name before anything is downloaded or read.</summary>
    /// <param name="pathOrId">A path or a model id.</param>
    /// <param name="acceptNonCommercialLicense">Whether the user accepts terms that exclude commercial use.</param>
    /// <exception cref="NonCommercialLicenseException">The weights are known to exclude commercial use, and that is not accepted.</exception>
    public static void CheckSource(string pathOrId, bool acceptNonCommercialLicense) => Check(FindLicense(pathOrId), pathOrId, acceptNonCommercialLicense, "");

    /// <summary>Checks the network in a file that was read.</summary>
    /// <param name="config">The network with the file's own number of classes.</param>
    /// <param name="source">What to call the file in messages.</param>
    /// <param name="acceptNonCommercialLicense">Whether the user accepts terms that exclude commercial use.</param>
    /// <exception cref="NonCommercialLicenseException">The network is one of the official V2 networks, and their terms are not accepted.</exception>
    public static void CheckNetwork(ConvNeXtConfig config, string source, bool acceptNonCommercialLicense) =>
        Check(
            FindLicense(config),
            source,
            acceptNonCommercialLicense,
            " This was told from the network, which is that of the official weights; for weights that you trained yourself, set the option too.");

    private static void Check(WeightsLicense? license, string source, bool accepted, string note)
    {
        if (license is { NonCommercial: true } && !accepted) throw new NonCommercialLicenseException(source, license, note);
    }
}

/// <summary>Weights exclude commercial use, and the user has not accepted that.</summary>
public sealed class NonCommercialLicenseException : InvalidOperationException
{
    internal NonCommercialLicenseException(string source, WeightsLicense license, string note)
        : base($"The weights '{source}' are licensed for non-commercial use only ({license.Id}; {license.Source}). "
            + $"Set AcceptNonCommercialLicense = true to load them under these terms.{note}") =>
        License = license;

    /// <summary>The terms.</summary>
    public WeightsLicense License { get; }
}
