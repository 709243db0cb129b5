using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rondo.Data;

/// <summary>
/// How often numbers occur, in bounded memory. While there are at most <see cref="CellsMax"/> different ones each has a cell of its
/// own; from then on numbers share a cell whose leading bits are the same, as few bits as are needed to stay within the limit. The cells
/// follow from the set of numbers alone: neither their order nor how they were parted changes anything.
/// </summary>
internal sealed class ValueGrid
{
    /// <summary>The most cells: with as many different values or fewer, everything is exact.</summary>
    public const int CellsMax = 8192;

    // A quarter is filled at most. It begins small: there may be a grid for each column of each of many slices.
    private const int SlotsMax = 4 * CellsMax;
    private const int SlotsMin = 256;
    private const ulong Spread = 0x9E3779B97F4A7C15;

    private Slot[] _slots = new Slot[SlotsMin];
    private int _shift = ShiftOf(SlotsMin);
    private int _cells;
    private int _dropped;

    /// <summary>Whether each cell is one number.</summary>
    public bool IsExact => _dropped == 0;

    public int Cells => _cells;

    /// <summary>Counts numbers that are finite and not −0. When the first two of them share a cell, those so far are told to <paramref name="overflow"/>.</summary>
    public void Add(ReadOnlySpan<double> values, Action<double> overflow)
    {
        foreach (var value in values)
        {
            Add(KeyOf(value), 1, overflow);
        }
    }

    public void Merge(ValueGrid other, Action<double> overflow)
    {
        while (_dropped < other._dropped)
        {
            Coarsen(overflow);
        }

        foreach (var slot in other._slots)
        {
            if (slot.Count > 0)
            {
                Add(slot.Key << other._dropped, slot.Count, overflow);
            }
        }
    }

    /// <summary>The cells in ascending order: the least and the greatest number that may be in each, and how many are.</summary>
    public IReadOnlyList<Cell> Sorted()
    {
        var used = _slots.Where(slot => slot.Count > 0).ToArray();
        Array.Sort(used, static (a, b) => a.Key.CompareTo(b.Key));
        var last = (1UL << _dropped) - 1;
        return [.. used.Select(slot => Of(slot.Key << _dropped, last, slot.Count))];
    }

    private static Cell Of(ulong first, ulong last, long count) => new(NumberOf(first), NumberOf(first | last), count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(ulong key, long count, Action<double> overflow)
    {
        var cell = key >> _dropped;
        var at = (int)((cell * Spread) >> _shift);
        while (true)
        {
            ref var slot = ref _slots[at];
            if (slot.Count > 0 && slot.Key == cell)
            {
                slot.Count += count;
                return;
            }

            if (slot.Count == 0)
            {
                slot = new Slot(cell, count);
                break;
            }

            at = (at + 1) & (_slots.Length - 1);
        }

        _cells++;
        if (_cells * 4 > _slots.Length && _slots.Length < SlotsMax)
        {
            Grow();
        }

        while (_cells > CellsMax)
        {
            Coarsen(overflow);
        }
    }

    private void Grow()
    {
        var used = _slots;
        _slots = new Slot[2 * used.Length];
        _shift = ShiftOf(_slots.Length);
        foreach (var slot in used)
        {
            if (slot.Count > 0)
            {
                var at = (int)((slot.Key * Spread) >> _shift);
                while (_slots[at].Count > 0)
                {
                    at = (at + 1) & (_slots.Length - 1);
                }

                _slots[at] = slot;
            }
        }
    }

    private static int ShiftOf(int slots) => 64 - System.Numerics.BitOperations.Log2((uint)slots);

    private void Coarsen(Action<double> overflow)
    {
        if (_dropped == 0)
        {
            foreach (var slot in _slots)
            {
                if (slot.Count > 0)
                {
                    overflow(NumberOf(slot.Key));
                }
            }
        }

        var used = _slots.Where(slot => slot.Count > 0).ToArray();
        var bits = BitsToDrop([.. used.Select(slot => slot.Key).Order()]);
        Array.Clear(_slots);
        _cells = 0;
        _dropped += bits;
        foreach (var slot in used)
        {
            Add(slot.Key >> bits << _dropped, slot.Count, overflow);
        }
    }

    // One, or as many as bring the cells within the limit: to make the cells anew for each bit would cost most of a small file's time.
    private static int BitsToDrop(ulong[] keys)
    {
        for (var bits = 1; ; bits++)
        {
            var cells = 1;
            for (var i = 1; i < keys.Length; i++)
            {
                cells += keys[i] >> bits != keys[i - 1] >> bits ? 1 : 0;
            }

            if (cells <= CellsMax)
            {
                return bits;
            }
        }
    }

    // Ordered as the numbers are.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong KeyOf(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        return (ulong)(bits ^ ((bits >> 63) | long.MinValue));
    }

    private static double NumberOf(ulong key)
    {
        var bits = (long)key;
        return BitConverter.Int64BitsToDouble(bits ^ ((~bits >> 63) | long.MinValue));
    }

    /// <summary>Numbers from <paramref name="From"/> to <paramref name="To"/>, both included, and how many.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Cell(double From, double To, long Count);

    [StructLayout(LayoutKind.Auto)]
    private record struct Slot(ulong Key, long Count);
}
