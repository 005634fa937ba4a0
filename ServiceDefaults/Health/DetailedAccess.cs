using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Slipway.ServiceDefaults.Health;

/// <summary>Who may read <c>/health/detailed</c>: in Development everybody, elsewhere who has the key.</summary>
internal static class DetailedAccess
{
    private const string Header = "X-Api-Key";

    /// <returns>Null: go on.</returns>
    public static ProblemHttpResult? Refuse(HttpRequest request, string? key, bool isDevelopment)
    {
        if (isDevelopment && key is null)
            return null;
        if (key is null)
        {
            return TypedResults.Problem(
                "No key is set for it: set Health:DetailedKey.", statusCode: StatusCodes.Status403Forbidden,
                title: "The details are not offered", type: "urn:slipway:problem:health:no-key-set");
        }

        return request.Headers[Header] is [{ } given] && IsSame(given, key)
            ? null
            : TypedResults.Problem(
                $"Send the key in the header {Header}.", statusCode: StatusCodes.Status401Unauthorized,
                title: "The details need a key", type: "urn:slipway:problem:health:key-needed");
    }

    /// <summary>In the same time wherever they differ, and however long they are.</summary>
    private static bool IsSame(string given, string key) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
