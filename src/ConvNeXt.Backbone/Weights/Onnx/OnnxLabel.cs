namespace ConvNeXt.Backbone.Weights.Onnx;

/// <summary>The most likely class as an output.</summary>
internal static class OnnxLabel
{
    /// <summary>Adds the nodes and returns the name of the output, [batch]: the names of classes, or their numbers where they have none.</summary>
    internal static string Find(OnnxGraph graph, string logits, IReadOnlyList<string>? labels)
    {
        const string Label = "label";
        OnnxMessage[] attributes = [OnnxMessages.Attribute("axis", 1), OnnxMessages.Attribute("keepdims", 0)];
        return labels is null
            ? graph.Node("ArgMax", Label, [logits], attributes)
            : graph.Node("Gather", Label, [graph.Constant("labels", labels), graph.Node("ArgMax", "label.number", [logits], attributes)]);
    }
}
