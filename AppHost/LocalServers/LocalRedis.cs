namespace Slipway.AppHost.LocalServers;

/// <summary>Redis from the machine's own packages; root steps down to the user <c>redis</c>.</summary>
internal sealed class LocalRedis(RedisResource resource) : ILocalServer
{
    private const string User = "redis";

    private readonly bool _keepsData = resource.Annotations.OfType<ContainerMountAnnotation>().Any();

    public ContainerResource Resource => resource;

    public string Product => "Redis";

    public string Package => "redis-server";

    public string Image { get; } = resource.TryGetContainerImageName(out var image) ? image : "redis";

    public string? Program { get; } = ProgramSearch.OnPath("redis-server");

    public string Command(out List<string> leadingArguments) => LocalServers.Command.StepDown(Program!, User, out leadingArguments);

    /// <summary>The password stands in the file, not on the command line, which every user of the machine can read.</summary>
    public void AddArguments(IList<object> arguments, LocalServerData data, EndpointReferenceExpression port)
    {
        arguments.Add(ConfigurationFile(data));
        arguments.Add("--port");
        arguments.Add(port);
    }

    public async Task PrepareAsync(LocalServerData data, CancellationToken cancellationToken)
    {
        await data.EnsureFolderAsync(resource.Name, Environment.IsPrivilegedProcess ? User : null, cancellationToken);
        var password = resource.PasswordParameter is { } parameter ? await parameter.GetValueAsync(cancellationToken) : null;
        string[] lines =
        [
            "bind 127.0.0.1 -::1",
            $"dir {Quoted(data.FolderOf(resource.Name))}",
            _keepsData ? "save 60 1" : "save \"\"",
            .. password is null ? [] : new[] { $"requirepass {Quoted(password)}" },
        ];

        // install makes the file private and the server's own before anything is in it that others could read.
        var file = ConfigurationFile(data);
        string[] owner = Environment.IsPrivilegedProcess ? ["-o", User, "-g", User] : [];
        await LocalServers.Command.RunAsync("install", ["-m", "600", .. owner, "/dev/stdin", file], resource.Name, cancellationToken, string.Join('\n', lines) + "\n");
    }

    private string ConfigurationFile(LocalServerData data) => Path.Combine(data.FolderOf(resource.Name), "redis.conf");

    private static string Quoted(string value) =>
        $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
