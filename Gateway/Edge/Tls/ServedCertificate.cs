using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Gateway.Edge.Tls;

/// <summary>Says in one sentence why a certificate can't be used.</summary>
internal sealed class CertificateRefusedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A certificate that was read and found good, with everything that a handshake needs.</summary>
/// <param name="Context">Leaf and the certificates that lead to its root, prepared once: a handshake builds no chain.</param>
/// <param name="Names">DNS names of its subject alternative names, lower case; wildcards as <c>*.example.com</c>.</param>
/// <param name="NotAfter">End of its validity, in UTC.</param>
/// <param name="Digest">Of the files' contents.</param>
internal sealed record ServedCertificate(SslStreamCertificateContext Context, IReadOnlyList<string> Names, DateTimeOffset NotAfter, string Digest)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>SHA-256 over the files as they are; what can't be read counts with its error, so that its return is a change.</summary>
    public static string DigestOf(CertificateOptions options)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in new[] { options.Path, options.KeyPath }.OfType<string>())
        {
            try
            {
                hash.AppendData(File.ReadAllBytes(path));
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                hash.AppendData("unreadable"u8);
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <exception cref="CertificateRefusedException">A file can't be read, the key is another's, it is not valid now, or it lacks a name.</exception>
    public static ServedCertificate Read(CertificateOptions options, DateTimeOffset now)
    {
        foreach (var path in new[] { options.Path, options.KeyPath }.OfType<string>().Where(static path => !File.Exists(path)))
            throw new CertificateRefusedException($"'{path}': there is no such file, or it may not be read.");
        var digest = DigestOf(options);
        try
        {
            var (leaf, others) = IsPfx(options.Path) ? ReadPfx(options) : ReadPem(options);
            Judge(leaf, options, now);
            return new ServedCertificate(
                // Offline: a server that fetches certificates or revocation lists while it starts hangs with whoever publishes them.
                SslStreamCertificateContext.Create(leaf, others, offline: true), NamesOf(leaf), leaf.NotAfter.ToUniversalTime(), digest);
        }
        catch (Exception bad) when (bad is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new CertificateRefusedException($"'{options.Path}': {bad.Message}", bad);
        }
    }

    /// <returns>Why it can't be used; null: it can.</returns>
    public static string? Refusal(CertificateOptions options, DateTimeOffset now)
    {
        try
        {
            Read(options, now);
            return null;
        }
        catch (CertificateRefusedException refused)
        {
            return refused.Message;
        }
    }

    /// <summary>By RFC 6125: a wildcard stands for exactly one label, the first.</summary>
    public bool Covers(string host) => Covers(Names, host);

    private static bool Covers(IReadOnlyList<string> names, string host)
    {
        foreach (var name in names)
        {
            if (name.Equals(host, StringComparison.OrdinalIgnoreCase))
                return true;
            var dot = host.IndexOf('.', StringComparison.Ordinal);
            if (dot > 0 && name.StartsWith("*.", StringComparison.Ordinal) && host.AsSpan(dot).Equals(name.AsSpan(1), StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static bool IsPfx(string path) => Path.GetExtension(path).ToUpperInvariant() is ".PFX" or ".P12";

    private static (X509Certificate2 Leaf, X509Certificate2Collection Others) ReadPem(CertificateOptions options)
    {
        var certificates = File.ReadAllText(options.Path);
        var key = options.KeyPath is null ? certificates : File.ReadAllText(options.KeyPath);
        var others = new X509Certificate2Collection();
        others.ImportFromPem(certificates);
        if (others.Count == 0)
            throw new CertificateRefusedException($"'{options.Path}': there is no certificate in it.");
        others.RemoveAt(0);
        // Both refuse a key that is not the certificate's.
        var leaf = string.IsNullOrEmpty(options.Password)
            ? X509Certificate2.CreateFromPem(certificates, key)
            : X509Certificate2.CreateFromEncryptedPem(certificates, key, options.Password);
        return (leaf, others);
    }

    private static (X509Certificate2 Leaf, X509Certificate2Collection Others) ReadPfx(CertificateOptions options)
    {
        var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(options.Path, options.Password);
        var leaf = all.FirstOrDefault(static certificate => certificate.HasPrivateKey)
            ?? throw new CertificateRefusedException($"'{options.Path}': there is no certificate with a key in it.");
        all.Remove(leaf);
        return (leaf, all);
    }

    private static void Judge(X509Certificate2 leaf, CertificateOptions options, DateTimeOffset now)
    {
        if (now < leaf.NotBefore.ToUniversalTime())
            throw new CertificateRefusedException($"'{options.Path}': it is not valid before {leaf.NotBefore.ToUniversalTime():u}.");
        if (now >= leaf.NotAfter.ToUniversalTime())
            throw new CertificateRefusedException($"'{options.Path}': it expired at {leaf.NotAfter.ToUniversalTime():u}.");
        var usages = leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault();
        if (usages is not null && !usages.EnhancedKeyUsages.Cast<Oid>().Any(static usage => usage.Value == ServerAuthentication))
            throw new CertificateRefusedException($"'{options.Path}': it is not meant for servers.");
        var alternatives = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        if (alternatives is null || !(alternatives.EnumerateDnsNames().Any() || alternatives.EnumerateIPAddresses().Any()))
            throw new CertificateRefusedException($"'{options.Path}': it has no subject alternative name, and clients look at nothing else.");
        var names = NamesOf(leaf);
        var lacking = options.Names.Where(name => !Covers(names, name) && !names.Contains(name, StringComparer.OrdinalIgnoreCase)).ToList();
        if (lacking.Count > 0)
            throw new CertificateRefusedException($"'{options.Path}': it does not cover {string.Join(", ", lacking)}.");
    }

    private static List<string> NamesOf(X509Certificate2 leaf) =>
        [.. leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(static names => names.EnumerateDnsNames())];
}
