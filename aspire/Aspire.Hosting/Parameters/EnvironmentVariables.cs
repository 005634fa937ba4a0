namespace Aspire.Hosting.Parameters;

internal static class EnvironmentVariables
{
    /// <summary>The variable that sets a configuration key from a shell: <c>Parameters:pg-password</c> is <c>Parameters__pg_password</c>.</summary>
    public static string ForConfigurationKey(string key) => key.Replace(":", "__", StringComparison.Ordinal).Replace('-', '_');
}
