using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Gateway.Tests.Edge;

/// <summary>A root, an intermediate and certificates below it, in a folder that goes with it.</summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly X509Certificate2 _intermediate;
    private int _serial;

    public TestCertificates()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = new CertificateRequest("CN=Test root", rootKey, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Root = root.CreateSelfSigned(now.AddYears(-1), now.AddYears(5));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var intermediate = new CertificateRequest("CN=Test intermediate", key, HashAlgorithmName.SHA256);
        intermediate.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var signed = intermediate.Create(Root, now.AddYears(-1), now.AddYears(4), [1]);
        _intermediate = signed.CopyWithPrivateKey(key);
    }

    public X509Certificate2 Root { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("slipway-edge-").FullName;

    public X509Certificate2 Make(string? name, DateTimeOffset? from = null, DateTimeOffset? to = null, string usage = "1.3.6.1.5.5.7.3.1")
    {
        var now = TimeProvider.System.GetUtcNow();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name ?? "nobody"}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        if (name is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
        }

        using var signed = request.Create(_intermediate, from ?? now.AddDays(-1), to ?? now.AddYears(1), [2, (byte)++_serial]);
        return signed.CopyWithPrivateKey(key);
    }

    /// <summary>Writes the pair under the file name, over one that is there, the way a mounted secret does: whole files, renamed.</summary>
    public (string Path, string KeyPath) Write(string file, X509Certificate2 certificate, X509Certificate2? keyOf = null)
    {
        var (path, keyPath) = (Path.Combine(Folder, file + ".pem"), Path.Combine(Folder, file + ".key"));
        using var key = (keyOf ?? certificate).GetECDsaPrivateKey()!;
        Replace(keyPath, key.ExportPkcs8PrivateKeyPem());
        Replace(path, certificate.ExportCertificatePem() + "\n" + _intermediate.ExportCertificatePem());
        return (path, keyPath);
    }

    public string WritePfx(string file, X509Certificate2 certificate, string? password)
    {
        var path = Path.Combine(Folder, file + ".pfx");
        using var intermediate = X509CertificateLoader.LoadCertificate(_intermediate.RawData);
        File.WriteAllBytes(path, new X509Certificate2Collection { certificate, intermediate }.Export(X509ContentType.Pkcs12, password)!);
        return path;
    }

    public static void Replace(string path, string content)
    {
        File.WriteAllText(path + ".next", content);
        File.Move(path + ".next", path, overwrite: true);
    }

    public void Dispose()
    {
        Root.Dispose();
        _intermediate.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
