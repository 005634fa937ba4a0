using System.Security.Cryptography;
using System.Text;

namespace Slipway.Api.Access.Keys;

internal enum KeyVerdict
{
    Accepted,

    /// <summary>No such key, or not its secret: a guess.</summary>
    Wrong,

    /// <summary>The right secret of a key that ended by itself.</summary>
    Expired,
    Revoked,

    /// <summary>The secret before the last rotation, whose time is over.</summary>
    Rotated,
}

/// <summary>Judges a key against what is known, in the same steps whether the key exists or not.</summary>
internal static class KeyVerification
{
    /// <param name="keys">What is known.</param>
    /// <param name="prefix">Names the key; no secret.</param>
    /// <param name="secret">Visible ASCII, at most <see cref="KeySecret.MaxSecretLength"/> characters.</param>
    /// <param name="now">The time.</param>
    /// <param name="key">Whom it is about unless the verdict is <see cref="KeyVerdict.Wrong"/>.</param>
    public static KeyVerdict Judge(KeySnapshot keys, string prefix, ReadOnlySpan<char> secret, DateTimeOffset now, out KnownKey key)
    {
        Span<byte> text = stackalloc byte[KeySecret.MaxSecretLength];
        Span<byte> given = stackalloc byte[KeySecret.HashBytes];
        SHA256.HashData(text[..Encoding.ASCII.GetBytes(secret, text)], given);
        key = keys.Find(prefix) ?? KnownKey.Nobody;
        // Both, always: which of them was it takes no other time than none of them.
        var isCurrent = CryptographicOperations.FixedTimeEquals(given, key.Hash);
        var isPrevious = CryptographicOperations.FixedTimeEquals(given, key.PreviousHash);
        return (isCurrent, isPrevious) switch
        {
            (false, false) => KeyVerdict.Wrong,
            _ when key.IsRevoked => KeyVerdict.Revoked,
            _ when key.ExpiresAt <= now => KeyVerdict.Expired,
            (false, true) when key.PreviousUntil <= now => KeyVerdict.Rotated,
            _ => KeyVerdict.Accepted,
        };
    }
}
