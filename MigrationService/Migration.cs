using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.MigrationService;

/// <summary>One numbered SQL file.</summary>
/// <param name="Number">From 1, without gaps.</param>
/// <param name="Name">The file's name without folder: <c>0001_create_releases.sql</c>.</param>
/// <param name="Sql">With line feeds as line ends and without a byte order mark.</param>
internal sealed partial record Migration(int Number, string Name, string Sql)
{
    /// <summary>SHA-256 of <see cref="Sql"/> in UTF-8, in lower-case hexadecimal; the same however Git wrote the line ends.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    /// <summary>The migrations that this build carries, in order.</summary>
    public static IReadOnlyList<Migration> Embedded { get; } = InOrder(ReadEmbedded());

    /// <exception cref="InvalidDataException">The name isn't of the form 0001_what_it_does.sql.</exception>
    public static Migration Parse(string name, string text) => FileName().Match(name) is { Success: true } match
        ? new Migration(int.Parse(match.Groups[1].ValueSpan), name, text.TrimStart('\uFEFF').ReplaceLineEndings("\n"))
        : throw new InvalidDataException($"The migration '{name}' isn't named like 0001_what_it_does.sql: four digits, lower case, digits and underscores.");

    /// <exception cref="InvalidDataException">A number is missing or there twice.</exception>
    public static IReadOnlyList<Migration> InOrder(IEnumerable<Migration> migrations)
    {
        var ordered = migrations.OrderBy(migration => migration.Number).ThenBy(migration => migration.Name, StringComparer.Ordinal).ToList();
        for (var index = 0; index < ordered.Count; index++)
        {
            if (ordered[index].Number != index + 1)
            {
                throw new InvalidDataException($"Migration {index + 1:0000} is expected where '{ordered[index].Name}' stands: numbers start at 0001, without gaps or repeats.");
            }
        }

        return ordered;
    }

    private static IEnumerable<Migration> ReadEmbedded()
    {
        const string Folder = "Migrations/";
        var assembly = typeof(Migration).Assembly;
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            yield return Parse(resource[Folder.Length..], reader.ReadToEnd());
        }
    }

    [GeneratedRegex("^([0-9]{4})_[a-z0-9_]+\\.sql\\z")]
    private static partial Regex FileName();
}
