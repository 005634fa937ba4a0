using System.Reflection;
using Aspire.Hosting.Parameters;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.UserSecrets;

namespace Aspire.Hosting;

/// <summary>The developer's own secrets of one AppHost, kept outside the repository.</summary>
internal static class UserSecrets
{
    /// <summary>Id for an AppHost without one of its own, set by the command line tool.</summary>
    private const string IdVariable = "ASPIRE_USER_SECRETS_ID";

    public static void AddTo(ConfigurationManager configuration, Assembly? assembly)
    {
        if (IdOf(assembly) is { } id && TryGetPath(id) is not null)
        {
            configuration.AddUserSecrets(id);
        }
    }

    /// <summary>Null: the AppHost has no UserSecretsId, so nothing is kept between runs.</summary>
    public static string? IdOf(Assembly? assembly) =>
        assembly?.GetCustomAttribute<UserSecretsIdAttribute>()?.UserSecretsId
        ?? (Environment.GetEnvironmentVariable(IdVariable) is { Length: > 0 } id ? id : null);

    public static UserSecretsStore StoreOf(Assembly? assembly) => new(IdOf(assembly) is { } id ? TryGetPath(id) : null);

    /// <returns>Null: the user has no home folder.</returns>
    private static string? TryGetPath(string id)
    {
        try
        {
            return PathHelper.GetSecretsPathFromSecretsId(id);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
