using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Api.Access;

/// <summary>Where a request comes from, as far as it tells clients apart: an IPv4 address, or the /64 of an IPv6 address, of which one client has all.</summary>
internal readonly record struct ClientAddress(ulong High, ulong Low)
{
    /// <summary>High half of ::ffff:0:0/96, as which IPv4 addresses are kept; the low half tells them from ::/64.</summary>
    private const ulong MappedLow = 0xFFFF_0000_0000;

    public static ClientAddress Of(HttpContext context) => Of(context.Connection.RemoteIpAddress);

    /// <param name="address">Null, as with a Unix socket, is an address too.</param>
    public static ClientAddress Of(IPAddress? address)
    {
        if (address is null)
        {
            return default;
        }

        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            address.TryWriteBytes(bytes[12..], out _);
            return new(0, MappedLow | BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
        }

        address.TryWriteBytes(bytes, out _);
        return address.IsIPv4MappedToIPv6
            ? new(0, BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]))
            : new(BinaryPrimitives.ReadUInt64BigEndian(bytes), 0);
    }

    /// <returns><c>192.0.2.1</c>, <c>2001:db8:1:2::/64</c>, or <c>unknown</c>.</returns>
    public override string ToString()
    {
        if (this == default)
        {
            return "unknown";
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
        return High == 0 && Low >> 32 == 0xFFFF ? new IPAddress(bytes[12..]).ToString() : $"{new IPAddress(bytes)}/64";
    }
}
