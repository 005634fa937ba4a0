namespace Slipway.Api.Access.Keys;

/// <summary>A key as people see it: everything but its secret, which nobody has but its holder.</summary>
/// <param name="Id">In the order of time.</param>
/// <param name="Prefix">The part before the point; names the key.</param>
/// <param name="Name">For people: who or what uses it.</param>
/// <param name="Scopes">What it allows.</param>
/// <param name="CreatedAt">In UTC, as all times.</param>
/// <param name="CreatedBy">The client that made it; <c>setup</c> for the first.</param>
/// <param name="ExpiresAt">Null: never.</param>
/// <param name="RotatedAt">When it got its present secret; null: it has the first one.</param>
/// <param name="PreviousSecretUntil">Until when the secret before that is taken; null: there is none.</param>
/// <param name="RevokedAt">Null: it is not.</param>
/// <param name="LastUsedAt">To the minute, and up to a minute late; null: never used.</param>
internal sealed record AccessKey(
    Guid Id, string Prefix, string Name, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset? ExpiresAt,
    DateTimeOffset? RotatedAt, DateTimeOffset? PreviousSecretUntil, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt)
{
    public const int MaxNameLength = 100;

    /// <summary>Not revoked, and not expired at that time.</summary>
    public bool IsUsable(DateTimeOffset now) => RevokedAt is null && (ExpiresAt is null || ExpiresAt > now);
}

/// <summary>A key together with its secret, as it is answered once and never again.</summary>
/// <param name="Key">What stays known.</param>
/// <param name="Credential"><c>prefix.secret</c>, for the header <c>X-Api-Key</c>. It can't be read again.</param>
internal sealed record IssuedKey(AccessKey Key, string Credential);
