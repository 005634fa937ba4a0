using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Slipway.AppHost.LocalServers;

/// <summary>PostgreSQL from the machine's own packages. It never runs as root: root steps down to the user <c>postgres</c>.</summary>
internal sealed class LocalPostgres(PostgresServerResource resource, IConfiguration configuration) : ILocalServer
{
    private const string User = "postgres";
    private const string Installed = "/usr/lib/postgresql";

    /// <summary>Folder with postgres and initdb; unset: the newest below /usr/lib/postgresql, else PATH.</summary>
    private const string ProgramsSetting = "AppHost:PostgresBin";

    /// <summary>Only passwords open the door, as in the official image with POSTGRES_HOST_AUTH_METHOD=scram-sha-256.</summary>
    private const string HostBasedAuthentication =
        """
        local all all scram-sha-256
        host  all all 127.0.0.1/32 scram-sha-256
        host  all all ::1/128 scram-sha-256

        """;

    public ContainerResource Resource => resource;

    public string Product => "PostgreSQL";

    public string Package => "postgresql";

    public string Image { get; } = resource.TryGetContainerImageName(out var image) ? image : "postgres";

    public string? Program { get; } = configuration[ProgramsSetting] is { Length: > 0 } folder
        ? ProgramSearch.In(folder, "postgres")
        : NewestInstalled() ?? ProgramSearch.OnPath("postgres");

    private static string? ServerUser => Environment.IsPrivilegedProcess ? User : null;

    public string Command(out List<string> leadingArguments) => LocalServers.Command.StepDown(Program!, User, out leadingArguments);

    public void AddArguments(IList<object> arguments, LocalServerData data, EndpointReferenceExpression port)
    {
        object[] own = ["-D", data.FolderOf(resource.Name), "-p", port, "-c", "listen_addresses=localhost", "-c", "unix_socket_directories="];
        foreach (var argument in own)
        {
            arguments.Add(argument);
        }
    }

    public async Task PrepareAsync(LocalServerData data, CancellationToken cancellationToken)
    {
        var folder = data.FolderOf(resource.Name);
        var versionFile = Path.Combine(folder, "PG_VERSION");
        if (!File.Exists(versionFile))
        {
            await CreateClusterAsync(data, folder, cancellationToken);
        }

        await EnsureSameVersionAsync(versionFile, folder, cancellationToken);
        await EnsurePasswordAsync(data, folder, cancellationToken);
    }

    /// <summary>Debian and Ubuntu keep versions side by side, outside PATH.</summary>
    private static string? NewestInstalled() => !Directory.Exists(Installed)
        ? null
        : Directory.EnumerateDirectories(Installed)
            .Select(d => (Version: double.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var v) ? v : 0, Path: Path.Combine(d, "bin", "postgres")))
            .Where(p => p.Version > 0 && File.Exists(p.Path))
            .OrderByDescending(p => p.Version)
            .Select(p => p.Path)
            .FirstOrDefault();

    /// <summary>Made beside the final folder and renamed, so that a half-made cluster is never taken for one.</summary>
    private async Task CreateClusterAsync(LocalServerData data, string folder, CancellationToken cancellationToken)
    {
        await data.EnsureFolderAsync(resource.Name + ".new", ServerUser, cancellationToken);
        var unfinished = folder + ".new";
        foreach (var entry in new DirectoryInfo(unfinished).EnumerateFileSystemInfos())
        {
            DeleteLeftover(entry);
        }

        var initdb = Path.Combine(Path.GetDirectoryName(Program)!, "initdb");
        await RunAsServerUserAsync(initdb, ["-D", unfinished, "-U", User, "-A", "trust", "-E", "UTF8", "--no-instructions"], cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(unfinished, "pg_hba.conf"), HostBasedAuthentication, cancellationToken);
        Directory.Move(unfinished, folder);
    }

    private static void DeleteLeftover(FileSystemInfo entry)
    {
        if (entry is DirectoryInfo directory)
        {
            directory.Delete(recursive: true);
        }
        else
        {
            entry.Delete();
        }
    }

    private async Task EnsureSameVersionAsync(string versionFile, string folder, CancellationToken cancellationToken)
    {
        var ofData = (await File.ReadAllTextAsync(versionFile, cancellationToken)).Trim();
        var ofProgram = await LocalServers.Command.RunAsync(Program!, ["--version"], resource.Name, cancellationToken);
        if (!ofProgram.Contains($" {ofData}.", StringComparison.Ordinal) && !ofProgram.Contains($" {ofData}b", StringComparison.Ordinal))
        {
            throw new DistributedApplicationException(
                $"'{resource.Name}': the data in '{folder}' is of PostgreSQL {ofData}, the installed server is '{ofProgram.Trim()}'. "
                + $"Install PostgreSQL {ofData}, move the data with pg_upgrade, or remove the folder to begin with an empty database.");
        }
    }

    /// <summary>
    /// The password parameter is the truth; the cluster follows it, also when the developer's secrets were lost or changed. The server
    /// is not running yet, so its single-user mode sets the password; a file beside the data remembers which one (as a hash).
    /// </summary>
    private async Task EnsurePasswordAsync(LocalServerData data, string folder, CancellationToken cancellationToken)
    {
        var password = await resource.PasswordParameter.GetValueAsync(cancellationToken) ?? string.Empty;
        if (password.AsSpan().ContainsAny('\n', '\r', '\0'))
        {
            throw new DistributedApplicationException($"'{resource.Name}': the parameter '{resource.PasswordParameter.Name}' contains a line break or a zero byte.");
        }

        var user = await resource.UserNameReference.GetValueAsync(cancellationToken) ?? User;
        var remembered = Path.Combine(data.Root, resource.Name + ".password-sha256");
        var wanted = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{user}\n{password}")));
        if (File.Exists(remembered) && await File.ReadAllTextAsync(remembered, cancellationToken) == wanted)
        {
            return;
        }

        var role = user.Replace("\"", "\"\"", StringComparison.Ordinal);
        var literal = password.Replace("'", "''", StringComparison.Ordinal);
        var create = user == User ? string.Empty : $"CREATE ROLE \"{role}\" SUPERUSER LOGIN;\n";
        await RunAsServerUserAsync(
            Program!,
            ["--single", "-D", folder, "postgres"],
            cancellationToken,
            $"{create}ALTER ROLE \"{role}\" PASSWORD '{literal}';\n");
        await using var file = new FileStream(remembered, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        await file.WriteAsync(Encoding.ASCII.GetBytes(wanted), cancellationToken);
    }

    private async Task RunAsServerUserAsync(string program, string[] arguments, CancellationToken cancellationToken, string? input = null)
    {
        var command = LocalServers.Command.StepDown(program, User, out var leading);
        await LocalServers.Command.RunAsync(command, [.. leading, .. arguments], resource.Name, cancellationToken, input);
    }
}
