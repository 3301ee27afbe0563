using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;

namespace ConvNeXt.Backbone.Weights;

/// <summary>Whether weights are those of a configuration.</summary>
internal static class WeightCheck
{
    /// <summary>Everything that is wrong, a line each: tensors missing, not expected, or of another shape. Empty when the weights fit.</summary>
    public static ImmutableArray<string> Problems(ConvNeXtConfig config, WeightSet weights)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        return Problems(config, weights.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Shape, StringComparer.Ordinal));
    }

    /// <summary>The same from official names and shapes alone, without the values.</summary>
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

    /// <summary>Accepts weights that fit.</summary>
    /// <param name="config">The network.</param>
    /// <param name="weights">What was given.</param>
    /// <param name="source">Where they come from, such as a file name, for the message.</param>
    /// <exception cref="WeightMismatchException">They do not fit; the message lists every problem by name.</exception>
    public static void Require(ConvNeXtConfig config, WeightSet weights, string? source = null)
    {
        var problems = Problems(config, weights);
        if (problems.Length > 0) throw new WeightMismatchException(config.Name, source, problems);
    }
}

/// <summary>Weights are not those of the configuration they were given for.</summary>
public sealed class WeightMismatchException : Exception
{
    internal WeightMismatchException(string configuration, string? source, ImmutableArray<string> problems)
        : base($"{source ?? "The weights"}: {problems.Length} tensor(s) do not fit {configuration}:{Environment.NewLine}"
            + $"{string.Join(Environment.NewLine, problems.Select(line => "  " + line))}") =>
        Problems = problems;

    /// <summary>Every problem, a line each.</summary>
    public ImmutableArray<string> Problems { get; }
}
