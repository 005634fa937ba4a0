using Aspire.Hosting.Tests.Golden;

namespace Aspire.Hosting.Tests.Publishing;

/// <summary>Publishes a built program in its own folder, as azd does.</summary>
internal static class ManifestRun
{
    private const string FileName = "manifest.json";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    public static string PathIn(GoldenProgram program) => Path.Combine(program.Folder, FileName);

    public static Task<ToolResult> PublishAsync(
        GoldenProgram program,
        CancellationToken cancellationToken,
        IReadOnlyDictionary<string, string>? environment = null) =>
        ToolProcess.RunAsync("dotnet", [program.AppHost, "--publisher", "manifest", "--output-path", FileName], program.Folder, environment, s_limit, cancellationToken);
}
