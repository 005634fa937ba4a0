using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Publishing;

namespace Aspire.Hosting.Parameters;

/// <summary>A default that is kept in the AppHost's user secrets, so that every run has the same: data volumes remember the password of their first run.</summary>
internal sealed class UserSecretsParameterDefault(UserSecretsStore store, string parameterName, ParameterDefault inner) : ParameterDefault
{
    private string Key { get; } = $"Parameters:{parameterName}";

    /// <exception cref="UserSecretsException">The value can't be kept; the message says where and what to do.</exception>
    public override string GetDefaultValue() => Explain(() => store.GetOrAdd(Key, inner.GetDefaultValue));

    /// <summary>Fails before anything starts when there is no value yet and a new one could not be kept.</summary>
    /// <exception cref="UserSecretsException">The value could not be kept; the message says where and what to do.</exception>
    public void EnsureCanBeKept() => Explain(() =>
    {
        if (store.IsAvailable && store.Find(Key) is null)
        {
            store.EnsureWritable();
        }

        return true;
    });

    public override void WriteToManifest(ManifestPublishingContext context) => inner.WriteToManifest(context);

    private T Explain<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (UserSecretsException exception)
        {
            throw new UserSecretsException(
                $"The generated value of parameter '{parameterName}' could not be kept. {exception.Message} "
                + $"Or set the value yourself: configuration key '{Key}', environment variable '{EnvironmentVariables.ForConfigurationKey(Key)}'.",
                exception);
        }
    }
}
