using ConvNeXt.Backbone.Architecture;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>
/// ConvNeXt V1 and V2 in TorchSharp modules, written from the papers as a user of TorchSharp would write it, with the official parameter names. It shares
/// no code with this project's engines, so it is the other side of comparisons: with them and of training runs.
/// </summary>
internal sealed class TorchConvNeXt : Module<Tensor, Tensor?, Tensor>
{
    /// <summary>Epsilon of all norms.</summary>
    public const double NormEpsilon = 1e-6;

    private readonly ModuleList<Module<Tensor, Tensor>> _downsampling;
    private readonly ModuleList<ModuleList<TorchBlock>> _stages;
    private readonly LayerNorm _norm;
    private readonly Linear _head;

    /// <summary>Creates the network with TorchSharp's random weights.</summary>
    /// <param name="config">Sizes of the network. Isotropic networks and the other stems and heads are not supported.</param>
    public TorchConvNeXt(ConvNeXtConfig config) : base(nameof(TorchConvNeXt))
    {
        if (config.IsIsotropic || config.OverlappingStemWidth is not null || config.NormBeforePooling || config.HeadHiddenWidth is not null)
            throw new BenchmarkException($"{config.Name} is not a network of the papers' main families; the libtorch network has no other parts.");
        ClassCount = config.ClassCount;
        int[] widths = [.. config.Widths];
        float[] rates = DropPathRates(config);
        var downsampling = new List<Module<Tensor, Tensor>> { Sequential(Conv2d(3, widths[0], 4, stride: 4), new TorchPixelNorm(widths[0])) };
        var stages = new List<ModuleList<TorchBlock>>();
        int block = 0;
        for (int stage = 0; stage < widths.Length; stage++)
        {
            if (stage > 0) downsampling.Add(Sequential(new TorchPixelNorm(widths[stage - 1]), Conv2d(widths[stage - 1], widths[stage], 2, stride: 2)));
            TorchBlock[] blocks = new TorchBlock[config.Depths[stage]];
            for (int i = 0; i < blocks.Length; i++)
                blocks[i] = new TorchBlock(widths[stage], config.GlobalResponseNorm, config.LayerScaleInit is not null, rates[block++]);
            stages.Add(new ModuleList<TorchBlock>(blocks));
        }
        register_module("downsample_layers", _downsampling = new ModuleList<Module<Tensor, Tensor>>([.. downsampling]));
        register_module("stages", _stages = new ModuleList<ModuleList<TorchBlock>>([.. stages]));
        register_module("norm", _norm = LayerNorm(widths[^1], NormEpsilon));
        register_module("head", _head = Linear(widths[^1], config.ClassCount));
    }

    /// <summary>Classes of the head.</summary>
    public int ClassCount { get; }

    /// <summary>Copies weights into the network.</summary>
    /// <param name="weights">Each parameter's values, by official name.</param>
    public void Load(Func<string, float[]> weights)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        foreach ((string name, Parameter parameter) in named_parameters()) parameter.copy_(torch.tensor(weights(name)).view(parameter.shape));
    }

    /// <summary>Stores the convolutions' weights channels last, as <c>model.to(memory_format=torch.channels_last)</c> does in Python.</summary>
    public void ToChannelsLast()
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        // A clone keeps the layout and, other than a view, can be trained.
        foreach (Conv2d convolution in modules().OfType<Conv2d>()) convolution.weight = new Parameter(ChannelsLast(convolution.weight!).clone());
    }

    /// <summary>The same tensor, [images, channels, height, width], with the channels of a pixel next to each other in memory.</summary>
    /// <remarks>TorchSharp's <c>contiguous</c> does not take a memory format.</remarks>
    public static Tensor ChannelsLast(Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        return x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    /// <param name="images">[images, 3, height, width], normalized.</param>
    /// <param name="dropPathDraws">[blocks, images], see <see cref="TorchBlock"/>; null to drop nothing.</param>
    /// <returns>The logits, [images, classes].</returns>
    public override Tensor forward(Tensor images, Tensor? dropPathDraws)
    {
        using var scope = torch.NewDisposeScope();
        Tensor x = images;
        int block = 0;
        for (int stage = 0; stage < _stages.Count; stage++)
        {
            x = Next(x, _downsampling[stage].call(x));
            foreach (TorchBlock layer in _stages[stage]) x = Next(x, layer.call(x, dropPathDraws?[block++]));
        }
        return _head.call(_norm.call(x.mean([2, 3]))).MoveToOuterDisposeScope();

        Tensor Next(Tensor input, Tensor output)
        {
            if (!ReferenceEquals(input, images)) input.Dispose();
            return output;
        }
    }

    /// <summary>The rates rise linearly over the blocks, from 0 to the configured one (float32 linspace).</summary>
    private static float[] DropPathRates(ConvNeXtConfig config)
    {
        using Tensor rates = torch.linspace(0, config.DropPathRate, config.Depths.Sum());
        return rates.data<float>().ToArray();
    }
}
