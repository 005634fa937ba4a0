using System.Reflection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>Runs the entry point of an AppHost and takes over the application that it builds.</summary>
/// <param name="entryPoint">A type of the AppHost's assembly.</param>
/// <param name="args">Command line of the AppHost.</param>
public class DistributedApplicationFactory(Type entryPoint, string[] args) : IDisposable, IAsyncDisposable
{
    private readonly Type _entryPoint = entryPoint ?? throw new ArgumentNullException(nameof(entryPoint));
    private readonly TaskCompletionSource<DistributedApplicationBuilder> _builder = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _application = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _started;
    private int _disposed;

    public DistributedApplicationFactory(Type entryPoint)
        : this(entryPoint, [])
    {
    }

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        var application = await ResolveApplicationAsync(cancellationToken);
        await application.StartAsync(cancellationToken);
    }

    public HttpClient CreateHttpClient(string resourceName, string? endpointName = default) =>
        StartedApplication().CreateHttpClient(resourceName, endpointName);

    public ValueTask<string?> GetConnectionString(string resourceName) => StartedApplication().GetConnectionStringAsync(resourceName);

    public Uri GetEndpoint(string resourceName, string? endpointName = default) => StartedApplication().GetEndpoint(resourceName, endpointName);

    public virtual void Dispose()
    {
        DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }

    /// <summary>Stops the application where it was started, then ends the entry point.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Interlocked.Exchange(ref _disposed, 1) != 0 || Volatile.Read(ref _started) == 0)
        {
            return;
        }

        _builder.TrySetCanceled();
        if (_application.Task is { IsCompletedSuccessfully: true } built)
        {
            var application = await built;
            await application.StopAsync();
            await application.DisposeAsync();
        }

        await _exited.Task;
    }

    /// <summary>Called before the entry point's builder is made.</summary>
    protected virtual void OnBuilderCreating(DistributedApplicationOptions applicationOptions, HostApplicationBuilderSettings hostOptions)
    {
    }

    /// <summary>Called when the entry point's builder is made, before it adds resources.</summary>
    protected virtual void OnBuilderCreated(DistributedApplicationBuilder applicationBuilder)
    {
    }

    /// <summary>Called when the entry point builds its application, with the whole model.</summary>
    protected virtual void OnBuilding(DistributedApplicationBuilder applicationBuilder)
    {
    }

    /// <summary>Called when the application is built and not started.</summary>
    protected virtual void OnBuilt(DistributedApplication application)
    {
    }

    internal async Task<DistributedApplicationBuilder> ResolveBuilderAsync(CancellationToken cancellationToken)
    {
        EnsureEntryPoint();
        return await _builder.Task.WaitAsync(cancellationToken);
    }

    internal async Task<DistributedApplication> ResolveApplicationAsync(CancellationToken cancellationToken)
    {
        EnsureEntryPoint();
        return await _application.Task.WaitAsync(cancellationToken);
    }

    private DistributedApplication StartedApplication() => _application.Task is { IsCompletedSuccessfully: true } built
        ? built.GetAwaiter().GetResult()
        : throw new InvalidOperationException("The application must be started before resolving endpoints or connection strings.");

    /// <summary>The entry point gets a thread of its own: it is held at <c>Build()</c> for as long as the test likes.</summary>
    private void EnsureEntryPoint()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            return;
        }

        new Thread(RunEntryPoint) { IsBackground = true, Name = $"{_entryPoint.Assembly.GetName().Name} entry point" }.Start();
    }

    private void RunEntryPoint()
    {
        DistributedApplicationBuilderHooks.Current = new EntryPointHooks(this);
        try
        {
            var main = _entryPoint.Assembly.EntryPoint
                ?? throw new InvalidOperationException($"The assembly '{_entryPoint.Assembly.GetName().Name}' has no entry point: name a type of an AppHost.");
            object?[] parameters = main.GetParameters().Length == 0 ? [] : [args];
            (main.Invoke(null, parameters) as Task)?.GetAwaiter().GetResult();
            Fail(new InvalidOperationException("The entry point ended without building an application."));
        }
        catch (TargetInvocationException exception) when (exception.InnerException is not null)
        {
            Fail(exception.InnerException);
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
        finally
        {
            _exited.TrySetResult();
        }
    }

    private void Fail(Exception exception)
    {
        _builder.TrySetException(exception);
        _application.TrySetException(exception);
        _ = _builder.Task.Exception;
        _ = _application.Task.Exception;
    }

    private sealed class EntryPointHooks(DistributedApplicationFactory factory) : DistributedApplicationBuilderHooks
    {
        public override void Constructing(DistributedApplicationOptions options, HostApplicationBuilderSettings settings) =>
            TestSettings.Apply(options, settings, [], factory._entryPoint.Assembly, factory.OnBuilderCreating);

        public override void Constructed(DistributedApplicationBuilder builder)
        {
            TestSettings.AddServices(builder.Services, builder.Configuration);
            factory.OnBuilderCreated(builder);
        }

        public override void Building(DistributedApplicationBuilder builder)
        {
            factory._builder.TrySetResult(builder);
            factory.OnBuilding(builder);
        }

        /// <summary>What follows in the entry point would run the application; the test does that.</summary>
        public override void Built(DistributedApplication application)
        {
            factory.OnBuilt(application);
            factory._application.TrySetResult(application);
            throw new HostAbortedException();
        }
    }
}
