using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Publishing;

/// <summary>Publish mode: writes the manifest and ends the AppHost, with exit code 1 when that failed.</summary>
/// <remarks>
/// The manifest appears whole or not at all: it is written beside its place and moved there at the end. (The official host leaves a truncated
/// file and exit code 0 when a callback throws.)
/// </remarks>
internal sealed class ManifestPublisher(
    DistributedApplicationModel model,
    DistributedApplicationExecutionContext executionContext,
    IDistributedApplicationEventing eventing,
    IConfiguration configuration,
    IHostApplicationLifetime lifetime,
    IServiceProvider services,
    ILogger<ManifestPublisher> logger) : BackgroundService, IHostedLifecycleService
{
    private const string Step = "publish-manifest";
    private const string FileName = "aspire-manifest.json";

    /// <summary>Before anything starts, as in run mode; an exception of a subscriber ends the AppHost.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        RequiredHealthChecks.Validate(model, services, logger);
        await eventing.PublishAsync(new BeforeStartEvent(services, model), cancellationToken);
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var path = ManifestPath();
            await eventing.PublishAsync(new BeforePublishEvent(services, model), stoppingToken);
            await WriteAsync(path, stoppingToken);
            await eventing.PublishAsync(new AfterPublishEvent(services, model), stoppingToken);
            PublishLog.Published(logger, path);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            Environment.ExitCode = 1;
        }
        catch (Exception exception)
        {
            Environment.ExitCode = 1;
            PublishLog.Failed(logger, Step, exception.Message, exception);
        }

        lifetime.StopApplication();
    }

    /// <summary>Full path of the file: <c>--output-path</c> itself when it ends in <c>.json</c>, else a file in that folder.</summary>
    private string ManifestPath()
    {
        var publisher = configuration["Publishing:Publisher"];
        var step = configuration["Pipeline:Step"];
        if (publisher is { Length: > 0 } && !string.Equals(publisher, "manifest", StringComparison.OrdinalIgnoreCase))
        {
            throw new DistributedApplicationException($"The publisher '{publisher}' is not known. This host publishes with '--publisher manifest'.");
        }

        if (publisher is null or "" && !string.Equals(step, Step, StringComparison.OrdinalIgnoreCase))
        {
            throw new DistributedApplicationException(
                $"The step '{step ?? "publish"}' is not known. This host publishes with '--publisher manifest' or '--operation publish --step {Step}'.");
        }

        var output = configuration["Pipeline:OutputPath"];
        if (string.IsNullOrEmpty(output))
        {
            throw new DistributedApplicationException(
                "The '--output-path [path]' option was not specified even though manifest publishing was requested.");
        }

        return Path.GetFullPath(output.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? output : Path.Combine(output, FileName));
    }

    private async Task WriteAsync(string path, CancellationToken cancellationToken)
    {
        var folder = Directory.GetParent(path)!.FullName;
        Directory.CreateDirectory(folder);
        var unfinished = Path.Combine(folder, $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}");
        try
        {
            await using (var stream = new FileStream(unfinished, FileMode.CreateNew))
            await using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
            {
                await new ManifestPublishingContext(executionContext, path, writer, cancellationToken).WriteModelAsync(model);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }
}

internal static partial class PublishLog
{
    [LoggerMessage(EventId = 1100, Level = LogLevel.Information, Message = "Published manifest to: {ManifestPath}")]
    public static partial void Published(ILogger logger, string manifestPath);

    [LoggerMessage(EventId = 1101, Level = LogLevel.Error, Message = "Step '{Step}' failed: {Reason} No manifest was written.")]
    public static partial void Failed(ILogger logger, string step, string reason, Exception exception);

    [LoggerMessage(EventId = 1102, Level = LogLevel.Error, Message = "The health check '{Key}' is not registered and is required for resource '{ResourceName}'.")]
    public static partial void HealthCheckMissing(ILogger logger, string key, string resourceName);
}
