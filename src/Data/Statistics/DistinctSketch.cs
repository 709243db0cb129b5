using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Rondo.Data;

/// <summary>
/// How many different values there are, estimated in 16 KiB (HyperLogLog: Flajolet, Fusy, Gandouet and Meunier, 2007, with the estimator
/// of Ertl, 2017). The standard error is 1.04/√16384, that is 0.8 %. Order and repetition change nothing.
/// </summary>
internal sealed class DistinctSketch
{
    private const int IndexBits = 14;
    private const int Registers = 1 << IndexBits;
    private const int RankMax = 64 - IndexBits + 1;

    private readonly byte[] _ranks = new byte[Registers];

    public void Add(double value) => AddHash(HashOf(BitConverter.DoubleToInt64Bits(value)));

    public void Add(long value) => AddHash(HashOf(value));

    public void Add(string value) => AddHash(HashOf(value));

    /// <summary>A hash of which every bit depends on every bit of the value.</summary>
    public static ulong HashOf(long value) => Mix((ulong)value + 0x9E3779B97F4A7C15);

    /// <inheritdoc cref="HashOf(long)"/>
    public static ulong HashOf(string value) => HashOf(MemoryMarshal.AsBytes(value.AsSpan()));

    public void Merge(DistinctSketch other)
    {
        for (var i = 0; i < Registers; i++)
        {
            _ranks[i] = Math.Max(_ranks[i], other._ranks[i]);
        }
    }

    public long Estimate()
    {
        var counts = new int[RankMax + 1];
        foreach (var rank in _ranks)
        {
            counts[rank]++;
        }

        var sum = Registers * Tau(1 - ((double)counts[RankMax] / Registers));
        for (var rank = RankMax - 1; rank >= 1; rank--)
        {
            sum = 0.5 * (sum + counts[rank]);
        }

        sum += Registers * Sigma((double)counts[0] / Registers);
        return (long)Math.Round(Registers / (2 * Math.Log(2)) * Registers / sum);
    }

    /// <summary>Adds a value by its hash.</summary>
    public void AddHash(ulong hash)
    {
        var register = (int)(hash >> (64 - IndexBits));
        var rank = (byte)(BitOperations.LeadingZeroCount((hash << IndexBits) | (1UL << (IndexBits - 1))) + 1);
        if (rank > _ranks[register])
        {
            _ranks[register] = rank;
        }
    }

    // The finaliser of SplitMix64 (Steele, Lea and Flood, 2014): every bit of the value moves every bit of the hash.
    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    private static ulong HashOf(ReadOnlySpan<byte> bytes)
    {
        var hash = Mix((ulong)bytes.Length + 0x9E3779B97F4A7C15);
        while (bytes.Length >= 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        var rest = 0UL;
        foreach (var b in bytes)
        {
            rest = (rest << 8) | b;
        }

        return Mix(hash ^ rest);
    }

    private static double Sigma(double x)
    {
        if (x == 1)
        {
            return double.PositiveInfinity;
        }

        var (sum, weight) = (x, 1.0);
        for (var before = double.NaN; sum != before; )
        {
            x *= x;
            before = sum;
            sum += x * weight;
            weight += weight;
        }

        return sum;
    }

    private static double Tau(double x)
    {
        if (x is 0 or 1)
        {
            return 0;
        }

        var (sum, weight) = (1 - x, 1.0);
        for (var before = double.NaN; sum != before; )
        {
            x = Math.Sqrt(x);
            before = sum;
            weight *= 0.5;
            sum -= (1 - x) * (1 - x) * weight;
        }

        return sum / 3;
    }
}
