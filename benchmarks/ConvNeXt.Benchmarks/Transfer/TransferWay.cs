namespace ConvNeXt.Benchmarks.Transfer;

/// <summary>A way to get a classifier of a set from a part of it.</summary>
/// <param name="Name">On the command line and in the table.</param>
/// <param name="Train">Trains on some items with a seed; returns the probabilities for others and the seconds that training took.</param>
internal sealed record TransferWay(string Name, Func<int[], int[], int, (float[][] Probabilities, double Seconds)> Train)
{
    /// <summary>The ways for a set.</summary>
    /// <param name="set">The images.</param>
    /// <param name="variants">Of the default, each a way of its own.</param>
    public static IReadOnlyList<TransferWay> For(TransferSet set, IReadOnlyList<RecipeVariant> variants)
    {
        var peer = new ResNet18Peer(set);
        return
        [
            new("resnet18-sdca", peer.Sdca),
            new("resnet18-lbfgs", peer.Lbfgs),
            new("scratch", (training, test, seed) => OwnTraining.Scratch(set, training, test, seed)),
            new("probe", (training, test, seed) => OwnTraining.Probe(set, training, test, seed)),
            new("default", (training, test, seed) => OwnTraining.Default(set, training, test, seed)),
            .. variants.Select(variant => new TransferWay(
                variant.Name, (training, test, seed) => OwnTraining.Variant(variant, set, training, test, seed))),
        ];
    }
}
