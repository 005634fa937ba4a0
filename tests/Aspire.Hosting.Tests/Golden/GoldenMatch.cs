using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Aspire.Hosting.Tests.Golden;

/// <summary>
/// Compares recorded JSON with what was seen. A mask in the recording (see its README) stands for any text of its kind; one that has a name, such
/// as <c>PORT.api</c>, stands for the same text everywhere, which it gets where it is met first.
/// </summary>
internal sealed partial class GoldenMatch
{
    /// <summary>Masks without a name, which stand for another text each time.</summary>
    private static readonly Dictionary<string, string> s_unnamed = new()
    {
        ["HEX64"] = "[0-9a-f]{64}",
        ["HEX40"] = "[0-9a-f]{40}",
        ["RANDOM8"] = "[0-9a-z]{8}",
        ["GUID"] = "[0-9a-f-]{36}",
        ["TIME"] = ".+",
        ["PID"] = "-?[0-9]+",
        ["ID"] = ".*",
    };

    private readonly Dictionary<string, string> _known = [];

    /// <summary>Texts of masks that are known beforehand.</summary>
    public string this[string mask]
    {
        set => _known[mask] = value;
    }

    /// <summary>Matches one text and learns the masks in it.</summary>
    public bool Text(string recorded, string seen)
    {
        if (!Mask().IsMatch(recorded))
        {
            return recorded == seen;
        }

        var pattern = new StringBuilder("^");
        var learned = new List<string>();
        var end = 0;
        foreach (Match mask in Mask().Matches(recorded))
        {
            pattern.Append(Regex.Escape(recorded[end..mask.Index])).Append(PatternOf(mask.Value, learned));
            end = mask.Index + mask.Length;
        }

        var match = Regex.Match(seen, pattern.Append(Regex.Escape(recorded[end..])).Append('$').ToString(), RegexOptions.Singleline);
        for (var i = 0; match.Success && i < learned.Count; i++)
        {
            _known[learned[i]] = match.Groups[$"m{i}"].Value;
        }

        return match.Success;
    }

    /// <summary>As <see cref="Text"/>, for a whole document. A null and an absent member are the same.</summary>
    /// <param name="document">What it is, for the reader.</param>
    /// <param name="ignored">Paths that say nothing about the host: <c>.status.lifecycleKey</c>.</param>
    /// <returns>A text for each difference.</returns>
    public IEnumerable<string> Differences(string document, JsonNode? recorded, JsonNode? seen, IReadOnlySet<string> ignored, string path = "")
    {
        if (ignored.Contains(path))
        {
            return [];
        }

        return (recorded, seen) switch
        {
            (null, null) => [],
            (JsonObject wanted, JsonObject got) => wanted.Select(m => m.Key).Union(got.Select(m => m.Key))
                .SelectMany(name => Differences(document, wanted[name], got[name], ignored, $"{path}.{name}")).ToArray(),
            (JsonArray wanted, JsonArray got) when wanted.Count == got.Count => wanted.Zip(got)
                .SelectMany((pair, i) => Differences(document, pair.First, pair.Second, ignored, $"{path}[{i}]")).ToArray(),
            (JsonValue wanted, JsonValue got) when Text(wanted.ToString(), got.ToString()) => [],
            _ => [$"{document} {path}\n    recorded {recorded?.ToJsonString() ?? "nothing"}\n    seen     {seen?.ToJsonString() ?? "nothing"}"],
        };
    }

    private string PatternOf(string mask, List<string> learned)
    {
        if (s_unnamed.TryGetValue(mask, out var unnamed))
        {
            return unnamed;
        }

        if (_known.TryGetValue(mask, out var text))
        {
            return Regex.Escape(text);
        }

        var earlier = learned.IndexOf(mask);
        if (earlier >= 0)
        {
            return $@"\k<m{earlier}>";
        }

        learned.Add(mask);
        var kind = mask.Split('.')[0] switch
        {
            "SFX" => "[a-z0-9]{8}",
            "PORT" or "TPORT" => "[0-9]+",
            _ => ".+?",
        };
        return $"(?<m{learned.Count - 1}>{kind})";
    }

    [GeneratedRegex(@"\bSFX\.[A-Za-z0-9-]+?\.\d+|\bTPORT\.[A-Za-z0-9-]+?\.\d+|\bPORT\.[A-Za-z0-9-]+|\bSECRET\.[A-Za-z0-9_-]+(?:\.uri-encoded)?|\b(?:HEX64|HEX40|RANDOM8|GUID|TIME|PID|ID|SESSION)\b|\$(?:ROOT|RUNS|RUN|BUNDLE|NUGET)\b")]
    private static partial Regex Mask();
}
