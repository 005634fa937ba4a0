using Aspire.Hosting.Tests.Golden;

[assembly: AssemblyFixture(typeof(GoldenPrograms))]

namespace Aspire.Hosting.Tests.Golden;

/// <summary>
/// The recorded programs and one of our own, built once per test run against the stand-ins in a scratch folder that is removed at the end. The
/// layout is that of the recording (programs and <c>dummies</c> side by side, four folders deep), because paths and project file names appear in
/// the results.
/// </summary>
public sealed class GoldenPrograms : IAsyncLifetime
{
    private readonly Lazy<Task<string>> _build;
    private readonly CancellationTokenSource _ended = new();
    private string? _scratch;

    public GoldenPrograms() => _build = new Lazy<Task<string>>(() => BuildAllAsync(_ended.Token));

    /// <summary>Builds all programs on the first call; skips the test when the recordings are absent.</summary>
    /// <param name="program">Name of its folder, such as <c>01-product</c>.</param>
    /// <exception cref="InvalidOperationException">The build failed; the message has the compiler's.</exception>
    public async Task<GoldenProgram> GetAsync(string program, CancellationToken cancellationToken)
    {
        if (GoldenData.Folder is null && program != OwnProgram.Name)
        {
            Assert.Skip(GoldenData.Missing);
        }

        var apps = await _build.Value.WaitAsync(cancellationToken);
        var folder = GoldenData.ProjectFolder(Path.Combine(apps, program));
        var project = Directory.EnumerateFiles(folder, "*.AppHost.csproj").Single();
        var name = Path.GetFileNameWithoutExtension(project);
        return new GoldenProgram(program, folder, Path.Combine(folder, "bin", "Debug", "net10.0", name + ".dll"), apps);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        if (_build.IsValueCreated)
        {
            await ((Task)_build.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (_scratch is not null)
        {
            Directory.Delete(_scratch, recursive: true);
        }

        _ended.Dispose();
    }

    private async Task<string> BuildAllAsync(CancellationToken cancellationToken)
    {
        _scratch = Directory.CreateTempSubdirectory("golden-").FullName;
        var apps = Path.Combine(_scratch, "apps");
        if (GoldenData.Folder is { } recordings)
        {
            GoldenScratch.Copy(recordings, apps);
        }

        OwnProgram.Write(apps);
        GoldenScratch.WriteBuildFiles(_scratch, apps);
        var result = await ToolProcess.RunAsync(
            "dotnet",
            ["build", "golden.slnx", "-v", "q", "-nologo", "-clp:ErrorsOnly", "-nodeReuse:false", "-m:2"],
            _scratch,
            environment: null,
            TimeSpan.FromMinutes(5),
            cancellationToken);
        return result.ExitCode == 0 ? apps : throw new InvalidOperationException($"The recorded programs don't build:\n{result.Output}");
    }
}

/// <summary>A built program.</summary>
/// <param name="Folder">Folder of its AppHost project.</param>
/// <param name="AppHost">The AppHost's assembly.</param>
/// <param name="Apps">Folder of all programs and of <c>dummies</c>; <c>$ROOT</c> in the recordings.</param>
public sealed record GoldenProgram(string Name, string Folder, string AppHost, string Apps)
{
    /// <summary>A file of the recording of this program.</summary>
    public string Recorded(string file) => Path.Combine(GoldenData.ProjectFolder(Path.Combine(GoldenData.Folder!, Name)), file);
}
