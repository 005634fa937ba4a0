using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Slipway.Gateway.Protection.Clients;

/// <summary>A credential by its hash; the credential itself is kept nowhere.</summary>
internal readonly record struct CredentialHash(ulong High, ulong Low);

/// <summary>Which credential belongs to which client, as the Api said in its answers. The Gateway checks no credential itself.</summary>
/// <remarks>
/// A credential is trusted to name a client only after the Api has accepted it, and only here; it never opens anything. So nobody widens his limits
/// by inventing credentials, and what is in the table is worth nothing to whoever reads it.
/// </remarks>
internal sealed class KnownClients(IOptions<GatewayOptions> options, TimeProvider clock)
{
    private const string KeyHeader = "X-Api-Key";

    private readonly KnownClientOptions _options = options.Value.Limits.KnownClients;
    private readonly ConcurrentDictionary<CredentialHash, Known> _known = new();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Of everything in a request that could authenticate it; null: there is nothing.</summary>
    public static CredentialHash? HashOf(IHeaderDictionary headers)
    {
        var key = headers[KeyHeader];
        var authorization = headers.Authorization;
        if (key.Count == 0 && authorization.Count == 0)
            return null;
        // The separator can't be part of a header, so no two pairs look alike.
        var text = $"{key}\n{authorization}";
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return new CredentialHash(BitConverter.ToUInt64(hash), BitConverter.ToUInt64(hash[8..]));
    }

    /// <returns>Null: not known, or not any more.</returns>
    public string? Find(CredentialHash credential) =>
        _known.TryGetValue(credential, out var known) && clock.GetElapsedTime(Volatile.Read(ref known.At)) < _options.RememberFor ? known.Client : null;

    /// <summary>The Api has accepted the credential and named its client.</summary>
    public void Learn(CredentialHash credential, string client)
    {
        if (_known.TryGetValue(credential, out var known) && known.Client == client)
        {
            Volatile.Write(ref known.At, clock.GetTimestamp());
            return;
        }

        if (Count >= _options.MaxEntries)
            MakeRoom();
        var added = false;
        _known.AddOrUpdate(credential, _ => { added = true; return new Known(client) { At = clock.GetTimestamp() }; }, (_, _) => new Known(client) { At = clock.GetTimestamp() });
        if (added)
            Interlocked.Increment(ref _count);
    }

    /// <summary>The Api has refused the credential.</summary>
    public void Forget(CredentialHash credential)
    {
        if (_known.TryRemove(credential, out _))
            Interlocked.Decrement(ref _count);
    }

    private void MakeRoom()
    {
        foreach (var (credential, known) in _known)
        {
            if (clock.GetElapsedTime(known.At) >= _options.RememberFor)
                Forget(credential);
        }

        if (Count < _options.MaxEntries)
            return;
        // All are in use. Each costs its client one request that counts on the address until it is learned again.
        _known.Clear();
        Volatile.Write(ref _count, 0);
    }

    private sealed class Known(string client)
    {
        public long At;

        public string Client => client;
    }
}
