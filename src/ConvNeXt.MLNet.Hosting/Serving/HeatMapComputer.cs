using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Evaluation;
using ConvNeXt.MLNet.Hosting.Diagnostics;
using ConvNeXt.MLNet.Hosting.Models;
using Microsoft.Extensions.Logging;

namespace ConvNeXt.MLNet.Hosting.Serving;

/// <summary>
/// Heat maps. They are computed one after the other, so that they delay the lane by one image at most. As a request that classifies, each has a place in the
/// service and is a user of its model.
/// </summary>
internal sealed class HeatMapComputer(ConvNeXtClassifierOptions options, Admission admission, ModelStore models, ILogger logger)
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Computes the heat map of an image.</summary>
    /// <param name="encoded">The content of an image file, not longer than allowed.</param>
    /// <param name="label">The class; null for the most likely one.</param>
    /// <param name="cancellationToken">Ends the request before it is computed.</param>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    /// <exception cref="ArgumentException">The model has no such class.</exception>
    public async Task<HeatMapResult> ComputeAsync(byte[] encoded, string? label, CancellationToken cancellationToken)
    {
        if (admission.TryEnter() is { } refusal) return Refuse(refusal);
        LoadedModel? model = models.Enter();
        try
        {
            if (model is null) return Refuse(ClassificationStatus.Unavailable);
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await Task.Run(() => Compute(model, encoded, label), cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            model?.Leave();
            admission.FreePlace();
            admission.Leave();
        }
    }

    private HeatMapResult Compute(LoadedModel model, byte[] encoded, string? label)
    {
        int? index = label is null ? null : FindClass(model, label);
        try
        {
            ImageTooLargeException.ThrowIfMore(encoded, model.Scorer.Decoding, options.MaxImagePixels);
            HeatMap map = model.Classifier.ComputeHeatMap(encoded, index);
            return new HeatMapResult
            {
                Status = ClassificationStatus.Classified,
                HeatMap = map,
                Label = model.Labels[map.Class],
                ModelVersion = model.Version,
            };
        }
        catch (ImageTooLargeException e)
        {
            return Refuse(ClassificationStatus.ImageTooLarge, e.Message);
        }
        catch (UnreadableImageException e)
        {
            return Refuse(ClassificationStatus.UnreadableImage, e.Message);
        }
        catch (Exception e)
        {
            logger.HeatMapFailed(e);
            return Refuse(ClassificationStatus.Failed);
        }
    }

    private static int FindClass(LoadedModel model, string label)
    {
        for (int i = 0; i < model.Labels.Count; i++)
            if (model.Labels[i] == label) return i;
        throw new ArgumentException($"The model has no class '{label}'.", nameof(label));
    }

    private static HeatMapResult Refuse(ClassificationStatus status) => Refuse(status, Problems.Create(status).Problem!);

    private static HeatMapResult Refuse(ClassificationStatus status, string problem) => new() { Status = status, Problem = problem };
}
