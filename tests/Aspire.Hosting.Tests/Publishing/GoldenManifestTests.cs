using System.Text;
using Aspire.Hosting.Tests.Golden;

namespace Aspire.Hosting.Tests.Publishing;

/// <summary>Manifests of the recorded programs, byte for byte.</summary>
public sealed class GoldenManifestTests(GoldenPrograms programs)
{
    /// <summary>Folders above the AppHost's folder in the recording; a path outside the programs climbs over them.</summary>
    private const int RecordedDepth = 4;

    /// <summary>Recordings in which the official writer does not keep to the schema, and why.</summary>
    private static readonly Dictionary<string, string> s_againstTheSchema = new()
    {
        ["03-containers"] = "An anonymous volume has no name; the schema asks for one, the official writer leaves it out all the same.",
        ["09-lifecycle"] = "A resource of a kind that the manifest can't express; the official writer puts an error in its place.",
    };

    public static TheoryData<string> Programs => [.. GoldenData.Programs.DefaultIfEmpty("(none)")];

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Manifest_RecordedProgram_EqualsTheRecordedBytes(string name)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var program = await programs.GetAsync(name, cancellationToken);
        var result = await ManifestRun.PublishAsync(program, cancellationToken);
        Assert.True(result.ExitCode == 0, result.Output);
        var written = await File.ReadAllBytesAsync(ManifestRun.PathIn(program), cancellationToken);
        var recorded = AtDepthOf(program, await File.ReadAllTextAsync(program.Recorded("manifest.json"), cancellationToken));
        Assert.Equal(recorded, Encoding.UTF8.GetString(written));
        Assert.Equal(Encoding.UTF8.GetBytes(recorded), written);
    }

    /// <summary>The official host ends with 0 and leaves half a file; see README.md of the stand-ins.</summary>
    [Fact]
    public async Task Manifest_CallbackThrows_NamesTheResourceEndsWithOneAndLeavesNoFile()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var program = await programs.GetAsync("12-errors", cancellationToken);
        var folder = Directory.CreateDirectory(Path.Combine(program.Apps, "failing")).FullName;
        var result = await ToolProcess.RunAsync(
            "dotnet",
            [program.AppHost, "--publisher", "manifest", "--output-path", folder],
            program.Folder,
            new Dictionary<string, string> { ["CASE"] = "env-throws" },
            TimeSpan.FromSeconds(30),
            cancellationToken);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Step 'publish-manifest' failed: Resource 'a' could not be written to the manifest: boom from callback", result.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Manifest_RecordedProgram_SatisfiesTheSchema(string name)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var program = await programs.GetAsync(name, cancellationToken);
        if (s_againstTheSchema.TryGetValue(name, out var reason))
        {
            Assert.Skip(reason);
        }

        var result = await ManifestRun.PublishAsync(program, cancellationToken);
        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Empty(ManifestSchema.Violations(await File.ReadAllTextAsync(ManifestRun.PathIn(program), cancellationToken)));
    }

    /// <summary>The same text where the temporary folder is as deep as the recording's, which it is on an ordinary Linux.</summary>
    private static string AtDepthOf(GoldenProgram program, string recorded)
    {
        var depth = program.Folder.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Length;
        var root = string.Join('/', Enumerable.Repeat("..", RecordedDepth));
        return depth == RecordedDepth || program.Name.StartsWith("15", StringComparison.Ordinal)
            ? recorded
            : recorded.Replace($"\"{root}", $"\"{string.Join('/', Enumerable.Repeat("..", depth))}", StringComparison.Ordinal);
    }
}
