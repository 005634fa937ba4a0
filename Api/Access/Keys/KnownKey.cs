using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Slipway.Api.Access.Keys;

/// <summary>What a replica keeps of a key to judge requests by.</summary>
/// <param name="Id">Of the key.</param>
/// <param name="Client">Whom it proves.</param>
/// <param name="Hash">Of the secret.</param>
/// <param name="PreviousHash">Of the secret before; of nothing that anybody has where there is none, so that each comparison does the same work.</param>
/// <param name="PreviousUntil">When that one ends.</param>
/// <param name="ExpiresAt">Null: never.</param>
/// <param name="IsRevoked">Such keys are remembered for a while, so that their holder is told why and doesn't count as one who guesses.</param>
internal sealed record KnownKey(
    Guid Id, Client Client, byte[] Hash, byte[] PreviousHash, DateTimeOffset PreviousUntil, DateTimeOffset? ExpiresAt, bool IsRevoked)
{
    /// <summary>In the place of a key that doesn't exist: its secret is one that nobody has.</summary>
    public static readonly KnownKey Nobody = new(
        Guid.Empty, new Client("", FrozenSet<string>.Empty), NoSecret(), NoSecret(), DateTimeOffset.MinValue, ExpiresAt: null, IsRevoked: false);

    /// <summary>A hash without a secret.</summary>
    public static byte[] NoSecret() => RandomNumberGenerator.GetBytes(KeySecret.HashBytes);
}

/// <summary>All keys at one moment.</summary>
/// <param name="keys">By prefix.</param>
/// <param name="version">Of the database's keys.</param>
internal sealed class KeySnapshot(Dictionary<string, KnownKey> keys, long version)
{
    public long Version => version;

    public int Count => keys.Count;

    /// <summary>Null: there is none.</summary>
    public KnownKey? Find(string prefix) => keys.GetValueOrDefault(prefix);
}
