using System.Text.Json;

namespace Slipway.Api.Access.Tokens;

/// <summary>The issuer's keys by their id (<c>kid</c>).</summary>
internal sealed class SigningKeySet
{
    /// <summary>What is read of a set at most; more keys than <see cref="MaxKeys"/> are ignored.</summary>
    public const int MaxBytes = 256 * 1024;
    private const int MaxKeys = 100;

    private readonly Dictionary<string, SigningKey> _keys;

    private SigningKeySet(Dictionary<string, SigningKey> keys) => _keys = keys;

    public int Count => _keys.Count;

    /// <summary>Null: there is none of this id.</summary>
    public SigningKey? Find(string id) => _keys.GetValueOrDefault(id);

    /// <summary>Reads <c>{"keys":[…]}</c>. Keys without an id, and ids that come twice, are left out.</summary>
    /// <exception cref="InvalidDataException">It is no such set, or has no key that can be used: rather keep those that are known.</exception>
    public static SigningKeySet Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("keys", out var list) || list.ValueKind != JsonValueKind.Array)
            {
                throw new InvalidDataException("It has no array 'keys'.");
            }

            var usable = list.EnumerateArray().Take(MaxKeys).Where(static jwk => jwk.ValueKind == JsonValueKind.Object)
                .Select(static jwk => (Id: SigningKey.Text(jwk, "kid"), Key: SigningKey.Read(jwk)))
                .Where(static entry => entry is { Id: not null, Key: not null })
                .GroupBy(static entry => entry.Id!, StringComparer.Ordinal)
                .Where(static entries => entries.Count() == 1)
                .ToDictionary(static entries => entries.Key, static entries => entries.Single().Key!, StringComparer.Ordinal);
            return usable.Count > 0 ? new SigningKeySet(usable) : throw new InvalidDataException("It has no key with an id for RS256 or ES256.");
        }
        catch (JsonException malformed)
        {
            throw new InvalidDataException($"It is not well-formed JSON: {malformed.Message}", malformed);
        }
    }
}
