namespace Slipway.Gateway.Protection.Clients;

/// <summary>On whom a request counts.</summary>
internal sealed class ClientOf(KnownClients known)
{
    private static readonly object s_key = new();

    /// <summary>The client that the request's credential is known to belong to, else the address that it came from.</summary>
    public string Request(HttpContext context) => Find(context).Name;

    /// <summary>The hash of the request's credential; null: it has none.</summary>
    public CredentialHash? Credential(HttpContext context) => Find(context).Credential;

    /// <summary>Looked up once a request.</summary>
    private Found Find(HttpContext context)
    {
        if (context.Items[s_key] is Found found)
            return found;
        var credential = KnownClients.HashOf(context.Request.Headers);
        var name = credential is { } hash ? known.Find(hash) : null;
        found = new Found(name ?? ClientNames.OfAddress(context.Connection.RemoteIpAddress), credential);
        context.Items[s_key] = found;
        return found;
    }

    private sealed record Found(string Name, CredentialHash? Credential);
}
