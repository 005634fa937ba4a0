using System.Collections.Concurrent;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Tests.Golden;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Tests.Orchestration;

/// <summary>An application of the test's own on the real orchestrator. Disposing it waits until everything is gone.</summary>
internal sealed class RunningApplication : IAsyncDisposable
{
    /// <summary>For everything that a test waits for together; an ordinary wait is over in a second or two.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly DistributedApplication _application;
    private Task? _observing;

    private RunningApplication(DistributedApplication application, Recorder recorder)
    {
        _application = application;
        Recorded = recorder;
        _deadline.CancelAfter(s_limit);
    }

    /// <summary>Null: the orchestrator's program is not on this machine.</summary>
    public static string? Dcp { get; } = FindDcp();

    public Recorder Recorded { get; }

    public CancellationToken Token => _deadline.Token;

    public ResourceNotificationService Notifications => _application.ResourceNotifications;

    public IServiceProvider Services => _application.Services;

    /// <param name="dashboard">The dashboard's program; null: without a dashboard.</param>
    public static IDistributedApplicationBuilder Builder(
        bool logging = false,
        WaitBehavior waits = WaitBehavior.StopOnResourceUnavailable,
        string? dashboard = null)
    {
        Assert.SkipWhen(Dcp is null, "The orchestrator (dcp) is not installed: neither ASPIRE_DCP_PATH nor .tools/aspire/bundle/dcp has it. ./run installs it.");
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            DisableDashboard = dashboard is null,
            AllowUnsecuredTransport = dashboard is not null,
            EnableResourceLogging = logging,
            ProjectDirectory = AppContext.BaseDirectory,
        });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["DcpPublisher:CliPath"] = Dcp,
            ["DcpPublisher:DashboardPath"] = dashboard,
            ["DcpPublisher:WaitForResourceCleanup"] = "true",
        });
        builder.Services.Configure<ResourceNotificationServiceOptions>(o => o.DefaultWaitBehavior = waits);
        return builder;
    }

    public static RunningApplication Build(IDistributedApplicationBuilder builder)
    {
        var recorder = new Recorder();
        recorder.Attach(builder.Eventing);
        builder.Services.AddSingleton<ILoggerProvider>(recorder);
        return new RunningApplication(builder.Build(), recorder);
    }

    /// <summary>Starts without waiting for the end of the start, which some applications never reach.</summary>
    public static RunningApplication Launch(IDistributedApplicationBuilder builder)
    {
        var running = Build(builder);
        running.Starting = running.StartAsync();
        return running;
    }

    /// <summary>The start under way.</summary>
    public Task Starting { get; private set; } = Task.CompletedTask;

    public Task StartAsync()
    {
        _observing = Task.Run(() => Recorded.ObserveAsync(Notifications, Token), CancellationToken.None);
        return _application.StartAsync(Token);
    }

    public Task StopAsync() => _application.StopAsync(CancellationToken.None);

    public Task<ResourceEvent> WaitAsync(string resource, Func<CustomResourceSnapshot, bool> predicate) =>
        Notifications.WaitForResourceAsync(resource, e => predicate(e.Snapshot), Token);

    public Task<ResourceEvent> WaitForStateAsync(string resource, string state) => WaitAsync(resource, s => s.State?.Text == state);

    public string InstanceOf(string resource) => ResourceNotificationService.InstanceNames(Services.GetRequiredService<DistributedApplicationModel>().Resources.Single(r => r.Name == resource))[0];

    public Task<ExecuteCommandResult> CommandAsync(string resource, string command) => _application.ResourceCommands.ExecuteCommandAsync(resource, command, Token);

    /// <param name="arguments">Texts by name.</param>
    public Task<ExecuteCommandResult> CommandAsync(string resource, string command, params (string Name, string Value)[] arguments) => _application.ResourceCommands.ExecuteCommandAsync(
        resource,
        command,
        new InteractionInputCollection([.. arguments.Select(a => new InteractionInput { Name = a.Name, InputType = InputType.Text, Value = a.Value })]),
        Token);

    /// <summary>The states that a resource went through, once so many were seen.</summary>
    /// <param name="expected">Repetitions left out; null: before anybody set one.</param>
    public async Task AssertStatesAsync(string resource, params string?[] expected)
    {
        await TestWait.UntilAsync(() => Recorded.StatesOf(resource).Count >= expected.Length, Token);
        Assert.Equal(expected, Recorded.StatesOf(resource));
    }

    /// <summary>Waits for a line of the resource's console.</summary>
    public async Task<LogLine> WaitForLogAsync(string resource, Func<LogLine, bool> predicate)
    {
        await foreach (var batch in Services.GetRequiredService<ResourceLoggerService>().WatchAsync(InstanceOf(resource)).WithCancellation(Token))
        {
            if (batch.FirstOrDefault(predicate) is { Content: not null } line)
            {
                return line;
            }
        }

        throw new InvalidOperationException("The log ended.");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Starting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _application.DisposeAsync();
        await _deadline.CancelAsync();
        if (_observing is not null)
        {
            await _observing;
        }

        _deadline.Dispose();
    }

    private static string? FindDcp()
    {
        string?[] folders = [Environment.GetEnvironmentVariable("ASPIRE_DCP_PATH"), Path.Combine(GoldenData.Repository, ".tools", "aspire", "bundle", "dcp")];
        return folders.Where(f => !string.IsNullOrEmpty(f)).Select(f => Path.Combine(f!, "dcp")).FirstOrDefault(File.Exists);
    }
}

