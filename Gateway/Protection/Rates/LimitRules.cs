using System.Globalization;
using Microsoft.Extensions.Options;
using Slipway.Gateway.Protection.Clients;
using Slipway.Gateway.Protection.Load;

namespace Slipway.Gateway.Protection.Rates;

/// <summary>Which limits a request must pass, compiled once from the options.</summary>
internal sealed class LimitRules
{
    private readonly RouteLimitOptions[] _routes;
    private readonly Dictionary<string, int> _named = new(StringComparer.Ordinal);

    /// <summary>By rule for clients (known ones, addresses, then the named ones), then by route (none, then the configured ones).</summary>
    private readonly LimitSet[][] _sets;

    public LimitRules(IOptions<GatewayOptions> options)
    {
        var limits = options.Value.Limits;
        _routes = [.. limits.Routes];
        var clients = new List<Quota[]> { Quotas("client", limits.Client), Quotas("address", limits.Address) };
        foreach (var client in limits.Clients)
        {
            var name = ClientNames.Canonical(client.Name);
            _named[name] = clients.Count;
            clients.Add(Quotas(ClientNames.IsAddress(name) ? "address" : "client", client));
        }

        _sets = [.. clients.Select(client => (LimitSet[])[new LimitSet(client, [], together: false),
            .. _routes.Select(route => new LimitSet(client, Quotas($"route-{route.Name}", route), route.Together))])];
    }

    /// <param name="client">Canonical name, by <see cref="ClientNames"/>.</param>
    /// <param name="route">As <see cref="RouteOf"/> found it.</param>
    public AppliedLimits For(string client, int route)
    {
        if (!_named.TryGetValue(client, out var rule))
            rule = ClientNames.IsAddress(client) ? 1 : 0;
        return new AppliedLimits(_sets[rule][route], client);
    }

    /// <summary>Zero when no configured route matches.</summary>
    public int RouteOf(HttpRequest request)
    {
        for (var i = 0; i < _routes.Length; i++)
        {
            var route = _routes[i];
            if (request.Path.StartsWithSegments(route.Path, StringComparison.OrdinalIgnoreCase)
                && (route.Methods.Count == 0 || route.Methods.Contains(request.Method, StringComparer.OrdinalIgnoreCase)))
            {
                return i + 1;
            }
        }

        return 0;
    }

    /// <summary>Null when the route says nothing about it.</summary>
    public RequestPriority? PriorityOf(int route) => route == 0 ? null : _routes[route - 1].Priority;

    private static Quota[] Quotas(string name, RateOptions rates)
    {
        var quotas = new List<Quota>(3);
        Add("second", rates.PerSecond, 1);
        Add("minute", rates.PerMinute, 60);
        Add("hour", rates.PerHour, 3600);
        return [.. quotas];

        void Add(string unit, int? requests, int seconds)
        {
            if (requests is { } limit)
                quotas.Add(new Quota($"{name}-{unit}", limit, seconds, rates.Burst));
        }
    }
}

/// <summary>The limits of a kind of client on a route.</summary>
internal sealed class LimitSet
{
    /// <summary>In a Redis cluster all keys of one script must lie in one slot, and what stands in braces decides it.</summary>
    private const string Prefix = "{slipway:limits}:";

    private readonly string[] _suffixes;
    private readonly int _ofClient;

    public LimitSet(Quota[] client, Quota[] route, bool together)
    {
        Quotas = [.. client, .. route];
        _ofClient = together ? client.Length : client.Length + route.Length;
        _suffixes = [.. Quotas.Select((quota, i) => i < _ofClient ? ":" + quota.Name : $"{Prefix}together:{quota.Name}")];
        MaxLease = Quotas.Count == 0 ? 1 : Math.Min(100, Quotas.Min(static quota => quota.Burst) / 100);
        Policy = string.Join(", ", Quotas.Select(static quota =>
            string.Create(CultureInfo.InvariantCulture, $"\"{quota.Name}\";q={quota.Requests};w={quota.WindowSeconds}")));
    }

    public IReadOnlyList<Quota> Quotas { get; }

    /// <summary>Requests that one Gateway may take at once: a hundredth of the smallest burst, a hundred at most.</summary>
    public int MaxLease { get; }

    /// <summary>Value of the header <c>RateLimit-Policy</c>.</summary>
    public string Policy { get; }

    /// <summary>Of the n-th quota for that client, in Redis and here.</summary>
    public string Key(int n, string client) => n < _ofClient ? Prefix + client + _suffixes[n] : _suffixes[n];
}

/// <summary>The limits that one request must pass.</summary>
internal readonly struct AppliedLimits(LimitSet set, string client)
{
    public IReadOnlyList<Quota> Quotas => set.Quotas;

    public string Policy => set.Policy;

    public string Client => client;

    public LimitSet Set => set;

    public string[] Keys()
    {
        var keys = new string[set.Quotas.Count];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = set.Key(i, client);
        return keys;
    }
}
