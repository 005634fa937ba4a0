using Aspire.Hosting.Tests.Golden;

namespace Aspire.Hosting.Tests.Publishing;

/// <summary>Manifests of the recorded programs, byte for byte.</summary>
public sealed class GoldenManifestTests(GoldenPrograms programs)
{
    /// <summary>Folders above the AppHost's folder in the recording; a path outside the programs climbs over them.</summary>
    private const int RecordedDepth = 4;

    public static TheoryData<string> Programs => [.. GoldenData.Programs.DefaultIfEmpty("(none)")];

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Manifest_RecordedProgram_EqualsTheRecordedBytes(string name)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var program = await programs.GetAsync(name, cancellationToken);
        var result = await ManifestRun.PublishAsync(program, cancellationToken);
        Assert.True(result.ExitCode == 0, result.Output);
        var written = await File.ReadAllTextAsync(ManifestRun.PathIn(program), cancellationToken);
        var recorded = await File.ReadAllTextAsync(program.Recorded("manifest.json"), cancellationToken);
        Assert.Equal(AtDepthOf(program, recorded), written);
        var bytes = await File.ReadAllBytesAsync(ManifestRun.PathIn(program), cancellationToken);
        Assert.Equal((byte)'{', bytes[0]);
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
