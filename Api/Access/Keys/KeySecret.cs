using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Api.Access.Keys;

/// <summary>The form of a key, <c>prefix.secret</c>, and how it is made.</summary>
internal static class KeySecret
{
    public const int HashBytes = SHA256.HashSizeInBytes;
    public const int MinPrefixLength = 4;
    public const int MaxPrefixLength = 16;

    /// <summary>In characters; a secret that was given at set-up may be longer than those made here.</summary>
    public const int MinSecretLength = 32;
    public const int MaxSecretLength = 200;

    private const int GeneratedPrefixLength = 8;
    private const int SecretBytes = 32;

    /// <summary>Without letters and digits that people take for one another.</summary>
    private const string PrefixAlphabet = "abcdefghjkmnpqrstuvwxyz23456789";

    private static readonly SearchValues<char> s_prefixCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789");

    public static string NewPrefix() => RandomNumberGenerator.GetString(PrefixAlphabet, GeneratedPrefixLength);

    /// <summary>256 random bits in 43 characters that need no escaping anywhere.</summary>
    public static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));

    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.ASCII.GetBytes(secret));

    /// <summary>Whether the text has the form of a prefix.</summary>
    public static bool IsPrefix(ReadOnlySpan<char> text) =>
        text.Length is >= MinPrefixLength and <= MaxPrefixLength && !text.ContainsAnyExcept(s_prefixCharacters);

    /// <summary>Takes a credential apart; false when it hasn't the form of one.</summary>
    public static bool TrySplit(string credential, out string prefix, out ReadOnlySpan<char> secret)
    {
        var point = credential.IndexOf('.', StringComparison.Ordinal);
        if (point < 0 || !IsPrefix(credential.AsSpan(0, point)) || !IsSecret(credential.AsSpan(point + 1)))
        {
            prefix = "";
            secret = default;
            return false;
        }

        prefix = credential[..point];
        secret = credential.AsSpan(point + 1);
        return true;
    }

    /// <summary>Visible ASCII of a bounded length.</summary>
    private static bool IsSecret(ReadOnlySpan<char> text) =>
        text.Length is >= MinSecretLength and <= MaxSecretLength && !text.ContainsAnyExceptInRange('!', '~');
}
