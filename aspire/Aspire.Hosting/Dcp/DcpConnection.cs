using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Aspire.Hosting.Dcp;

/// <summary>Where the orchestrator listens and how to prove who asks.</summary>
internal sealed record DcpConnection(Uri Server, X509Certificate2 CertificateAuthority, string Token)
{
    /// <summary>
    /// Reads the file that the orchestrator writes at start. It is a kubeconfig of fixed shape, one cluster and one user:
    /// <code>
    ///     certificate-authority-data: LS0t…
    ///     server: https://127.0.0.1:43125
    ///     token: susbst…
    /// </code>
    /// </summary>
    /// <returns>Null when the file is not complete.</returns>
    public static DcpConnection? Parse(string kubeconfig)
    {
        string? server = null, authority = null, token = null;
        foreach (var line in kubeconfig.AsSpan().EnumerateLines())
        {
            var text = line.Trim();
            server = ValueOf(text, "server:") ?? server;
            authority = ValueOf(text, "certificate-authority-data:") ?? authority;
            token = ValueOf(text, "token:") ?? token;
        }

        if (server is null || authority is null || token is null || !Uri.TryCreate(server, UriKind.Absolute, out var uri))
        {
            return null;
        }

        var pem = Encoding.ASCII.GetString(Convert.FromBase64String(authority));
        return new DcpConnection(uri, X509Certificate2.CreateFromPem(pem), token);
    }

    private static string? ValueOf(ReadOnlySpan<char> line, string key) =>
        line.StartsWith(key, StringComparison.Ordinal) ? line[key.Length..].Trim().Trim('"').ToString() : null;
}
