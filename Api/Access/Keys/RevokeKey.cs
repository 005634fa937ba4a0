using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Api.Database;

namespace Slipway.Api.Access.Keys;

/// <summary>The end of a key.</summary>
/// <param name="Reason">For whoever reads the audit; required.</param>
internal sealed record RevokeKeyRequest(string Reason)
{
    internal const int MaxReasonLength = 500;

    public static RevokeKeyRequest Read(JsonInput input)
    {
        var request = new RevokeKeyRequest(input.Text("reason", MaxReasonLength));
        input.RefuseOthers();
        return request;
    }
}

internal static class RevokeKey
{
    /// <summary>In force on every replica within a second. Revoking a key again answers it as it is.</summary>
    public static async Task<Results<Ok<AccessKey>, ProblemHttpResult>> HandleAsync(
        string prefix, HttpContext context, DatabaseSession session, TimeProvider clock, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadAsync(context, "access", RevokeKeyRequest.Read);
        if (!body.IsValid)
        {
            return body.Problem;
        }

        var (now, client) = (Clock.Now(clock), Client.Of(context));
        await using var change = await KeyChange.BeginAsync(session, client, now, cancellationToken);
        if (await change.FindAsync(prefix, cancellationToken) is not { } key)
        {
            return AccessProblems.NoKey(prefix);
        }

        if (key.RevokedAt is not null)
        {
            return TypedResults.Ok(key);
        }

        if (key.IsUsable(now) && key.Scopes.Contains(Scopes.AccessManage) && !await change.HasOtherManagerAsync(key.Id, cancellationToken))
        {
            return AccessProblems.LastManager();
        }

        await change.RevokeAsync(key, body.Value.Reason, cancellationToken);
        await change.CommitAsync(cancellationToken);
        loggers.CreateLogger("Slipway.Api.Access").KeyChanged(key.Prefix, "revoked", client.Name);
        return TypedResults.Ok(key with { RevokedAt = now, PreviousSecretUntil = null });
    }
}
