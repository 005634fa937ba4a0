using System.Diagnostics;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Backchannel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Interactions;
using Aspire.Hosting.Orchestration;
using Aspire.Hosting.Parameters;
using Aspire.Hosting.Publishing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <inheritdoc cref="IDistributedApplicationBuilder"/>
public class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    /// <summary>Command line switches of the official host and the configuration keys behind them.</summary>
    private static readonly Dictionary<string, string> s_switches = new()
    {
        ["--operation"] = "AppHost:Operation",
        ["--publisher"] = "Publishing:Publisher",
        ["--output-path"] = "Pipeline:OutputPath",
        ["--step"] = "Pipeline:Step",
        ["--log-level"] = "Pipeline:LogLevel",
        ["--dcp-cli-path"] = "DcpPublisher:CliPath",
        ["--dcp-container-runtime"] = "DcpPublisher:ContainerRuntime",
        ["--dcp-dependency-check-timeout"] = "DcpPublisher:DependencyCheckTimeout",
        ["--dcp-dashboard-path"] = "DcpPublisher:DashboardPath",
    };

    private readonly HostApplicationBuilder _host;
    private readonly DistributedApplicationOptions _options;

    public DistributedApplicationBuilder(string[] args)
        : this(new DistributedApplicationOptions { Args = args })
    {
    }

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        var settings = new HostApplicationBuilderSettings { Args = Normalize(options.Args) };
        DistributedApplicationBuilderHooks.Current?.Constructing(options, settings);
        AppHostAssembly = options.Assembly;
        settings.ApplicationName ??= AppHostAssembly?.GetName().Name;
        if (settings.ContentRootPath is null && options.ProjectDirectory is { } contentRoot && Directory.Exists(contentRoot))
        {
            settings.ContentRootPath = contentRoot;
        }

        _host = new HostApplicationBuilder(settings);
        AppHostDirectory = options.ProjectDirectory ?? _host.Environment.ContentRootPath;
        AddConfiguration(settings.Args);
        ExecutionContext = new DistributedApplicationExecutionContext(OperationFromConfiguration(), Configuration["Publishing:Publisher"] ?? "manifest");
        AddIdentity();
        AddServices();
        OverrideContainerRegistry();
        DistributedApplicationBuilderHooks.Current?.Constructed(this);
    }

    public ConfigurationManager Configuration => _host.Configuration;

    public string AppHostDirectory { get; }

    public Assembly? AppHostAssembly { get; }

    public IHostEnvironment Environment => _host.Environment;

    public IServiceCollection Services => _host.Services;

    public IDistributedApplicationEventing Eventing { get; } = new DistributedApplicationEventing();

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IResourceCollection Resources { get; } = new ResourceCollection();

    internal DistributedApplicationOptions Options => _options;

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(resource);
        if (resource is not ProjectRebuilderResource)
        {
            ModelName.ValidateName(nameof(Resource), resource.Name);
        }

        if (Resources.FirstOrDefault(r => string.Equals(r.Name, resource.Name, StringComparison.OrdinalIgnoreCase)) is { } existing)
        {
            throw new DistributedApplicationException(
                $"Cannot add resource of type '{resource.GetType()}' with name '{resource.Name}' because resource of type '{existing.GetType()}' with that name already exists. Resource names are case-insensitive.");
        }

        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(resource);
        return new ResourceBuilder<T>(this, resource);
    }

    public DistributedApplication Build()
    {
        DistributedApplicationBuilderHooks.Current?.Building(this);
        var application = new DistributedApplication(_host.Build());
        ExecutionContext.ServiceProvider = application.Services;
        DistributedApplicationBuilderHooks.Current?.Built(application);
        return application;
    }

    /// <summary>A switch without a value, such as <c>--flag</c>, would swallow the next one; <c>--</c> from <c>dotnet run</c> is dropped.</summary>
    private static string[] Normalize(string[]? args) => [.. (args ?? []).Where(a => a != "--")];

    private void AddConfiguration(string[]? args)
    {
        if (_host.Environment.IsDevelopment())
        {
            UserSecrets.AddTo(_host.Configuration, AppHostAssembly);
        }

        _host.Configuration.AddEnvironmentVariables("ASPIRE_");
        if (args is { Length: > 0 })
        {
            _host.Configuration.AddCommandLine(args, s_switches);
        }
    }

    private DistributedApplicationOperation OperationFromConfiguration()
    {
        if (string.Equals(Configuration["AppHost:Operation"], "publish", StringComparison.OrdinalIgnoreCase))
        {
            return DistributedApplicationOperation.Publish;
        }

        return Configuration["Publishing:Publisher"] is { Length: > 0 }
            ? DistributedApplicationOperation.Publish
            : DistributedApplicationOperation.Run;
    }

    /// <summary>Names and hashes that volumes, networks and the dashboard carry.</summary>
    private void AddIdentity()
    {
        var projectName = _options.ProjectName ?? _host.Environment.ApplicationName;
        var path = Path.Combine(AppHostDirectory, projectName + ".csproj");
        var identity = ExecutionContext.IsPublishMode ? Path.GetFileName(path) : path.ToLowerInvariant();
        var sha = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(identity)));
        var dashboardName = _options.DashboardApplicationName
            ?? (projectName.EndsWith(".AppHost", StringComparison.OrdinalIgnoreCase) ? projectName[..^".AppHost".Length] : projectName);
        Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["AppHost:Directory"] = AppHostDirectory,
            ["AppHost:Path"] = Path.Combine(AppHostDirectory, projectName),
            ["AppHost:FilePath"] = path,
            ["AppHost:ProjectName"] = projectName,
            ["AppHost:DashboardApplicationName"] = dashboardName,
            ["AppHost:Sha256"] = sha,
            ["AppHost:DefaultLaunchProfileName"] = Configuration["AppHost:DefaultLaunchProfileName"] ?? Configuration["DOTNET_LAUNCH_PROFILE"],
        });
    }

    private void AddServices()
    {
        Services.AddSingleton(_options);
        Services.AddSingleton(ExecutionContext);
        Services.AddSingleton<IDistributedApplicationBuilder>(this);
        Services.AddSingleton(_ => new DistributedApplicationModel(Resources));
        Services.AddSingleton(Eventing);
        Services.TryAddSingleton(TimeProvider.System);
        Services.AddSingleton(UserSecrets.StoreOf(AppHostAssembly));
        Services.AddSingleton<InteractionService>();
        Services.AddSingleton<IInteractionService>(services => services.GetRequiredService<InteractionService>());
        Services.AddSingleton<ParameterQuestions>();
        Services.AddSingleton<ParameterProcessor>();
        Services.AddSingleton<ResourceNotificationService>();
        Services.AddSingleton(services => new ResourceLoggerService(services.GetRequiredService<TimeProvider>()));
        Services.AddSingleton(services => new ResourceCommandService(
            services.GetRequiredService<ResourceNotificationService>(),
            services.GetRequiredService<ResourceLoggerService>(),
            services));
        Services.AddOptions<ResourceNotificationServiceOptions>().Configure(o => o.DefaultWaitBehavior = _options.DisableDashboard
            ? WaitBehavior.StopOnResourceUnavailable
            : WaitBehavior.WaitOnResourceUnavailable);
        Services.AddHealthChecks();
        Services.AddHttpClient();
        _host.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        _host.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        _host.Logging.AddFilter("System.Net.Http", LogLevel.Warning);

        // A failed start is reported once, by whoever started: Run, or the test.
        _host.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);

        // The dashboard's own word on where it listens names the address behind the proxy; the AppHost names the one for people.
        _host.Logging.AddFilter("Aspire.Hosting.Dashboard", LogLevel.Error);
        _host.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService", LogLevel.None);
        if (ExecutionContext.IsPublishMode)
        {
            Services.AddPublishing();
            return;
        }

        Services.AddOrchestration();
        Services.AddBackchannels();
        if (!_options.DisableDashboard)
        {
            Services.AddDashboard();
        }
    }

    private void OverrideContainerRegistry()
    {
        if (_options.ContainerRegistryOverride is { } registry)
        {
            Eventing.Subscribe<BeforeStartEvent>((@event, _) =>
            {
                foreach (var image in @event.Model.Resources.SelectMany(r => r.Annotations.OfType<ContainerImageAnnotation>()))
                {
                    image.Registry = registry;
                }

                return Task.CompletedTask;
            });
        }
    }

    [DebuggerDisplay("{Resource.Name}")]
    private sealed class ResourceBuilder<T>(IDistributedApplicationBuilder applicationBuilder, T resource) : IResourceBuilder<T>
        where T : IResource
    {
        public IDistributedApplicationBuilder ApplicationBuilder { get; } = applicationBuilder;

        public T Resource { get; } = resource;

        public IResourceBuilder<T> WithAnnotation<TAnnotation>(
            TAnnotation annotation,
            ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append)
            where TAnnotation : IResourceAnnotation
        {
            if (behavior == ResourceAnnotationMutationBehavior.Replace)
            {
                foreach (var old in Resource.Annotations.OfType<TAnnotation>().ToArray())
                {
                    Resource.Annotations.Remove(old);
                }
            }

            Resource.Annotations.Add(annotation);
            return this;
        }
    }
}

/// <summary>Lets the testing library change how the builder of an AppHost's entry point is made. Flows with the call, so tests run side by side.</summary>
internal abstract class DistributedApplicationBuilderHooks
{
    private static readonly AsyncLocal<DistributedApplicationBuilderHooks?> s_current = new();

    public static DistributedApplicationBuilderHooks? Current
    {
        get => s_current.Value;
        set => s_current.Value = value;
    }

    public abstract void Constructing(DistributedApplicationOptions options, HostApplicationBuilderSettings settings);

    public abstract void Constructed(DistributedApplicationBuilder builder);

    public abstract void Building(DistributedApplicationBuilder builder);

    public abstract void Built(DistributedApplication application);
}
