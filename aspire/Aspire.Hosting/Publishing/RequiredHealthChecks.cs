using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.Publishing;

/// <summary>Every health check that a resource names must be registered, in each mode, so that a typing error shows at once.</summary>
internal static class RequiredHealthChecks
{
    /// <exception cref="DistributedApplicationException">A check is missing; which one is in the log and in the message.</exception>
    public static void Validate(DistributedApplicationModel model, IServiceProvider services, ILogger logger)
    {
        var registered = services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations
            .Select(r => r.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var missing = model.Resources
            .SelectMany(r => r.Annotations.OfType<HealthCheckAnnotation>(), (resource, check) => (resource.Name, check.Key))
            .Where(c => !registered.Contains(c.Key))
            .ToArray();
        foreach (var (resource, key) in missing)
        {
            PublishLog.HealthCheckMissing(logger, key, resource);
        }

        if (missing.Length > 0)
        {
            throw new DistributedApplicationException(
                $"A health check registration is missing: {string.Join(", ", missing.Select(m => $"'{m.Key}' of resource '{m.Name}'"))}.");
        }
    }
}
