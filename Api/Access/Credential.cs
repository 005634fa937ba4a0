using Microsoft.Extensions.Primitives;

namespace Slipway.Api.Access;

internal enum CredentialKind
{
    None,
    Key,
    Token,

    /// <summary>More than one: which of them the client means is not for us to choose.</summary>
    Several,
}

/// <summary>What a request shows, as it stands there. Only headers are looked at: addresses end in logs and histories.</summary>
internal readonly record struct Credential(CredentialKind Kind, string Text)
{
    public const string KeyHeader = "X-Api-Key";
    private const string Bearer = "Bearer ";

    public static Credential Of(HttpRequest request)
    {
        var (key, authorization) = (request.Headers[KeyHeader], request.Headers.Authorization);
        return (key.Count, authorization.Count) switch
        {
            (0, 0) => new(CredentialKind.None, ""),
            (1, 0) => new(CredentialKind.Key, key[0] ?? ""),
            (0, 1) => OfAuthorization(authorization),
            _ => new(CredentialKind.Several, ""),
        };
    }

    /// <summary>Another scheme than Bearer is none of ours.</summary>
    private static Credential OfAuthorization(StringValues value) => value[0] is { } text && text.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
        ? new(CredentialKind.Token, text[Bearer.Length..].Trim(' '))
        : new(CredentialKind.None, "");
}
