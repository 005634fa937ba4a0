using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace Slipway.Api.Idempotency;

/// <summary>Reads the header <c>Idempotency-Key</c> (draft-ietf-httpapi-idempotency-key-header-07): a string of RFC 9651, in quotes.</summary>
internal static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    /// <summary>Of the key without its quotes.</summary>
    public const int MaxLength = 255;

    public const string Rule = "It must be one quoted text of 1 to 255 visible ASCII characters or spaces: Idempotency-Key: \"8e03978e-40d5-43dd-bc93-6894a57f9324\".";

    /// <summary>Null for anything but one well-formed key: <c>"k-1"</c>, with <c>\"</c> and <c>\\</c> inside for quote and backslash. Parameters are not taken.</summary>
    public static string? Parse(StringValues header)
    {
        if (header is not [{ } raw] || raw.Trim(' ') is not ['"', .. var inner, '"'])
        {
            return null;
        }

        var key = new StringBuilder();
        for (var i = 0; i < inner.Length; i++)
        {
            var character = inner[i];
            if (character == '\\')
            {
                // A lone backslash at the end belongs to the last quote: the text is not closed.
                if (++i >= inner.Length || inner[i] is not ('"' or '\\'))
                {
                    return null;
                }

                character = inner[i];
            }
            else if (character is < ' ' or > '~' or '"')
            {
                return null;
            }

            key.Append(character);
        }

        return key.Length is >= 1 and <= MaxLength ? key.ToString() : null;
    }
}

/// <summary>What a key belongs to: it means nothing to other clients and for other resources.</summary>
/// <param name="Client">Who asks.</param>
/// <param name="Method">Of the request.</param>
/// <param name="Path">Of the request, as sent.</param>
/// <param name="Key">As parsed.</param>
internal sealed record IdempotencyScope(string Client, string Method, string Path, string Key)
{
    /// <summary>Of all four, each with its length so that none runs into the next.</summary>
    public byte[] Hash { get; } = SHA256.HashData(Encoding.UTF8.GetBytes(
        FormattableString.Invariant($"{Client.Length}:{Client}{Method.Length}:{Method}{Path.Length}:{Path}{Key}")));

    /// <summary>For the lock of the database, which takes 64 bits; two scopes that share it only wait for each other.</summary>
    public long LockId => BinaryPrimitives.ReadInt64BigEndian(Hash);
}
