using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Slipway.Gateway.Forwarding;
using Yarp.ReverseProxy.Configuration;

namespace Slipway.Gateway.Destinations;

/// <summary>Feeds YARP, and follows the service's addresses whenever the configuration changes.</summary>
/// <remarks>A change that contains an address in error is refused whole: the destinations before it stay.</remarks>
internal sealed class GatewayConfig : IProxyConfigProvider, IDisposable
{
    private readonly Lock _gate = new();
    private readonly IConfiguration _configuration;
    private readonly GatewayOptions _options;
    private readonly ILogger<GatewayConfig> _logger;
    private readonly IDisposable _changes;
    private Snapshot _current;

    public GatewayConfig(IConfiguration configuration, IOptions<GatewayOptions> options, ILogger<GatewayConfig> logger)
    {
        _configuration = configuration;
        _options = options.Value;
        _logger = logger;
        _current = Compile(Read().Addresses);
        _logger.DestinationsRead(_options.Destinations.Service, _current.Addresses.Count, string.Join(' ', _current.Addresses));
        _changes = ChangeToken.OnChange(configuration.GetReloadToken, Follow);
    }

    public IProxyConfig GetConfig() => _current;

    public void Dispose()
    {
        _changes.Dispose();
        _current.Dispose();
    }

    private void Follow()
    {
        lock (_gate)
        {
            var read = Read();
            if (read.Errors.Count > 0)
            {
                _logger.DestinationsRefused(_options.Destinations.Service, string.Join(' ', read.Errors));
                return;
            }

            var old = _current;
            if (read.Addresses.SequenceEqual(old.Addresses))
                return;
            _current = Compile(read.Addresses);
            _logger.DestinationsRead(_options.Destinations.Service, read.Addresses.Count, string.Join(' ', read.Addresses));
            old.Replaced();
            old.Dispose();
        }
    }

    private DestinationAddresses Read() =>
        DestinationAddresses.Read(_configuration, _options.Destinations.Service, _options.Destinations.Endpoint);

    private Snapshot Compile(IReadOnlyList<Uri> addresses) =>
        new(addresses, ApiRoutes.Compile(_options.Requests), [ApiCluster.Compile(_options, addresses)]);

    private sealed class Snapshot : IProxyConfig, IDisposable
    {
        private readonly CancellationTokenSource _replaced = new();

        public Snapshot(IReadOnlyList<Uri> addresses, IReadOnlyList<RouteConfig> routes, IReadOnlyList<ClusterConfig> clusters)
        {
            Addresses = addresses;
            Routes = routes;
            Clusters = clusters;
            ChangeToken = new CancellationChangeToken(_replaced.Token);
        }

        public IReadOnlyList<Uri> Addresses { get; }

        public IReadOnlyList<RouteConfig> Routes { get; }

        public IReadOnlyList<ClusterConfig> Clusters { get; }

        public IChangeToken ChangeToken { get; }

        public void Replaced() => _replaced.Cancel();

        public void Dispose() => _replaced.Dispose();
    }
}
