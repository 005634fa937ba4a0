using Slipway.Api.Access.Guessing;
using Slipway.Api.Access.Keys;
using Slipway.Api.Access.Tokens;

namespace Slipway.Api.Access;

/// <summary>What came of looking at a request's credential.</summary>
/// <param name="Client">Null: nobody.</param>
/// <param name="Refusal">Why: <c>none</c>, <c>several</c>, <c>malformed</c>, <c>wrong</c>, <c>expired</c>, <c>revoked</c>, <c>rotated</c>, <c>token</c>, <c>delayed</c>; empty with a client.</param>
/// <param name="Detail">For the client; empty with one.</param>
/// <param name="Who">Whom the credential names, proven or not, for the audit: <c>key:abcd2345</c>, <c>token</c> or <c>nobody</c>.</param>
/// <param name="Wait">With <c>delayed</c>: how long.</param>
internal readonly record struct Identity(Client? Client, string Refusal, string Detail, string Who, TimeSpan Wait = default)
{
    public static Identity Of(Client client) => new(client, "", "", client.Name);
}

/// <summary>Finds out who sends a request.</summary>
internal sealed class Authentication(KeyKnowledge knowledge, TokenVerification tokens, GuessDelays delays, LastUses uses, TimeProvider clock)
{
    private const string Malformed = "(malformed)";

    /// <exception cref="KeysUnknownException">Nobody can say at present whether a key is good.</exception>
    public ValueTask<Identity> IdentifyAsync(HttpContext context)
    {
        var credential = Credential.Of(context.Request);
        return credential.Kind switch
        {
            CredentialKind.Key => ByKeyAsync(credential.Text, ClientAddress.Of(context), context.RequestAborted),
            CredentialKind.Token => ByTokenAsync(credential.Text, ClientAddress.Of(context), context.RequestAborted),
            CredentialKind.Several => new(new Identity(null, "several", "Send one credential, not several.", "nobody")),
            _ => new(new Identity(null, "none", "", "nobody")),
        };
    }

    private async ValueTask<Identity> ByKeyAsync(string credential, ClientAddress address, CancellationToken cancellationToken)
    {
        var isWellFormed = KeySecret.TrySplit(credential, out var prefix, out _);
        var who = isWellFormed ? $"key:{prefix}" : "nobody";
        if (delays.WaitFor(address, isWellFormed ? prefix : Malformed) is { } wait)
        {
            return new Identity(null, "delayed", "", who, wait);
        }

        if (!isWellFormed)
        {
            delays.Failed(address, Malformed);
            return new Identity(null, "malformed", "That hasn't the form of a key.", who);
        }

        var now = clock.GetUtcNow();
        var (verdict, key) = Judge(await knowledge.KeysAsync(cancellationToken), credential, prefix, now);
        if (verdict == KeyVerdict.Wrong && await knowledge.NewerKeysAsync(cancellationToken) is { } newer)
        {
            (verdict, key) = Judge(newer, credential, prefix, now);
        }

        switch (verdict)
        {
            case KeyVerdict.Accepted:
                delays.Succeeded(address, prefix);
                uses.Note(key.Id, now);
                return Identity.Of(key.Client);
            case KeyVerdict.Wrong:
                delays.Failed(address, prefix);
                return new Identity(null, "wrong", "There is no such key.", who);
            default:
                return new Identity(null, ApiJson.Name(verdict), $"The key {(verdict == KeyVerdict.Rotated ? "has a new secret" : $"is {ApiJson.Name(verdict)}")}.", who);
        }
    }

    private static (KeyVerdict Verdict, KnownKey Key) Judge(KeySnapshot keys, string credential, string prefix, DateTimeOffset now) =>
        (KeyVerification.Judge(keys, prefix, credential.AsSpan(prefix.Length + 1), now, out var key), key);

    private async ValueTask<Identity> ByTokenAsync(string token, ClientAddress address, CancellationToken cancellationToken)
    {
        if (!tokens.IsOn)
        {
            return new Identity(null, "token", "No tokens are taken here, only API keys.", "token");
        }

        if (delays.WaitFor(address, GuessDelays.Tokens) is { } wait)
        {
            return new Identity(null, "delayed", "", "token", wait);
        }

        var verdict = await tokens.JudgeAsync(token, cancellationToken);
        if (verdict.Client is { } client)
        {
            delays.Succeeded(address, GuessDelays.Tokens);
            return Identity.Of(client);
        }

        if (verdict.IsGuess)
        {
            delays.Failed(address, GuessDelays.Tokens);
        }

        return new Identity(null, "token", verdict.Reason, "token");
    }
}
