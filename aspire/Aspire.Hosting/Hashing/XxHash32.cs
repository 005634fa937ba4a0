using System.Buffers.Binary;
using System.Numerics;

namespace Aspire.Hosting.Hashing;

/// <summary>The 32-bit xxHash with seed 0, for names that must equal the official ones (System.IO.Hashing is not on every registry).</summary>
/// <remarks>Source: the xxHash specification, XXH32.</remarks>
internal static class XxHash32
{
    private const uint Prime1 = 2654435761;
    private const uint Prime2 = 2246822519;
    private const uint Prime3 = 3266489917;
    private const uint Prime4 = 668265263;
    private const uint Prime5 = 374761393;
    private const int StripeLength = 16;

    public static uint HashToUInt32(ReadOnlySpan<byte> source)
    {
        var length = (uint)source.Length;
        uint accumulator;
        if (source.Length >= StripeLength)
        {
            accumulator = MergeStripes(ref source);
        }
        else
        {
            accumulator = Prime5;
        }

        accumulator += length;
        for (; source.Length >= 4; source = source[4..])
        {
            accumulator += BinaryPrimitives.ReadUInt32LittleEndian(source) * Prime3;
            accumulator = BitOperations.RotateLeft(accumulator, 17) * Prime4;
        }

        foreach (var value in source)
        {
            accumulator += value * Prime5;
            accumulator = BitOperations.RotateLeft(accumulator, 11) * Prime1;
        }

        accumulator = (accumulator ^ (accumulator >> 15)) * Prime2;
        accumulator = (accumulator ^ (accumulator >> 13)) * Prime3;
        return accumulator ^ (accumulator >> 16);
    }

    private static uint MergeStripes(ref ReadOnlySpan<byte> source)
    {
        var lane1 = unchecked(Prime1 + Prime2);
        var lane2 = Prime2;
        var lane3 = 0u;
        var lane4 = unchecked(0u - Prime1);
        for (; source.Length >= StripeLength; source = source[StripeLength..])
        {
            lane1 = Round(lane1, source);
            lane2 = Round(lane2, source[4..]);
            lane3 = Round(lane3, source[8..]);
            lane4 = Round(lane4, source[12..]);
        }

        return BitOperations.RotateLeft(lane1, 1) + BitOperations.RotateLeft(lane2, 7)
            + BitOperations.RotateLeft(lane3, 12) + BitOperations.RotateLeft(lane4, 18);
    }

    private static uint Round(uint lane, ReadOnlySpan<byte> source) =>
        BitOperations.RotateLeft(lane + (BinaryPrimitives.ReadUInt32LittleEndian(source) * Prime2), 13) * Prime1;
}
