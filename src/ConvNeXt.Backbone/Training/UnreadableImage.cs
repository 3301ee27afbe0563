namespace ConvNeXt.Backbone.Training;

/// <summary>An item that was left out because its picture cannot be read.</summary>
/// <param name="Index">Of the item in its source.</param>
/// <param name="Description">The source's name of the item.</param>
/// <param name="Reason">Why it cannot be read.</param>
/// <param name="IsValidation">Whether it belongs to the validation set.</param>
public sealed record UnreadableImage(int Index, string Description, string Reason, bool IsValidation);
