using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Slipway.ServiceDefaults.Configuration;
using Xunit;

namespace Slipway.Architecture.Tests;

/// <summary>
/// docs/configuration.md lists every setting of every options class. Its tables are written from the classes and their comments by this test, with
/// <c>UPDATE_DOCS=1 ./test Architecture --filter ConfigurationDocument</c>.
/// </summary>
public sealed partial class ConfigurationDocumentTests
{
    private const string Begin = "<!-- settings: written by ConfigurationDocumentTests -->";
    private const string End = "<!-- end of settings -->";

    private static readonly (string Project, string Assembly, string Title)[] s_projects =
    [
        ("ServiceDefaults", "Slipway.ServiceDefaults", "Every service"), ("Gateway", "Gateway", "Gateway"), ("Api", "Api", "Api"),
        ("MigrationService", "MigrationService", "MigrationService"),
    ];

    private static readonly string s_file = Path.Combine(Repository.Root, "docs", "configuration.md");

    [Fact]
    public void Documentation_OfSettings_ListsEachWithItsDefaultAndBounds()
    {
        var expected = s_projects.SelectMany(project => Roots(project.Project, project.Assembly)).SelectMany(root => root.Settings).ToArray();
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
            Update();

        var listed = Rows().Matches(File.ReadAllText(s_file)).Select(row => (Key: row.Groups["key"].Value, Default: row.Groups["default"].Value, Bounds: row.Groups["bounds"].Value)).ToArray();

        Assert.True(expected.Length > 30);
        Assert.Equal(expected.Select(Cells).Order(), listed.Order());
    }

    [Fact]
    public void Documentation_OfSettings_SaysWhatEachMeans()
    {
        var silent = Rows().Matches(File.ReadAllText(s_file)).Where(row => row.Groups["meaning"].Value.Trim().Length < 4).Select(row => row.Groups["key"].Value);

        Assert.Empty(silent);
    }

    private static IReadOnlyList<SettingsRoot> Roots(string project, string assembly)
    {
        var file = Path.Combine(Path.GetDirectoryName(Repository.AssemblyOf(project == "ServiceDefaults" ? "Api" : project))!, assembly + ".dll");
        return SettingsCatalog.Of(project == "ServiceDefaults" ? typeof(SettingsCatalog).Assembly : Assembly.LoadFrom(file));
    }

    private static (string Key, string Default, string Bounds) Cells(Setting setting) => (setting.Key, Cell(setting.DefaultText), Cell(setting.Bounds));

    private static string Cell(string text) => text.Length == 0 ? "–" : text.Replace("|", "\\|", StringComparison.Ordinal);

    private static void Update()
    {
        var text = File.ReadAllText(s_file);
        var tables = new StringBuilder();
        foreach (var (project, assembly, title) in s_projects)
        {
            var meanings = Meanings(project, assembly);
            tables.Append($"\n### {title}\n\n| setting | default | bounds | meaning |\n|---|---|---|---|\n");
            foreach (var setting in Roots(project, assembly).SelectMany(root => root.Settings))
            {
                var (key, standard, bounds) = Cells(setting);
                tables.Append($"| `{key}` | {standard} | {bounds} | {Cell(meanings.GetValueOrDefault($"P:{setting.Property.DeclaringType!.FullName}.{setting.Property.Name}", ""))} |\n");
            }
        }

        var begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        File.WriteAllText(s_file, text[..begin] + "\n" + tables + "\n" + text[text.IndexOf(End, StringComparison.Ordinal)..]);
    }

    /// <summary>The comments as the compiler collects them, by member.</summary>
    private static Dictionary<string, string> Meanings(string project, string assembly)
    {
        var folder = Path.GetDirectoryName(Repository.AssemblyOf(project))!;
        return XDocument.Load(Path.Combine(folder, assembly + ".xml")).Descendants("member")
            .Where(static member => member.Element("summary") is not null)
            .ToDictionary(static member => (string)member.Attribute("name")!, static member => Plain(member.Element("summary")!));
    }

    private static string Plain(XElement summary) => Spaces().Replace(string.Concat(summary.Nodes().Select(static node => node switch
    {
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement see when see.Attribute("cref") is { } target => $"`{target.Value[(target.Value.LastIndexOf('.') + 1)..]}`",
        XElement other => other.Value,
        _ => node.ToString().Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal),
    })).Trim(), " ");

    [GeneratedRegex("^\\| `(?<key>[A-Z][A-Za-z]*(?::[A-Za-z0-9<>]+)+)` \\| (?<default>.*?) \\| (?<bounds>.*?) \\| (?<meaning>.*?) \\|$", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex("\\s+")]
    private static partial Regex Spaces();
}
