using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Cli.Commands;

/// <summary>Options that several commands have, and how their values are written.</summary>
internal static class CommonOptions
{
    private const string Levels = "quiet, normal, detailed or diag";

    /// <summary>How much is said on stderr, for every command.</summary>
    public static Option<Verbosity> Verbosity { get; } = new("--verbosity")
    {
        Description = $"What is written to stderr: {Levels} (with the stack trace of an error).",
        HelpName = "LEVEL",
        Recursive = true,
        DefaultValueFactory = _ => Terminal.Verbosity.Normal,
        CustomParser = ParseVerbosity,
    };

    /// <summary>Creates the option --json.</summary>
    public static Option<bool> CreateJson() => new("--json") { Description = "Write the result as JSON." };

    /// <summary>Creates the option --output for a copy of the trained model.</summary>
    public static Option<string?> CreateModelOutput() =>
        new("--output", "-o") { Description = "Also save the model as this file; it must not exist.", HelpName = "FILE" };

    /// <summary>Creates the option --accept-non-commercial.</summary>
    public static Option<bool> CreateNonCommercial() =>
        new("--accept-non-commercial") { Description = "Load weights whose license excludes commercial use." };

    /// <summary>Creates the option --weights-license.</summary>
    public static Option<string?> CreateWeightsLicense() => new("--weights-license")
    {
        Description = "The license of the weights, which the model keeps and the report names. Without, that of published weights and of those in the tool.",
        HelpName = "TEXT",
    };

    /// <summary>Creates the option --runs.</summary>
    public static Option<string> CreateRuns(string description) =>
        new("--runs") { Description = description, HelpName = "FOLDER", DefaultValueFactory = _ => "runs" };

    /// <summary>Creates the option --int8.</summary>
    public static Option<bool> CreateInt8() => new("--int8") { Description = "Compute with 8-bit products: faster, and the probabilities change a little." };

    /// <summary>Refuses two options that exclude each other.</summary>
    public static void RefuseBoth(CommandResult result, Option<bool> one, Option<bool> other)
    {
        if (result.GetValue(one) && result.GetValue(other)) result.AddError($"{one.Name} and {other.Name} cannot both be given.");
    }

    /// <summary>Creates the argument for a model file.</summary>
    public static Argument<string> CreateModel() => new("MODEL") { Description = "A model file of convnext train or of ML.NET (.zip)." };

    /// <summary>Creates the option --gpu.</summary>
    public static Option<bool> CreateGpu() => new("--gpu") { Description = "Compute on the first GPU; needs libtorch with CUDA on the library path." };

    /// <summary>Creates the argument for a folder of labeled images.</summary>
    public static Argument<string> CreateFolder() => new("DIR")
    {
        Description = "A folder with one subfolder of images per class, or with the parts train, val and test of such subfolders.",
    };

    /// <summary>Creates an option whose value is a whole number.</summary>
    public static Option<int?> CreateNumber(string name, string description, int least, int most = int.MaxValue) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most) return value;
            result.AddError($"{name} is '{text}', but must be a whole number " + (most == int.MaxValue ? $"of at least {least}." : $"from {least} to {most}."));
            return null;
        },
    };

    /// <summary>Creates an option whose value is a number from 0 to 1.</summary>
    public static Option<double?> CreateShare(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "P",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value is >= 0 and <= 1) return value;
            result.AddError($"{name} is '{text}', but must be a number from 0 to 1, such as 0.8.");
            return null;
        },
    };

    /// <summary>Creates an option whose value is a time such as 60 (seconds), 90s, 15m or 2h.</summary>
    public static Option<TimeSpan?> CreateTime(string name, string description) =>
        new(name) { Description = description, HelpName = "TIME", CustomParser = ParseTime };

    private static TimeSpan? ParseTime(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        double unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 };
        ReadOnlySpan<char> number = unit == 0 ? text : text.AsSpan(0, text.Length - 1);
        if (double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value > 0 && value < 1e7)
            return TimeSpan.FromSeconds(value * Math.Max(unit, 1));
        result.AddError($"'{text}' is not a time; write seconds, or a number with s, m or h, such as 90s or 15m.");
        return null;
    }

    private static Verbosity ParseVerbosity(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (char.IsLetter(text.FirstOrDefault()) && Enum.TryParse(text, ignoreCase: true, out Verbosity level)) return level;
        result.AddError($"--verbosity is '{text}', but must be {Levels}.");
        return default;
    }
}
