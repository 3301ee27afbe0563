using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;

namespace ConvNeXt.Backbone.Weights;

/// <summary>Checks weights against a configuration.</summary>
internal static class WeightCheck
{
    /// <summary>Returns all problems, one message each: tensors that are missing, unexpected or of the wrong shape. Empty if the weights match.</summary>
    public static ImmutableArray<string> Problems(ConvNeXtConfig config, WeightSet weights)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        return Problems(config, weights.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Shape, StringComparer.Ordinal));
    }

    /// <summary>Does the same from official names and shapes only, without the values.</summary>
    internal static ImmutableArray<string> Problems(ConvNeXtConfig config, IReadOnlyDictionary<string, ImmutableArray<int>> shapes)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        var expected = ParameterTable.Of(config);
        foreach (var parameter in expected)
        {
            if (!shapes.TryGetValue(parameter.Name, out var shape))
                problems.Add($"tensor '{parameter.Name}' is missing, the configuration wants [{string.Join(',', parameter.Shape)}]");
            else if (!shape.AsSpan().SequenceEqual(parameter.Shape.AsSpan()))
                problems.Add($"tensor '{parameter.Name}' is [{string.Join(',', shape)}], the configuration wants [{string.Join(',', parameter.Shape)}]");
        }

        var names = expected.Select(parameter => parameter.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, shape) in shapes)
            if (!names.Contains(name)) problems.Add($"tensor '{name}' [{string.Join(',', shape)}] is not part of the configuration");
        return problems.ToImmutable();
    }

    /// <summary>Throws if the weights do not match the configuration.</summary>
    /// <param name="config">The network.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="source">Source of the weights for the error message, such as a file name.</param>
    /// <exception cref="WeightMismatchException">The weights do not match; the message names their network if it is known, or lists the problems.</exception>
    public static void Require(ConvNeXtConfig config, WeightSet weights, string? source = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        Require(config, weights.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Shape, StringComparer.Ordinal), source);
    }

    /// <summary>Does the same from official names and shapes only, without the values.</summary>
    internal static void Require(ConvNeXtConfig config, IReadOnlyDictionary<string, ImmutableArray<int>> shapes, string? source)
    {
        var problems = Problems(config, shapes);
        if (problems.Length == 0) return;
        ConvNeXtArchitecture? found = Recognize(shapes);
        throw found is not null && found.Variant != ConvNeXtArchitectures.Recognize(config)?.Variant
            ? new WeightMismatchException(config.Name, source, problems, found)
            : new WeightMismatchException(config.Name, source, problems);
    }

    private static ConvNeXtArchitecture? Recognize(IReadOnlyDictionary<string, ImmutableArray<int>> shapes)
    {
        try
        {
            ConvNeXtConfig config = ConfigDetector.Detect(shapes, "");
            return Problems(config, shapes).IsEmpty ? ConvNeXtArchitectures.Recognize(config) : null;
        }
        catch (InvalidDataException)
        {
            return null; // not all parts of a network are there
        }
    }
}

/// <summary>Thrown if weights do not match the configuration that they were given for.</summary>
public sealed class WeightMismatchException : Exception
{
    private const int ListedProblems = 10;

    internal WeightMismatchException(string configuration, string? source, ImmutableArray<string> problems)
        : base($"{source ?? "The weights"}: {problems.Length} tensor(s) do not match {configuration}:{Environment.NewLine}{List(problems)}") =>
        Problems = problems;

    internal WeightMismatchException(string configuration, string? source, ImmutableArray<string> problems, ConvNeXtArchitecture found)
        : base($"{source ?? "The weights"}: these are the weights of {found.Name} (variant {found.Variant}), not of {configuration}.") =>
        Problems = problems;

    /// <summary>All problems, one message each. The message of the exception lists the first ten.</summary>
    public ImmutableArray<string> Problems { get; }

    private static string List(ImmutableArray<string> problems)
    {
        IEnumerable<string> lines = problems.Take(ListedProblems);
        if (problems.Length > ListedProblems) lines = lines.Append($"... and {problems.Length - ListedProblems} more");
        return string.Join(Environment.NewLine, lines.Select(line => "  " + line));
    }
}
