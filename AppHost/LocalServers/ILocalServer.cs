namespace Slipway.AppHost.LocalServers;

/// <summary>How one kind of server runs as a process of this machine.</summary>
internal interface ILocalServer
{
    /// <summary>The container that the process stands for.</summary>
    ContainerResource Resource { get; }

    /// <summary>Name for people.</summary>
    string Product { get; }

    /// <summary>Debian and Ubuntu package with the program.</summary>
    string Package { get; }

    /// <summary>Image of the container, as the engine names it.</summary>
    string Image { get; }

    /// <summary>Full path of the server program; null: not installed.</summary>
    string? Program { get; }

    /// <summary>What to start; as root it steps down to the server's own user first.</summary>
    string Command(out List<string> leadingArguments);

    void AddArguments(IList<object> arguments, LocalServerData data, EndpointReferenceExpression port);

    /// <summary>Makes what the server needs before it starts; repeatable, and safe to be killed at any point.</summary>
    /// <exception cref="DistributedApplicationException">It can't; the message names the resource and the remedy.</exception>
    Task PrepareAsync(LocalServerData data, CancellationToken cancellationToken);
}
