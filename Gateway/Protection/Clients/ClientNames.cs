using System.Net;
using System.Net.Sockets;

namespace Slipway.Gateway.Protection.Clients;

/// <summary>Names of clients: <c>key:&lt;prefix&gt;</c> and <c>jwt:&lt;subject&gt;</c> as the Api gives them, <c>address:&lt;IP address&gt;</c> for the others.</summary>
internal static class ClientNames
{
    private const string AddressPrefix = "address:";
    private const int MaxLength = 100;

    public static bool IsAddress(string name) => name.StartsWith(AddressPrefix, StringComparison.Ordinal);

    /// <summary>An IPv6 network of 64 bits is one client: whoever has one address has them all.</summary>
    /// <param name="address">Null where there is none: a connection over a Unix socket.</param>
    /// <returns><c>address:192.0.2.1</c>, <c>address:2001:db8:0:1::/64</c>.</returns>
    public static string OfAddress(IPAddress? address)
    {
        if (address is null)
            return AddressPrefix + "none";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return AddressPrefix + address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return $"{AddressPrefix}{new IPAddress(bytes)}/64";
    }

    /// <summary>In the form that requests are counted under.</summary>
    public static string Canonical(string name) =>
        IsAddress(name) && IPAddress.TryParse(name.AsSpan(AddressPrefix.Length), out var address) ? OfAddress(address) : name;

    /// <summary>Whether the Api can have meant it as a client's name.</summary>
    public static bool IsKnown(string name) =>
        name.Length <= MaxLength && (name.StartsWith("key:", StringComparison.Ordinal) || name.StartsWith("jwt:", StringComparison.Ordinal))
        && !name.AsSpan().ContainsAnyExceptInRange('!', '~');
}
