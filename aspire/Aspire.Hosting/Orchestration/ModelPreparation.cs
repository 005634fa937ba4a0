using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Parameters;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.Orchestration;

/// <summary>What is settled before the orchestrator is asked for anything: names, endpoints, commands; and what can't work is refused.</summary>
internal sealed partial class ModelPreparation(
    DistributedApplicationModel model,
    AppResources resources,
    ResourceNames names,
    EndpointPlan endpoints,
    ResourceHierarchy hierarchy,
    ParameterProcessor parameters,
    ResourceNotificationService notifications,
    IOptions<HealthCheckServiceOptions> healthChecks,
    TimeProvider clock,
    ILogger<ApplicationOrchestrator> logger)
{
    /// <exception cref="OptionsValidationException">A resource names a health check that nobody registered.</exception>
    /// <exception cref="DistributedApplicationException">The model contradicts itself, or a fixed port is taken.</exception>
    public void Run()
    {
        foreach (var resource in model.Resources)
        {
            names.EnsureInstances(resource);
        }

        EndpointPlan.ResolveProxies(model.Resources);
        resources.Set([.. model.Resources.Select(AppResource.From).OfType<AppResource>()]);
        ModelValidation.Validate(resources.All, model);
        RequireHealthChecks();
        endpoints.Prepare(resources.All);
        FixedPorts.Check(resources.All);
        resources.SetServices(endpoints.AllServices(resources.All));
        foreach (var resource in resources.All)
        {
            LifecycleCommands.AddTo(resource.Model);
        }
    }

    private void RequireHealthChecks()
    {
        var known = healthChecks.Value.Registrations.Select(r => r.Name).ToHashSet(StringComparer.Ordinal);
        var missing = model.Resources
            .SelectMany(r => r.Annotations.OfType<HealthCheckAnnotation>().Where(a => !known.Contains(a.Key)).Select(a => (Resource: r.Name, a.Key)))
            .ToArray();
        foreach (var (resource, key) in missing)
        {
            LogMissingHealthCheck(key, resource);
        }

        if (missing.Length > 0)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(HealthCheckServiceOptions), ["A health check registration is missing. Check logs for more details."]);
        }
    }

    public async Task PublishInitialStateAsync()
    {
        await parameters.InitializeParametersAsync(model.Resources.OfType<ParameterResource>());
        var now = clock.GetUtcNow().UtcDateTime;
        foreach (var resource in model.Resources)
        {
            var parent = hierarchy.ParentOf(resource);
            var relationships = resource.Annotations.OfType<ResourceRelationshipAnnotation>().Select(r => new RelationshipSnapshot(r.Resource.Name, r.Type));
            if (resource is IResourceWithParent child)
            {
                relationships = relationships.Append(new RelationshipSnapshot(child.Parent.Name, KnownRelationshipTypes.Parent)).Distinct();
            }

            var icon = resource.Annotations.OfType<ResourceIconAnnotation>().LastOrDefault();
            await notifications.PublishUpdateAsync(resource, s => s with
            {
                CreationTimeStamp = s.CreationTimeStamp ?? now,
                Relationships = [.. relationships],
                Urls = ResourceUrls.Snapshots(resource),
                Properties = parent is null
                    ? s.Properties
                    : new PropertyList(s.Properties).Set(KnownProperties.Resource.ParentName, ResourceNotificationService.InstanceNames(parent)[0]).ToImmutable(),
                HealthReports = [.. hierarchy.HealthCheckKeys(resource).Select(k => new HealthReportSnapshot(k, null, null, null))],
                IconName = s.IconName ?? icon?.IconName,
                IconVariant = s.IconVariant ?? icon?.IconVariant,
            });
        }
    }

    [LoggerMessage(3, LogLevel.Critical, "The health check '{Key}' is not registered and is required for resource '{Resource}'.")]
    private partial void LogMissingHealthCheck(string key, string resource);
}
