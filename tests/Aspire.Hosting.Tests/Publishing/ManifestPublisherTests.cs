using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Tests.Publishing;

/// <summary>When a manifest is written, where, and what happens when it can't be. One at a time: they look at the process's exit code.</summary>
[Collection("exit code")]
public sealed class ManifestPublisherTests : IDisposable
{
    private const string Empty = "{\n  \"resources\": {}\n}";

    private readonly InProcessManifest _manifest = new();

    public void Dispose() => _manifest.Dispose();

    [Fact]
    public async Task Publish_EmptyModel_WritesAnEmptyObjectWithoutLineEnd()
    {
        Assert.Equal(Empty, await _manifest.PublishAsync(_ => { }));
        Assert.Equal(0, _manifest.ExitCode);
        Assert.Equal([_manifest.Output], Directory.EnumerateFiles(Path.GetDirectoryName(_manifest.Output)!));
    }

    [Fact]
    public async Task Publish_OutputPathIsAFolder_WritesAspireManifestThere()
    {
        await _manifest.PublishAsync(_ => { }, "--operation", "publish", "--step", "publish-manifest", "--output-path", Path.Combine(_manifest.Folder, "deep", "er"));
        Assert.Equal(Empty, await File.ReadAllTextAsync(Path.Combine(_manifest.Folder, "deep", "er", "aspire-manifest.json"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("The '--output-path [path]' option was not specified", "--publisher", "manifest")]
    [InlineData("The publisher 'compose' is not known", "--publisher", "compose", "--output-path", "x")]
    [InlineData("The step 'deploy' is not known", "--operation", "publish", "--step", "deploy", "--output-path", "x")]
    [InlineData("The step 'publish' is not known", "--operation", "publish", "--output-path", "x")]
    public async Task Publish_UnusableArguments_SaysWhichAndEndsWithOne(string reason, params string[] arguments)
    {
        Assert.Null(await _manifest.PublishAsync(_ => { }, arguments));
        Assert.Equal(1, _manifest.ExitCode);
        Assert.Contains(reason, Assert.Single(_manifest.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_CallbackThrows_KeepsTheEarlierManifestAndNamesTheResource()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_manifest.Output)!);
        await File.WriteAllTextAsync(_manifest.Output, "earlier", TestContext.Current.CancellationToken);
        var text = await _manifest.PublishAsync(builder =>
        {
            builder.AddExecutable("fine", "sleep", ".", "1");
            builder.AddExecutable("broken", "sleep", ".", "1").WithEnvironment(_ => throw new InvalidOperationException("boom"));
        });
        Assert.Equal("earlier", text);
        Assert.Equal(1, _manifest.ExitCode);
        Assert.Contains("Resource 'broken' could not be written to the manifest: boom", Assert.Single(_manifest.Errors), StringComparison.Ordinal);
        Assert.Equal([_manifest.Output], Directory.EnumerateFiles(Path.GetDirectoryName(_manifest.Output)!));
    }

    [Fact]
    public async Task Publish_RaisesItsEventsInOrder()
    {
        var seen = new List<string>();
        await _manifest.PublishAsync(builder =>
        {
            builder.Eventing.Subscribe<BeforeStartEvent>((_, _) => Note("before start"));
            builder.Eventing.Subscribe<BeforePublishEvent>((_, _) => Note("before publish"));
            builder.Eventing.Subscribe<AfterPublishEvent>((_, _) => Note(File.Exists(_manifest.Output) ? "after publish" : "too early"));
        });
        Assert.Equal(["before start", "before publish", "after publish"], seen);

        Task Note(string text)
        {
            seen.Add(text);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Publish_ResourceAddedBeforeStart_IsInTheManifest()
    {
        var text = await _manifest.PublishAsync(builder => builder.Eventing.Subscribe<BeforeStartEvent>((start, _) =>
        {
            start.Model.Resources.Add(new ExecutableResource("late", "sleep", builder.AppHostDirectory));
            return Task.CompletedTask;
        }));
        Assert.Contains("\"late\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_HealthCheckNotRegistered_NamesItAndTheResource()
    {
        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(() =>
            _manifest.PublishAsync(builder => builder.AddExecutable("a", "sleep", ".", "1").WithHealthCheck("nope")));
        Assert.Contains("'nope' of resource 'a'", exception.Message, StringComparison.Ordinal);
    }
}
