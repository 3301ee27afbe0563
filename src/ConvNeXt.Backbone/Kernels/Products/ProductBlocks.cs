namespace ConvNeXt.Backbone.Kernels.Products;

/// <summary>How a product is divided among threads: blocks of rows, and for each block groups of panels.</summary>
/// <param name="Rows">Rows in a block; the last one may have fewer.</param>
/// <param name="RowBlocks">Number of blocks.</param>
/// <param name="Panels">Panels in a group; the last one may have fewer.</param>
/// <param name="Groups">Number of groups.</param>
internal readonly record struct ProductBlocks(int Rows, int RowBlocks, int Panels, int Groups)
{
    private const int ItemsPerThread = 4;

    /// <summary>Number of work items.</summary>
    public int Count => RowBlocks * Groups;

    /// <summary>Divides a product.</summary>
    /// <param name="rows">Rows of the product.</param>
    /// <param name="blockRows">The most rows in a block.</param>
    /// <param name="panels">All panels.</param>
    /// <param name="threads">Number of threads.</param>
    public static ProductBlocks Create(int rows, int blockRows, int panels, int threads)
    {
        blockRows = GemmTile.BlockRows(rows, Ceiling(rows, blockRows), threads);
        int rowBlocks = Ceiling(rows, blockRows);
        int groups = threads == 1 ? 1 : Math.Clamp(Ceiling(ItemsPerThread * threads, rowBlocks), 1, panels);
        int groupPanels = Ceiling(panels, groups);
        return new ProductBlocks(blockRows, rowBlocks, groupPanels, Ceiling(panels, groupPanels));
    }

    private static int Ceiling(int count, int size) => (count + size - 1) / size;
}
