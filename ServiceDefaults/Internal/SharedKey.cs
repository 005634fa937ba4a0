using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Slipway.ServiceDefaults.Internal;

/// <summary>A key from configuration that whoever asks has to carry in <c>X-Api-Key</c>.</summary>
/// <param name="What">Completes "… are not offered", "… need a key": the details.</param>
/// <param name="Setting">Its place in configuration.</param>
/// <param name="NoKeySet">The problem's type where configuration has none.</param>
/// <param name="KeyNeeded">The problem's type where the key is missing or wrong.</param>
internal sealed record SharedKey(string What, string Setting, string NoKeySet, string KeyNeeded)
{
    public const string Header = "X-Api-Key";

    /// <returns>Null: go on.</returns>
    /// <param name="request">That asks.</param>
    /// <param name="key">As it is set; null: none, which only Development lets pass.</param>
    /// <param name="isDevelopment">Of the environment.</param>
    public ProblemHttpResult? Refuse(HttpRequest request, string? key, bool isDevelopment)
    {
        if (isDevelopment && key is null)
            return null;
        if (key is null)
        {
            return TypedResults.Problem(
                $"No key is set for it: set {Setting}.", statusCode: StatusCodes.Status403Forbidden,
                title: $"{What} are not offered", type: NoKeySet);
        }

        return request.Headers[Header] is [{ } given] && IsSame(given, key)
            ? null
            : TypedResults.Problem(
                $"Send the key in the header {Header}.", statusCode: StatusCodes.Status401Unauthorized,
                title: $"{What} need a key", type: KeyNeeded);
    }

    /// <summary>In the same time wherever they differ, and however long they are.</summary>
    private static bool IsSame(string given, string key) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
