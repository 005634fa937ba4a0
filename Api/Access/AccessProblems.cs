using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Api.Access.Keys;

namespace Slipway.Api.Access;

internal static class AccessProblems
{
    public static ProblemHttpResult CredentialNeeded() => Problems.Of(
        StatusCodes.Status401Unauthorized, "access:credential-needed", "This needs a credential.",
        $"Send an API key in the header {Credential.KeyHeader}, or a token in Authorization: Bearer.");

    /// <param name="why">What its holder may know: not whether the key exists, before its secret was right.</param>
    public static ProblemHttpResult CredentialRefused(string why) => Problems.Of(
        StatusCodes.Status401Unauthorized, "access:credential-refused", "The credential is not accepted.", why);

    public static ProblemHttpResult TooManyGuesses(int seconds) => Problems.Of(
        StatusCodes.Status429TooManyRequests, "access:too-many-guesses", "Too many wrong credentials came from your address.",
        $"The credential was not looked at. Try again in {seconds} s.");

    public static ProblemHttpResult ScopeNeeded(string scope) => Problems.Of(
        StatusCodes.Status403Forbidden, "access:scope-needed", "Your credential doesn't allow this.",
        $"It lacks the scope '{scope}'.", new Dictionary<string, object?> { ["scope"] = scope });

    public static ProblemHttpResult ScopeNotYours(IEnumerable<string> scopes) => Problems.Of(
        StatusCodes.Status403Forbidden, "access:scope-not-yours", "Nobody gives what he hasn't got.",
        $"Your own credential lacks: {string.Join(", ", scopes)}.");

    public static ProblemHttpResult NoKey(string prefix) => Problems.Of(
        StatusCodes.Status404NotFound, "access:key-not-found", "There is no such key.",
        KeySecret.IsPrefix(prefix) ? $"No key has the prefix '{prefix}'." : "That isn't the prefix of a key.");

    public static ProblemHttpResult KeyEnded(AccessKey key) => Problems.Of(
        StatusCodes.Status409Conflict, "access:key-ended", "The key has ended.",
        key.RevokedAt is { } at ? $"It was revoked at {at:u}. Create another one." : $"It expired at {key.ExpiresAt:u}. Create another one.");

    public static ProblemHttpResult TooManyKeys(int max) => Problems.Of(
        StatusCodes.Status409Conflict, "access:too-many-keys", "There are as many keys as there may be.", $"{max} keys are not revoked. Revoke one that nobody uses.");

    public static ProblemHttpResult LastManager() => Problems.Of(
        StatusCodes.Status409Conflict, "access:last-manager", "Nobody could manage access any more.",
        $"It is the last key with the scope '{Scopes.AccessManage}'. Create another one first.");
}
