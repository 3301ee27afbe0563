namespace ConvNeXt.Backbone.Training;

/// <summary>Which layers share a learning rate under layer-wise decay.</summary>
public enum LayerDecayRule
{
    /// <summary>Twelve groups of layers: V1 (optim_factory.py), and V2 from base on.</summary>
    Groups,

    /// <summary>Each block by itself: V2 up to tiny ("single" in its optim_factory.py). Isotropic networks, for which there are no groups, always have it.</summary>
    Single,
}
