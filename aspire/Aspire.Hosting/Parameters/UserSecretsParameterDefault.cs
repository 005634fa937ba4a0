using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Publishing;

namespace Aspire.Hosting.Parameters;

/// <summary>A default that is kept in the AppHost's user secrets, so that every run has the same: data volumes remember the password of their first run.</summary>
internal sealed class UserSecretsParameterDefault(UserSecretsStore store, string parameterName, ParameterDefault inner) : ParameterDefault
{
    /// <exception cref="DistributedApplicationException">The value can't be kept; the message says where and what to do.</exception>
    public override string GetDefaultValue()
    {
        var key = $"Parameters:{parameterName}";
        try
        {
            return store.GetOrAdd(key, inner.GetDefaultValue);
        }
        catch (UserSecretsException exception)
        {
            throw new UserSecretsException(
                $"The generated value of parameter '{parameterName}' could not be kept. {exception.Message} "
                + $"Or set the value yourself: configuration key '{key}', environment variable '{EnvironmentVariables.ForConfigurationKey(key)}'.",
                exception);
        }
    }

    public override void WriteToManifest(ManifestPublishingContext context) => inner.WriteToManifest(context);
}
