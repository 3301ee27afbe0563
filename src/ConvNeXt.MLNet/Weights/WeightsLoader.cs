using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Hub;
using ConvNeXt.Backbone.Weights.Pretrained;
using Microsoft.ML.Runtime;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Weights;

/// <summary>
/// Reads weights from a path or a Hugging Face model id. A download is reported to the progress channel of ML.NET and stops when the context is canceled.
/// Non-commercial licenses are checked before a download, and again when the network is known.
/// </summary>
internal sealed class WeightsLoader(IHost host, IChannel channel, bool acceptNonCommercialLicense)
{
    private const string HeadWeight = "head.weight";

    /// <summary>Reads the weights.</summary>
    /// <param name="pathOrId">Path or Hugging Face model id, or <see cref="ConvNeXtWeights.Packaged"/>.</param>
    /// <param name="expected">The network that they must be of, with any class count; null for the one that the weights show.</param>
    /// <param name="cancellation">Cancels a download.</param>
    /// <exception cref="NonCommercialLicenseException">The license excludes commercial use and was not accepted.</exception>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, is not a weights file, or is not a ConvNeXt classifier.</exception>
    /// <exception cref="WeightMismatchException">The weights belong to another network.</exception>
    /// <exception cref="IOException">The download failed.</exception>
    public LoadedWeights Load(string pathOrId, ConvNeXtConfig? expected, CancellationToken cancellation = default)
    {
        if (pathOrId == ConvNeXtWeights.Packaged) return PackagedWeights.Load(expected);
        LicenseGate.CheckSource(pathOrId, acceptNonCommercialLicense);
        string path = File.Exists(pathOrId) ? pathOrId : Resolve(pathOrId, cancellation);
        WeightSet weights = WeightFile.ReadAll(path);
        if (!weights.TryGet(HeadWeight, out WeightTensor? head) || head.Shape.Length != 2)
            throw new InvalidDataException($"{path}: there is no tensor '{HeadWeight}' [classes, features], so it is not a ConvNeXt classifier.");
        LoadedWeights loaded = LoadedWeights.Create(weights, expected, head.Shape[0], path);
        LicenseGate.CheckNetwork(loaded.Config, pathOrId, acceptNonCommercialLicense);
        return loaded with { License = (LicenseGate.FindLicense(pathOrId) ?? LicenseGate.FindLicense(loaded.Config))?.Id };
    }

    private string Resolve(string pathOrId, CancellationToken cancellation)
    {
        channel.Info(
            MessageSensitivity.UserData, "There is no file '{0}'; the text is taken as the id of a model on the Hugging Face hub.", Path.GetFullPath(pathOrId));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using IProgressChannel progress = host.StartProgressChannel("ConvNeXt weights");
        var download = new Download(host, channel, progress, stop);
        try
        {
            return WeightsSource.ResolveAsync(pathOrId, null, download, stop.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            host.CheckAlive(); // if the context was canceled, this throws its exception
            throw;
        }
    }

    private sealed class Download : IProgress<HubProgress>
    {
        private readonly IHost _host;
        private readonly IChannel _channel;
        private readonly CancellationTokenSource _stop;
        private volatile HubProgress? _latest;

        public Download(IHost host, IChannel channel, IProgressChannel progress, CancellationTokenSource stop)
        {
            (_host, _channel, _stop) = (host, channel, stop);
            progress.SetHeader(new ProgressHeader(["megabytes"]), Fill);
        }

        public void Report(HubProgress value)
        {
            if (_latest is null) _channel.Info(MessageSensitivity.None, "{0}", Invariant($"Downloading {value.Model}, {value.TotalBytes / 1e6:N0} MB."));
            _latest = value;
            try
            {
                _host.CheckAlive();
            }
            catch (OperationCanceledException)
            {
                _stop.Cancel();
            }
        }

        // Called by ML.NET on a background thread.
        private void Fill(IProgressEntry entry)
        {
            if (_latest is { } progress) entry.SetProgress(0, progress.Bytes / 1e6, progress.TotalBytes / 1e6);
        }
    }
}
