using System.Buffers.Binary;
using System.Numerics;

namespace Aspire.Hosting.Hashing;

/// <summary>The 64-bit XXH3 with seed 0, for names that must equal the official ones (System.IO.Hashing is not on every registry).</summary>
/// <remarks>Source: the xxHash specification, XXH3 (algorithm description 0.2.0). All numbers are read little endian.</remarks>
internal static class XxHash3
{
    private const ulong Prime32x1 = 0x9E3779B1;
    private const ulong Prime32x2 = 0x85EBCA77;
    private const ulong Prime32x3 = 0xC2B2AE3D;
    private const ulong Prime64x1 = 0x9E3779B185EBCA87;
    private const ulong Prime64x2 = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime64x3 = 0x165667B19E3779F9;
    private const ulong Prime64x4 = 0x85EBCA77C2B2AE63;
    private const ulong Prime64x5 = 0x27D4EB2F165667C5;
    private const ulong PrimeMix1 = 0x165667919E3779F9;
    private const ulong PrimeMix2 = 0x9FB21C651E98DF25;
    private const int StripeLength = 64;
    private const int BlockLength = 1024;

    private static ReadOnlySpan<byte> Secret =>
    [
        0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c, 0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb,
        0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f, 0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
        0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c, 0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb,
        0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3, 0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
        0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d, 0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31,
        0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64, 0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
        0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e, 0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc,
        0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce, 0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
    ];

    public static ulong HashToUInt64(ReadOnlySpan<byte> source) => source.Length switch
    {
        0 => Avalanche64(Secret64(56) ^ Secret64(64)),
        <= 3 => Hash1To3(source),
        <= 8 => Hash4To8(source),
        <= 16 => Hash9To16(source),
        <= 128 => Hash17To128(source),
        <= 240 => Hash129To240(source),
        _ => HashLong(source),
    };

    private static ulong Hash1To3(ReadOnlySpan<byte> source)
    {
        var combined = ((uint)source[0] << 16) | ((uint)source[source.Length >> 1] << 24) | source[^1] | ((uint)source.Length << 8);
        var flip = BinaryPrimitives.ReadUInt32LittleEndian(Secret) ^ BinaryPrimitives.ReadUInt32LittleEndian(Secret[4..]);
        return Avalanche64(combined ^ (ulong)flip);
    }

    private static ulong Hash4To8(ReadOnlySpan<byte> source)
    {
        ulong first = BinaryPrimitives.ReadUInt32LittleEndian(source);
        ulong last = BinaryPrimitives.ReadUInt32LittleEndian(source[^4..]);
        var hash = (last + (first << 32)) ^ Secret64(8) ^ Secret64(16);
        hash ^= BitOperations.RotateLeft(hash, 49) ^ BitOperations.RotateLeft(hash, 24);
        hash *= PrimeMix2;
        hash ^= (hash >> 35) + (ulong)source.Length;
        hash *= PrimeMix2;
        return hash ^ (hash >> 28);
    }

    private static ulong Hash9To16(ReadOnlySpan<byte> source)
    {
        var low = Read64(source, 0) ^ Secret64(24) ^ Secret64(32);
        var high = Read64(source, source.Length - 8) ^ Secret64(40) ^ Secret64(48);
        return Avalanche((ulong)source.Length + BinaryPrimitives.ReverseEndianness(low) + high + Fold(low, high));
    }

    private static ulong Hash17To128(ReadOnlySpan<byte> source)
    {
        var accumulator = (ulong)source.Length * Prime64x1;
        for (var i = (source.Length - 1) / 32; i >= 0; i--)
        {
            accumulator += Mix16(source, 16 * i, 32 * i);
            accumulator += Mix16(source, source.Length - (16 * (i + 1)), (32 * i) + 16);
        }

        return Avalanche(accumulator);
    }

    private static ulong Hash129To240(ReadOnlySpan<byte> source)
    {
        var accumulator = (ulong)source.Length * Prime64x1;
        for (var i = 0; i < 8; i++)
        {
            accumulator += Mix16(source, 16 * i, 16 * i);
        }

        accumulator = Avalanche(accumulator);
        for (var i = 8; i < source.Length / 16; i++)
        {
            accumulator += Mix16(source, 16 * i, (16 * (i - 8)) + 3);
        }

        return Avalanche(accumulator + Mix16(source, source.Length - 16, 136 - 17));
    }

    private static ulong HashLong(ReadOnlySpan<byte> source)
    {
        Span<ulong> lanes = [Prime32x3, Prime64x1, Prime64x2, Prime64x3, Prime64x4, Prime32x2, Prime64x5, Prime32x1];
        var length = (ulong)source.Length;
        var last = source[^StripeLength..];
        for (; source.Length > BlockLength; source = source[BlockLength..])
        {
            Accumulate(lanes, source[..BlockLength]);
            Scramble(lanes);
        }

        // The last stripe is always taken from the very end, so one that ends there is not counted twice.
        Accumulate(lanes, source[..((source.Length - 1) / StripeLength * StripeLength)]);
        AccumulateStripe(lanes, last, Secret.Length - StripeLength - 7);
        var result = length * Prime64x1;
        for (var i = 0; i < 4; i++)
        {
            result += Fold(lanes[2 * i] ^ Secret64(11 + (16 * i)), lanes[(2 * i) + 1] ^ Secret64(11 + (16 * i) + 8));
        }

        return Avalanche(result);
    }

    private static void Accumulate(Span<ulong> lanes, ReadOnlySpan<byte> stripes)
    {
        for (var i = 0; i < stripes.Length / StripeLength; i++)
        {
            AccumulateStripe(lanes, stripes[(i * StripeLength)..], 8 * i);
        }
    }

    private static void AccumulateStripe(Span<ulong> lanes, ReadOnlySpan<byte> stripe, int secretOffset)
    {
        for (var i = 0; i < lanes.Length; i++)
        {
            var value = Read64(stripe, 8 * i);
            var keyed = value ^ Secret64(secretOffset + (8 * i));
            lanes[i ^ 1] += value;
            lanes[i] += (uint)keyed * (keyed >> 32);
        }
    }

    private static void Scramble(Span<ulong> lanes)
    {
        for (var i = 0; i < lanes.Length; i++)
        {
            lanes[i] = (lanes[i] ^ (lanes[i] >> 47) ^ Secret64(Secret.Length - StripeLength + (8 * i))) * Prime32x1;
        }
    }

    private static ulong Mix16(ReadOnlySpan<byte> source, int offset, int secretOffset) =>
        Fold(Read64(source, offset) ^ Secret64(secretOffset), Read64(source, offset + 8) ^ Secret64(secretOffset + 8));

    /// <summary>Both halves of the 128-bit product.</summary>
    private static ulong Fold(ulong left, ulong right) => Math.BigMul(left, right, out var low) ^ low;

    private static ulong Avalanche(ulong hash)
    {
        hash = (hash ^ (hash >> 37)) * PrimeMix1;
        return hash ^ (hash >> 32);
    }

    private static ulong Avalanche64(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * Prime64x2;
        hash = (hash ^ (hash >> 29)) * Prime64x3;
        return hash ^ (hash >> 32);
    }

    private static ulong Secret64(int offset) => Read64(Secret, offset);

    private static ulong Read64(ReadOnlySpan<byte> source, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(source[offset..]);
}
