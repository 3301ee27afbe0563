namespace ConvNeXt.Backbone.Architecture.Roadmap;

/// <summary>Counts the multiply-accumulates of convolutions, layer by layer.</summary>
/// <param name="height">Height of what the first layer reads.</param>
/// <param name="width">Its width.</param>
internal sealed class PlanCost(int height, int width)
{
    private int _height = height, _width = width;

    /// <summary>The sum so far.</summary>
    public long Total { get; private set; }

    /// <summary>Adds a layer. Only convolutions cost anything; bias, norm, activation and pooling are not counted.</summary>
    public void Add(PlannedLayer layer)
    {
        switch (layer)
        {
            case PlannedConvolution convolution:
                (_height, _width) = (convolution.SideAfter(_height), convolution.SideAfter(_width));
                Total += convolution.KernelShape.Aggregate((long)_height * _width, (product, size) => product * size);
                break;
            case PlannedPooling:
                (_height, _width) = (Pooled(_height), Pooled(_width));
                break;
            case PlannedBlock block:
                var beside = new PlanCost(_height, _width);
                foreach (PlannedLayer inner in block.Shortcut) beside.Add(inner);
                foreach (PlannedLayer inner in block.Branch) Add(inner);
                Total += beside.Total;
                break;
        }
    }

    private static int Pooled(int side) => ((side + (2 * PlannedPooling.Padding) - PlannedPooling.Kernel) / PlannedPooling.Stride) + 1;
}