/// <summary>What happened in an application: events, states and what its console said.</summary>
internal sealed class Recorder : ILoggerProvider
{
    private readonly ConcurrentQueue<(string Resource, string Event)> _events = new();
    private readonly ConcurrentQueue<(string Resource, string? State)> _states = new();
    private readonly ConcurrentQueue<string> _console = new();

    public IReadOnlyList<(string Resource, string Event)> Events => [.. _events];

    public IReadOnlyList<string> Console => [.. _console];

    public IEnumerable<string> EventsOf(string resource) => _events.Where(e => e.Resource == resource).Select(e => e.Event);

    /// <summary>States in their order, repetitions left out; null: before anybody set one.</summary>
    public IReadOnlyList<string?> StatesOf(string resource)
    {
        var states = new List<string?>();
        foreach (var (_, state) in _states.Where(s => s.Resource == resource))
        {
            if (states.Count == 0 || states[^1] != state)
            {
                states.Add(state);
            }
        }

        return states;
    }

    public void Attach(IDistributedApplicationEventing eventing)
    {
        Subscribe<BeforeStartEvent>(_ => string.Empty);
        Subscribe<AfterResourcesCreatedEvent>(_ => string.Empty);
        Subscribe<InitializeResourceEvent>(e => e.Resource.Name);
        Subscribe<ResourceEndpointsAllocatedEvent>(e => e.Resource.Name);
        Subscribe<ConnectionStringAvailableEvent>(e => e.Resource.Name);
        Subscribe<BeforeResourceStartedEvent>(e => e.Resource.Name);
        Subscribe<ResourceReadyEvent>(e => e.Resource.Name);
        Subscribe<ResourceStoppedEvent>(e => e.Resource.Name);

        void Subscribe<T>(Func<T, string> resource)
            where T : IDistributedApplicationEvent =>
            eventing.Subscribe<T>((e, _) =>
            {
                _events.Enqueue((resource(e), typeof(T).Name.Replace("Event", string.Empty, StringComparison.Ordinal)));
                return Task.CompletedTask;
            });
    }

    public async Task ObserveAsync(ResourceNotificationService notifications, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var change in notifications.WatchAsync(cancellationToken))
            {
                _states.Enqueue((change.Resource.Name, change.Snapshot.State?.Text));
            }
        }
        catch (OperationCanceledException)
        {
            // The application has stopped.
        }
    }

    public ILogger CreateLogger(string categoryName) => new ConsoleLogger(this, categoryName);

    public void Dispose()
    {
        // Holds nothing.
    }

    private sealed class ConsoleLogger(Recorder recorder, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            recorder._console.Enqueue($"{logLevel} {category}: {formatter(state, exception)}");
    }
}

/// <summary>A health check that the test switches.</summary>
internal sealed class Switch
{
    private int _runs;

    public bool IsHealthy { get; set; }

    /// <summary>How often it was asked.</summary>
    public int Runs => Volatile.Read(ref _runs);

    public void AddTo(IDistributedApplicationBuilder builder, string key) => builder.Services.AddHealthChecks().AddCheck(key, () =>
    {
        Interlocked.Increment(ref _runs);
        return IsHealthy
            ? Microsoft.Extensions.Diagnostics.HealthChecks.HealthCheckResult.Healthy()
            : Microsoft.Extensions.Diagnostics.HealthChecks.HealthCheckResult.Unhealthy("switched off");
    });
}
