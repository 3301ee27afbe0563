using System.Globalization;
using System.Text.RegularExpressions;

namespace ConvNeXt.Backbone.Weights.Naming;

/// <summary>
/// A tensor name with placeholders, such as <c>stages.{s}.{b}.dwconv.{p}</c>: <c>{s}</c> is the stage, <c>{b}</c> the block, <c>{i}</c> a position in a
/// sequence, <c>{p}</c> the parameter (weight or bias). <c>{2s}</c> and <c>{2s+1}</c> are twice the stage, and that plus one; they match only if the stage is
/// an integer.
/// </summary>
internal sealed class NameTemplate
{
    private static readonly string[] Places = ["{s}", "{2s}", "{2s+1}", "{b}", "{i}", "{p}"];

    private readonly string _template;
    private readonly Regex _pattern;

    internal NameTemplate(string template)
    {
        _template = template;
        string pattern = Regex.Escape(template)
            .Replace(@"\{2s\+1}", "(?<o>[0-9]{1,4})").Replace(@"\{2s}", "(?<e>[0-9]{1,4})").Replace(@"\{p}", "(?<p>weight|bias)");
        foreach (string place in (string[])["s", "b", "i"]) pattern = pattern.Replace($@"\{{{place}}}", $"(?<{place}>[0-9]{{1,4}})");
        _pattern = new Regex($"^{pattern}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture);
    }

    /// <summary>Returns the placeholder values of a name, keyed by s, b, i and p; null if the name does not match.</summary>
    internal Dictionary<string, string>? Match(string name)
    {
        Match match = _pattern.Match(name);
        if (!match.Success) return null;
        var values = new Dictionary<string, string>();
        foreach (Group group in match.Groups.Values.Skip(1))
        {
            if (!group.Success) continue;
            if (group.Name is not ("e" or "o"))
            {
                values[group.Name] = group.Value;
                continue;
            }
            int number = int.Parse(group.Value, CultureInfo.InvariantCulture), offset = group.Name == "o" ? 1 : 0;
            if (number < offset || (number - offset) % 2 != 0) return null;
            values["s"] = ((number - offset) / 2).ToString(CultureInfo.InvariantCulture);
        }
        return values;
    }

    /// <summary>Returns the name with its placeholders filled in.</summary>
    internal string Fill(Dictionary<string, string> values)
    {
        string name = _template;
        foreach (string place in Places)
        {
            if (!name.Contains(place, StringComparison.Ordinal)) continue;
            string value = place is "{2s}" or "{2s+1}"
                ? (2 * int.Parse(values["s"], CultureInfo.InvariantCulture) + (place == "{2s}" ? 0 : 1)).ToString(CultureInfo.InvariantCulture)
                : values[place[1..^1]];
            name = name.Replace(place, value, StringComparison.Ordinal);
        }
        return name;
    }
}
