namespace Aspire.Hosting.Testing;

/// <summary>The builder of an AppHost whose entry point ran up to <c>Build()</c>, so that a test can change the model before it is built.</summary>
public interface IDistributedApplicationTestingBuilder : IDistributedApplicationBuilder, IAsyncDisposable, IDisposable
{
    /// <summary>Lets the entry point go on and gives the built application, not started.</summary>
    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}
