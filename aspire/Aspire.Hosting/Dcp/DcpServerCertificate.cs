using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Aspire.Hosting.Dcp;

/// <summary>
/// The certificate with which the orchestrator proves itself to this run. Left alone it makes an RSA one, whose primes take a second or more of
/// a processor at every start; one on an elliptic curve is there at once. The key is deleted as soon as the orchestrator has read it.
/// </summary>
internal sealed class DcpServerCertificate : IDisposable
{
    private DcpServerCertificate(string folder)
    {
        CertificateFile = Path.Combine(folder, "server.crt");
        KeyFile = Path.Combine(folder, "server.key");
    }

    public string CertificateFile { get; }

    /// <summary>Readable by its owner alone.</summary>
    public string KeyFile { get; }

    /// <param name="folder">Private to this user.</param>
    public static DcpServerCertificate Create(string folder, TimeProvider clock)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = clock.GetUtcNow();

        // A run may last for weeks, and clocks are set back.
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(1));
        var files = new DcpServerCertificate(folder);
        File.WriteAllText(files.CertificateFile, certificate.ExportCertificatePem());
        using var keyFile = new FileStream(files.KeyFile, OwnerOnly());
        using var writer = new StreamWriter(keyFile);
        writer.Write(key.ExportPkcs8PrivateKeyPem());
        return files;
    }

    public void Dispose() => File.Delete(KeyFile);

    private static FileStreamOptions OwnerOnly()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
