using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Slipway.Api.Database;

namespace Slipway.Api.Access.Keys;

/// <summary>A key to be made.</summary>
/// <param name="Name">For people: who or what will use it.</param>
/// <param name="Scopes">releases:read, releases:write, audit:read, access:manage; at least one, and none that its maker lacks.</param>
/// <param name="ExpiresAt">When it ends by itself, in the future; absent: never.</param>
internal sealed record CreateKeyRequest(string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt = null)
{
    public static CreateKeyRequest Read(JsonInput input)
    {
        var request = new CreateKeyRequest(
            input.Text("name", AccessKey.MaxNameLength),
            input.Choices("scopes", Access.Scopes.All),
            input.OptionalInstant("expiresAt"));
        input.RefuseOthers();
        return request;
    }
}

internal static class CreateKey
{
    /// <summary>A prefix has 38 bits: a second try is rare already.</summary>
    private const int Tries = 5;

    /// <summary>The answer is the only one that ever has the secret.</summary>
    public static async Task<Results<Created<IssuedKey>, ProblemHttpResult>> HandleAsync(
        HttpContext context, DatabaseSession session, IOptions<AccessOptions> options, TimeProvider clock, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadAsync(context, "access", CreateKeyRequest.Read);
        if (!body.IsValid)
        {
            return body.Problem;
        }

        var (now, client, request) = (Clock.Now(clock), Client.Of(context), body.Value);
        if (request.ExpiresAt <= now)
        {
            return Problems.Invalid("access:invalid", new Dictionary<string, string[]> { ["$.expiresAt"] = ["must be in the future"] });
        }

        if (request.Scopes.Where(scope => !client.May(scope)).ToArray() is { Length: > 0 } lacking)
        {
            return AccessProblems.ScopeNotYours(lacking);
        }

        await using var change = await KeyChange.BeginAsync(session, client, now, cancellationToken);
        if (await change.CountAsync(cancellationToken) >= options.Value.Keys.MaxKeys)
        {
            return AccessProblems.TooManyKeys(options.Value.Keys.MaxKeys);
        }

        var (key, secret) = await InsertAsync(change, request, client, now, cancellationToken);
        await change.CommitAsync(cancellationToken);
        loggers.CreateLogger("Slipway.Api.Access").KeyChanged(key.Prefix, "created", client.Name);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"/access/keys/{key.Prefix}", new IssuedKey(key, $"{key.Prefix}.{secret}"));
    }

    private static async Task<(AccessKey Key, string Secret)> InsertAsync(
        KeyChange change, CreateKeyRequest request, Client client, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var secret = KeySecret.NewSecret();
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            var key = new AccessKey(
                Guid.CreateVersion7(now), KeySecret.NewPrefix(), request.Name, request.Scopes, now, client.Name, request.ExpiresAt,
                RotatedAt: null, PreviousSecretUntil: null, RevokedAt: null, LastUsedAt: null);
            if (await change.InsertAsync(key, KeySecret.Hash(secret), cancellationToken))
            {
                return (key, secret);
            }
        }

        throw new InvalidOperationException($"{Tries} random prefixes in a row were taken: the generator of random numbers repeats itself.");
    }
}
