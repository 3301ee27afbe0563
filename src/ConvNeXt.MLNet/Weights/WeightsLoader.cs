using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Hub;
using ConvNeXt.Backbone.Weights.Pretrained;
using Microsoft.ML.Runtime;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Weights;

/// <summary>
/// Finds and reads the weights that an option names: a path or a hub id, whose download is told to ML.NET's progress channel and ends when the context is
/// cancelled. Non-commercial licences are asked for before a download and again when the network is known.
/// </summary>
internal sealed class WeightsLoader(IHost host, IChannel channel, bool acceptNonCommercialLicense)
{
    private const string HeadWeight = "head.weight";

    /// <summary>Reads the weights.</summary>
    /// <param name="pathOrId">What the option says.</param>
    /// <param name="config">The network that they must be; its class count does not matter.</param>
    /// <param name="cancellation">Ends a download.</param>
    /// <returns>The weights as the file has them, the number of classes of their head, and the file.</returns>
    /// <exception cref="NonCommercialLicenseException">The weights exclude commercial use, and that was not accepted.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, is no weights file, or has no classifier head.</exception>
    /// <exception cref="IOException">The download failed.</exception>
    public (WeightSet Weights, int ClassCount, string Path) Load(string pathOrId, ConvNeXtConfig config, CancellationToken cancellation = default)
    {
        LicenseGate.CheckSource(pathOrId, acceptNonCommercialLicense);
        string path = File.Exists(pathOrId) ? pathOrId : Resolve(pathOrId, cancellation);
        WeightSet weights = WeightFile.ReadAll(path);
        if (!weights.TryGet(HeadWeight, out WeightTensor? head) || head.Shape.Length != 2)
            throw new InvalidDataException($"{path}: there is no tensor '{HeadWeight}' [classes, features], so these are no weights of a ConvNeXt classifier.");
        LicenseGate.CheckNetwork(config with { ClassCount = head.Shape[0] }, pathOrId, acceptNonCommercialLicense);
        return (weights, head.Shape[0], path);
    }

    private string Resolve(string pathOrId, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using IProgressChannel progress = host.StartProgressChannel("ConvNeXt weights");
        var download = new Download(host, channel, progress, stop);
        try
        {
            return WeightsSource.ResolveAsync(pathOrId, null, download, stop.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            host.CheckAlive(); // the context's own message where it was the context
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

        // Called on a thread of ML.NET's own.
        private void Fill(IProgressEntry entry)
        {
            if (_latest is { } progress) entry.SetProgress(0, progress.Bytes / 1e6, progress.TotalBytes / 1e6);
        }
    }
}
