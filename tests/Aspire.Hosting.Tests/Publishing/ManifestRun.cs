using System.Collections.Concurrent;
using Aspire.Hosting.Tests.Golden;

namespace Aspire.Hosting.Tests.Publishing;

/// <summary>Publishes a built program in its own folder, as azd does.</summary>
internal static class ManifestRun
{
    private const string FileName = "manifest.json";

    private static readonly ConcurrentDictionary<string, Lazy<Task<ToolResult>>> s_results = new();
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    public static string PathIn(GoldenProgram program) => Path.Combine(program.Folder, FileName);

    /// <summary>Once per program and test run; who asks again gets the first result.</summary>
    public static Task<ToolResult> PublishAsync(GoldenProgram program, CancellationToken cancellationToken) =>
        s_results.GetOrAdd(program.AppHost, _ => new Lazy<Task<ToolResult>>(() => RunAsync(program, cancellationToken))).Value;

    private static Task<ToolResult> RunAsync(GoldenProgram program, CancellationToken cancellationToken) => ToolProcess.RunAsync(
        "dotnet",
        [program.AppHost, "--publisher", "manifest", "--output-path", FileName],
        program.Folder,
        environment: null,
        s_limit,
        cancellationToken);
}
