using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>Makes testing builders of AppHosts.</summary>
public static class DistributedApplicationTestingBuilder
{
    /// <typeparam name="TEntryPoint">The AppHost's own generated class, <c>Projects.AppHost</c>, or any type of its assembly.</typeparam>
    /// <exception cref="InvalidOperationException">The assembly has no entry point, or it ended without building an application.</exception>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(CancellationToken cancellationToken = default)
        where TEntryPoint : class => CreateAsync(typeof(TEntryPoint), cancellationToken);

    /// <inheritdoc cref="CreateAsync{TEntryPoint}(CancellationToken)"/>
    /// <param name="args">Command line of the AppHost.</param>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(string[] args, CancellationToken cancellationToken = default)
        where TEntryPoint : class => CreateAsync(typeof(TEntryPoint), args, cancellationToken);

    /// <inheritdoc cref="CreateAsync{TEntryPoint}(string[], CancellationToken)"/>
    /// <param name="configureBuilder">Called before the builder is made.</param>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(
        string[] args,
        Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder,
        CancellationToken cancellationToken = default)
        where TEntryPoint : class => CreateAsync(typeof(TEntryPoint), args, configureBuilder, cancellationToken);

    /// <inheritdoc cref="CreateAsync{TEntryPoint}(CancellationToken)"/>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync(Type entryPoint, CancellationToken cancellationToken = default) =>
        CreateAsync(entryPoint, [], cancellationToken);

    /// <inheritdoc cref="CreateAsync{TEntryPoint}(string[], CancellationToken)"/>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync(Type entryPoint, string[] args, CancellationToken cancellationToken = default) =>
        CreateAsync(entryPoint, args, (_, _) => { }, cancellationToken);

    /// <inheritdoc cref="CreateAsync{TEntryPoint}(string[], Action{DistributedApplicationOptions, HostApplicationBuilderSettings}, CancellationToken)"/>
    public static async Task<IDistributedApplicationTestingBuilder> CreateAsync(
        Type entryPoint,
        string[] args,
        Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entryPoint);
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(configureBuilder);
        var factory = new SuspendingDistributedApplicationFactory(entryPoint, args, configureBuilder);
        try
        {
            return await factory.CreateBuilderAsync(cancellationToken);
        }
        catch
        {
            await factory.DisposeAsync();
            throw;
        }
    }

    /// <summary>An empty builder with the settings of a test; for test projects that are AppHosts themselves.</summary>
    /// <exception cref="InvalidOperationException">The calling assembly is no AppHost.</exception>
    public static IDistributedApplicationTestingBuilder Create(params string[] args) => Create(args, (_, _) => { }, Assembly.GetCallingAssembly());

    /// <inheritdoc cref="Create(string[])"/>
    /// <param name="configureBuilder">Called before the builder is made.</param>
    public static IDistributedApplicationTestingBuilder Create(
        string[] args,
        Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder) =>
        Create(args, configureBuilder, Assembly.GetCallingAssembly());

    private static TestingBuilder Create(
        string[] args,
        Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder,
        Assembly callingAssembly)
    {
        var options = new DistributedApplicationOptions { Args = args, AssemblyName = callingAssembly.GetName().Name };
        if (options.Metadata("dcpclipath") is null)
        {
            throw new InvalidOperationException(
                "No application host assembly was found. Ensure that you have a project that references the 'Aspire.Hosting.AppHost' package and imports the 'Aspire.AppHost.Sdk' SDK.");
        }

        DistributedApplicationBuilderHooks.Current = new TestDefaults(args, configureBuilder);
        try
        {
            return new TestingBuilder(new DistributedApplicationBuilder(options));
        }
        finally
        {
            DistributedApplicationBuilderHooks.Current = null;
        }
    }

    /// <summary>Applies the settings of a test and nothing else.</summary>
    private sealed class TestDefaults(string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder)
        : DistributedApplicationBuilderHooks
    {
        public override void Constructing(DistributedApplicationOptions options, HostApplicationBuilderSettings settings) =>
            TestSettings.Apply(options, settings, args, options.Assembly, configureBuilder);

        public override void Constructed(DistributedApplicationBuilder builder) => TestSettings.AddServices(builder.Services, builder.Configuration);

        public override void Building(DistributedApplicationBuilder builder)
        {
        }

        public override void Built(DistributedApplication application)
        {
        }
    }

    /// <summary>A builder without an entry point behind it.</summary>
    private sealed class TestingBuilder(DistributedApplicationBuilder builder) : DelegatingBuilder(builder), IDistributedApplicationTestingBuilder
    {
        private DistributedApplication? _application;

        public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default) => Task.FromResult(Build());

        public override DistributedApplication Build() => _application = base.Build();

        public void Dispose() => _application?.Dispose();

        public async ValueTask DisposeAsync()
        {
            if (_application is not null)
            {
                await _application.DisposeAsync();
            }
        }
    }

    private abstract class DelegatingBuilder(DistributedApplicationBuilder inner) : IDistributedApplicationBuilder
    {
        public ConfigurationManager Configuration => inner.Configuration;

        public string AppHostDirectory => inner.AppHostDirectory;

        public Assembly? AppHostAssembly => inner.AppHostAssembly;

        public IHostEnvironment Environment => inner.Environment;

        public IServiceCollection Services => inner.Services;

        public IDistributedApplicationEventing Eventing => inner.Eventing;

        public DistributedApplicationExecutionContext ExecutionContext => inner.ExecutionContext;

        public IResourceCollection Resources => inner.Resources;

        public IResourceBuilder<T> AddResource<T>(T resource)
            where T : IResource => inner.AddResource(resource);

        public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
            where T : IResource => inner.CreateResourceBuilder(resource);

        public virtual DistributedApplication Build() => inner.Build();
    }

    /// <summary>Holds the entry point at <c>Build()</c> until the test asks for the application.</summary>
    private sealed class SuspendingDistributedApplicationFactory(
        Type entryPoint,
        string[] args,
        Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder)
        : DistributedApplicationFactory(entryPoint, args)
    {
        private readonly TaskCompletionSource _continueBuilding = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task<IDistributedApplicationTestingBuilder> CreateBuilderAsync(CancellationToken cancellationToken) =>
            new Builder(this, await ResolveBuilderAsync(cancellationToken));

        public override async ValueTask DisposeAsync()
        {
            _continueBuilding.TrySetCanceled();
            await base.DisposeAsync();
        }

        protected override void OnBuilderCreating(DistributedApplicationOptions applicationOptions, HostApplicationBuilderSettings hostOptions) =>
            configureBuilder(applicationOptions, hostOptions);

        /// <summary>Blocks the entry point's own thread; nobody else uses it.</summary>
        protected override void OnBuilding(DistributedApplicationBuilder applicationBuilder) =>
            _continueBuilding.Task.GetAwaiter().GetResult();

        private async Task<DistributedApplication> ContinueAsync(CancellationToken cancellationToken)
        {
            _continueBuilding.TrySetResult();
            return new DelegatedDistributedApplication(this, await ResolveApplicationAsync(cancellationToken));
        }

        private sealed class Builder(SuspendingDistributedApplicationFactory factory, DistributedApplicationBuilder inner)
            : DelegatingBuilder(inner), IDistributedApplicationTestingBuilder
        {
            public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default) => factory.ContinueAsync(cancellationToken);

            public override DistributedApplication Build() => BuildAsync(CancellationToken.None).GetAwaiter().GetResult();

            public void Dispose() => factory.Dispose();

            public ValueTask DisposeAsync() => factory.DisposeAsync();
        }

        /// <summary>The application that ends its entry point when it is disposed.</summary>
        private sealed class DelegatedDistributedApplication(SuspendingDistributedApplicationFactory factory, DistributedApplication inner)
            : DistributedApplication(inner)
        {
            public override void Dispose()
            {
                factory.Dispose();
                base.Dispose();
            }

            public override async ValueTask DisposeAsync()
            {
                await factory.DisposeAsync();
                await base.DisposeAsync();
                GC.SuppressFinalize(this);
            }
        }
    }
}
