using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace Rondo.Data;

/// <summary>
/// Which texts are frequent among any number of different ones, by combinatorial group testing (Cormode and Muthukrishnan, 2005): every text falls
/// into a cell of each row, which counts its values and, bit by bit, how many of them have the bit set in the hash and the first bytes of their text.
/// A text that is most of its cell can be read off from these bits. All of it are sums: neither order nor parts change anything, which
/// counters that make room for each other (Misra–Gries, SpaceSaving) cannot give.
/// </summary>
internal sealed class FrequentTexts
{
    private const int Rows = 2;
    private const int Width = 256;
    private const int HashBytes = 8;
    private const int TextBytes = 32;
    private const int KeyBytes = HashBytes + 1 + TextBytes;
    private const int CellSize = 1 + (8 * KeyBytes);

    // Hashes of two texts differ in 32 of 64 bits on average, and in fewer than this with a probability of 2e-9.
    private const int DifferentBitsMin = 10;

    private static readonly Vector256<int>[] s_masks = Masks();

    // Half as wide as the sums: they are emptied into these before one could overflow.
    private readonly int[] _recent = new int[Rows * Width * CellSize];
    private long[]? _sums;
    private long _recentCount;

    /// <summary>Counts a text so many times.</summary>
    public void Add(string text, ulong hash, long count)
    {
        for (; count > int.MaxValue; count -= int.MaxValue)
        {
            Add(text, hash, (int)int.MaxValue);
        }

        Add(text, hash, (int)count);
    }

    public void Merge(FrequentTexts other)
    {
        var sums = Sums();
        foreach (var (i, sum) in other.Sums().Index())
        {
            sums[i] += sum;
        }
    }

    /// <summary>Texts that are certainly there, the most frequent first, each with bounds on how often.</summary>
    public IReadOnlyList<BoundedCount> Top(int most)
    {
        var sums = Sums();
        var found = new Dictionary<ulong, BoundedCount>();
        for (var cell = 0; cell < Rows * Width; cell++)
        {
            if (Most(sums.AsSpan(cell * CellSize, CellSize)) is var (hash, text))
            {
                found.TryAdd(hash, Bounds(sums, hash, text));
            }
        }

        return
        [
            .. found
                .Values.Where(value => value.Least > 0)
                .OrderByDescending(value => value.Least)
                .ThenBy(value => value.Value, StringComparer.Ordinal)
                .Take(most),
        ];
    }

    private void Add(string text, ulong hash, int count)
    {
        if ((_recentCount += count) > int.MaxValue)
        {
            Sums();
            _recentCount = count;
        }

        Span<byte> key = stackalloc byte[KeyBytes];
        var used = Key(text, hash, key);
        var counts = Vector256.Create(count);
        for (var row = 0; row < Rows; row++)
        {
            var place = Place(row, hash);
            _recent[place] += count;
            ref var bits = ref _recent[place + 1];
            for (var i = 0; i < used; i++)
            {
                var at = (nuint)(8 * i);
                (Vector256.LoadUnsafe(ref bits, at) + (s_masks[key[i]] & counts)).StoreUnsafe(ref bits, at);
            }
        }
    }

    // All counts so far, after which the recent ones are none.
    private long[] Sums()
    {
        _sums ??= new long[_recent.Length];
        for (var i = 0; _recentCount > 0 && i < _recent.Length; i++)
        {
            _sums[i] += _recent[i];
        }

        Array.Clear(_recent);
        _recentCount = 0;
        return _sums;
    }

    // What the majority of the bits says.
    private static (ulong Hash, string Text)? Most(ReadOnlySpan<long> cell)
    {
        if (cell[0] == 0)
        {
            return null;
        }

        Span<byte> key = stackalloc byte[KeyBytes];
        for (var bit = 0; bit < 8 * KeyBytes; bit++)
        {
            if (2 * cell[1 + bit] > cell[0])
            {
                key[bit / 8] |= (byte)(1 << (bit % 8));
            }
        }

        var length = key[HashBytes];
        var text = Encoding.UTF8.GetString(key.Slice(HashBytes + 1, Math.Min(length, (byte)TextBytes)));
        return (
            MemoryMarshal.Read<ulong>(key),
            // The last letter may have been cut through.
            length > TextBytes
                ? text.TrimEnd('\uFFFD') + "…"
                : text
        );
    }

    // Whoever is not the text differs from it in some bits of the hash: so many differences cannot be from more than so many values.
    private static BoundedCount Bounds(long[] sums, ulong hash, string text)
    {
        var (least, greatest) = (0L, long.MaxValue);
        for (var row = 0; row < Rows; row++)
        {
            var cell = sums.AsSpan(Place(row, hash), CellSize);
            var differences = 0L;
            for (var bit = 0; bit < 8 * HashBytes; bit++)
            {
                var agreeing = ((hash >> bit) & 1) == 1 ? cell[1 + bit] : cell[0] - cell[1 + bit];
                differences += cell[0] - agreeing;
                greatest = Math.Min(greatest, agreeing);
            }

            least = Math.Max(least, cell[0] - (differences / DifferentBitsMin));
        }

        return new BoundedCount(text, least, greatest);
    }

    private static int Place(int row, ulong hash)
    {
        var column = DistinctSketch.HashOf((long)(hash + (ulong)row)) >> (64 - BitOperations.Log2(Width));
        return ((row * Width) + (int)column) * CellSize;
    }

    // The hash, the number of bytes (one more than there is room for where the text goes on), and the first bytes; how many of these are used.
    private static int Key(string text, ulong hash, Span<byte> key)
    {
        Span<byte> bytes = stackalloc byte[3 * (TextBytes + 1)];
        var all = Encoding.UTF8.GetBytes(text.AsSpan(0, Math.Min(text.Length, TextBytes + 1)), bytes);
        var used = Math.Min(all, TextBytes);
        MemoryMarshal.Write(key, hash);
        key[HashBytes] = (byte)Math.Min(all, TextBytes + 1);
        bytes[..used].CopyTo(key[(HashBytes + 1)..]);
        return HashBytes + 1 + used;
    }

    // For each byte its eight bits, as numbers of which all bits are set or none.
    private static Vector256<int>[] Masks()
    {
        var masks = new Vector256<int>[256];
        for (var value = 0; value < masks.Length; value++)
        {
            int[] bits = [.. Enumerable.Range(0, 8).Select(bit => -((value >> bit) & 1))];
            masks[value] = Vector256.Create(bits);
        }

        return masks;
    }
}
