using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Slipway.Api.Database;

namespace Slipway.Api.Access.Keys;

/// <summary>A new secret for a key.</summary>
/// <param name="PreviousUntil">Until when the old secret is taken beside the new one, at most 7 days from now; absent: it ends at once.</param>
internal sealed record RotateKeyRequest(DateTimeOffset? PreviousUntil = null)
{
    public static RotateKeyRequest Read(JsonInput input)
    {
        var request = new RotateKeyRequest(input.OptionalInstant("previousUntil"));
        input.RefuseOthers();
        return request;
    }
}

internal static class RotateKey
{
    /// <summary>The new secret is taken at once. The answer is the only one that ever has it.</summary>
    public static async Task<Results<Ok<IssuedKey>, ProblemHttpResult>> HandleAsync(
        string prefix, HttpContext context, DatabaseSession session, IOptions<AccessOptions> options, TimeProvider clock, ILoggerFactory loggers,
        CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadAsync(context, "access", RotateKeyRequest.Read);
        if (!body.IsValid)
        {
            return body.Problem;
        }

        var (now, client) = (Clock.Now(clock), Client.Of(context));
        var latest = now + options.Value.Keys.MaxOverlap;
        if (body.Value.PreviousUntil is { } until && (until <= now || until > latest))
        {
            return Problems.Invalid("access:invalid", new Dictionary<string, string[]> { ["$.previousUntil"] = [$"must be in the future and not after {latest:u}"] });
        }

        await using var change = await KeyChange.BeginAsync(session, client, now, cancellationToken);
        if (await change.FindAsync(prefix, cancellationToken) is not { } key)
        {
            return AccessProblems.NoKey(prefix);
        }

        if (!key.IsUsable(now))
        {
            return AccessProblems.KeyEnded(key);
        }

        // Whoever rotates a key holds it then.
        if (key.Scopes.Where(scope => !client.May(scope)).ToArray() is { Length: > 0 } lacking)
        {
            return AccessProblems.ScopeNotYours(lacking);
        }

        var secret = KeySecret.NewSecret();
        await change.RotateAsync(key, KeySecret.Hash(secret), body.Value.PreviousUntil, cancellationToken);
        await change.CommitAsync(cancellationToken);
        loggers.CreateLogger("Slipway.Api.Access").KeyChanged(key.Prefix, "rotated", client.Name);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new IssuedKey(key with { RotatedAt = now, PreviousSecretUntil = body.Value.PreviousUntil }, $"{key.Prefix}.{secret}"));
    }
}
