using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Backchannel;

/// <summary>What any command line may ask of a running AppHost: ps, describe, logs, wait, resource, stop.</summary>
internal sealed class AuxiliaryMethods(
    ResourceNotificationService notifications,
    ResourceCommandService commands,
    DistributedApplicationModel model,
    ResourceLogLines logs,
    ResourceWait wait,
    AppHostAddresses dashboard,
    IConfiguration configuration,
    IHostApplicationLifetime lifetime)
{
    private static readonly string[] s_capabilities = ["aux.v1", "aux.v2"];
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    private sealed record Filtered(string? Filter);

    private sealed record LogRequest(string? ResourceName, bool Follow, string? Search, int? Tail, bool IncludeHidden);

    /// <param name="Arguments">An object, by name, or a list, by position.</param>
    private sealed record CommandRequest(string? ResourceName, string? CommandName, JsonElement? Arguments, bool NonInteractive);

    private sealed record WaitRequest(string? ResourceName, string? Status, int? TimeoutSeconds);

    public JsonRpcMethods Create()
    {
        var methods = new JsonRpcMethods(s_json);
        methods.Add("GetCapabilitiesAsync", (_, _) => Task.FromResult<object?>(new { capabilities = s_capabilities }));
        methods.Add("GetAppHostInformationAsync", (_, _) => Task.FromResult<object?>(Information()));
        methods.Add("GetAppHostInfoAsync", (_, _) => Task.FromResult<object?>(Info()));
        methods.Add("GetDashboardUrlsAsync", (_, cancellationToken) => dashboard.GetUrlsAsync(cancellationToken));
        methods.Add("GetDashboardInfoAsync", (_, cancellationToken) => DashboardInfoAsync(cancellationToken));
        methods.Add("GetResourcesAsync", (arguments, _) => Task.FromResult<object?>(new { resources = Resources(arguments.Get<Filtered>(0, "request")?.Filter) }));
        methods.Add("GetResourceSnapshotsAsync", (_, _) => Task.FromResult<object?>(Resources(filter: null)));
        methods.AddStream("WatchResourcesAsync", (arguments, cancellationToken) => Watch(arguments.Get<Filtered>(0, "request")?.Filter, cancellationToken));
        methods.AddStream("WatchResourceSnapshotsAsync", (_, cancellationToken) => Watch(filter: null, cancellationToken));
        methods.AddStream("GetResourceLogsAsync", (arguments, cancellationToken) =>
            logs.ReadAsync(arguments.Get<string>(0, "resourceName"), arguments.Get<bool>(1, "follow"), new LogFilter(null, null, IncludeHidden: false), cancellationToken));
        methods.AddStream("GetConsoleLogsAsync", (arguments, cancellationToken) =>
        {
            var request = arguments.Get<LogRequest>(0, "request") ?? new LogRequest(null, false, null, null, false);
            return logs.ReadAsync(request.ResourceName, request.Follow, new LogFilter(request.Search, request.Tail, request.IncludeHidden), cancellationToken);
        });
        methods.Add("ExecuteResourceCommandAsync", (arguments, cancellationToken) => ExecuteAsync(Required<CommandRequest>(arguments), cancellationToken));
        methods.Add("WaitForResourceAsync", async (arguments, cancellationToken) =>
        {
            var request = Required<WaitRequest>(arguments);
            return await wait.RunAsync(request.ResourceName ?? string.Empty, request.Status ?? "up", TimeSpan.FromSeconds(request.TimeoutSeconds ?? 120), cancellationToken);
        });
        methods.Add("StopAppHostAsync", (_, _) => Stop());
        methods.Add("StopAsync", (_, _) => Stop());
        return methods;
    }

    private static T Required<T>(JsonRpcArguments arguments)
        where T : class =>
        arguments.Get<T>(0, "request") ?? throw new JsonRpcException(JsonRpcException.InvalidParams, "The request is missing.");

    private object Information() => new
    {
        appHostPath = dashboard.AppHostPath,
        processId = Environment.ProcessId,
        cliProcessId = CliProcessId,
        startedAt = StartedAt(),
    };

    private object Info() => new
    {
        pid = Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
        aspireHostVersion = Version(),
        appHostPath = dashboard.AppHostPath,
        cliProcessId = CliProcessId,
        startedAt = StartedAt(),
    };

    /// <summary>Without the commit behind the plus sign, which would take the width of a table's column.</summary>
    private static string Version() =>
        typeof(AuxiliaryMethods).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    private int? CliProcessId => int.TryParse(configuration[CommandLineWatch.ProcessKey], out var id) ? id : null;

    private static DateTimeOffset StartedAt()
    {
        using var self = Process.GetCurrentProcess();
        return self.StartTime;
    }

    private async Task<object?> DashboardInfoAsync(CancellationToken cancellationToken)
    {
        var address = await dashboard.GetAsync(cancellationToken);
        return new
        {
            apiBaseUrl = address?.Url,
            apiToken = address?.ApiKey,
            dashboardUrls = address is null ? Array.Empty<string>() : [address.LoginUrl],
            isHealthy = address is not null,
        };
    }

    /// <summary>In the order of the model.</summary>
    private Dictionary<string, object?>[] Resources(string? filter) =>
    [
        .. model.Resources
            .SelectMany(ResourceNotificationService.InstanceNames)
            .Where(name => Matches(name, filter))
            .Select(name => notifications.TryGetCurrentState(name, out var current) ? current : null)
            .OfType<ResourceEvent>()
            .Select(ResourceDescriptions.Of),
    ];

    private async IAsyncEnumerable<object> Watch(string? filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var change in notifications.WatchAsync(cancellationToken))
        {
            if (Matches(change.ResourceId, filter))
            {
                yield return ResourceDescriptions.Of(change);
            }
        }
    }

    private static bool Matches(string name, string? filter) => string.IsNullOrEmpty(filter) || name.Contains(filter, StringComparison.OrdinalIgnoreCase);

    /// <summary>On one instance when it is named, on all of them when the resource is.</summary>
    private async Task<object?> ExecuteAsync(CommandRequest request, CancellationToken cancellationToken)
    {
        var (name, command) = (request.ResourceName ?? string.Empty, request.CommandName ?? string.Empty);
        var call = Call(request);
        var resource = model.Resources.FirstOrDefault(r => ResourceNotificationService.NamesEqual(r.Name, name));
        var result = resource is null
            ? await commands.ExecuteCommandAsync(name, command, call, cancellationToken)
            : await commands.ExecuteCommandAsync(resource, command, call, cancellationToken);
        return new
        {
            success = result.Success,
            canceled = result.Canceled,
            message = result.Message,
            errorMessage = result.Message,
            validationErrors = (result.InvalidArguments ?? new([]))
                .SelectMany(a => a.Errors.Select(e => new { argumentName = a.Name, errorMessage = e })).ToArray(),
        };
    }

    private static CommandCall Call(CommandRequest request) => request.Arguments switch
    {
        null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => new() { MayAsk = !request.NonInteractive },
        { ValueKind: JsonValueKind.Object } named => new()
        {
            ByName = named.EnumerateObject().ToDictionary(p => p.Name, p => Text(p.Value), StringComparer.OrdinalIgnoreCase),
            MayAsk = !request.NonInteractive,
        },
        { ValueKind: JsonValueKind.Array } listed => new()
        {
            ByPosition = [.. listed.EnumerateArray().Select(Text)],
            MayAsk = !request.NonInteractive,
        },
        _ => throw new JsonRpcException(JsonRpcException.InvalidParams, "The arguments of a command are an object or a list."),
    };

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        JsonValueKind.Null => null,
        _ => throw new JsonRpcException(JsonRpcException.InvalidParams, "An argument of a command is a text, a number, true, false or null."),
    };

    private Task<object?> Stop()
    {
        lifetime.StopApplication();
        return Task.FromResult<object?>(new { });
    }
}
