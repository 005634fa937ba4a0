using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.UserSecrets;

namespace Aspire.Hosting;

/// <summary>The developer's own secrets of one AppHost, kept outside the repository.</summary>
internal static class UserSecrets
{
    public static void AddTo(ConfigurationManager configuration, Assembly assembly) => configuration.AddUserSecrets(assembly, optional: true);

    /// <summary>Null: the AppHost has no UserSecretsId, so nothing is kept between runs.</summary>
    public static string? IdOf(Assembly? assembly) => assembly?.GetCustomAttribute<UserSecretsIdAttribute>()?.UserSecretsId;
}
