namespace Rondo.Data;

/// <summary>
/// Hashes of 64 bits that were seen, in 11 to 21 bytes each: of a file with millions of different rows nothing else takes as much memory. It grows
/// a thousandth at a time, so that the old and the new whole are never there at once.
/// </summary>
internal sealed class SeenHashes
{
    private const int SegmentBits = 10;
    private const int LengthMin = 16;

    private readonly ulong[]?[] _segments = new ulong[1 << SegmentBits][];
    private readonly int[] _counts = new int[1 << SegmentBits];

    // 0 stands for an empty place.
    private bool _hasZero;

    public int Count { get; private set; }

    public bool Contains(ulong hash) =>
        hash == 0 ? _hasZero : _segments[SegmentOf(hash)] is { } segment && segment[PlaceOf(segment, hash)] == hash;

    /// <summary>False where it was seen before.</summary>
    public bool Add(ulong hash)
    {
        if (Contains(hash))
        {
            return false;
        }

        Count++;
        if (hash == 0)
        {
            _hasZero = true;
            return true;
        }

        var number = SegmentOf(hash);
        var segment = WithRoom(number);
        segment[PlaceOf(segment, hash)] = hash;
        _counts[number]++;
        return true;
    }

    public void Clear()
    {
        Array.Clear(_segments);
        Array.Clear(_counts);
        (_hasZero, Count) = (false, 0);
    }

    private static int SegmentOf(ulong hash) => (int)(hash >> (64 - SegmentBits));

    // Where it stands, or where it would. There is always an empty place.
    private static int PlaceOf(ulong[] segment, ulong hash)
    {
        var place = (int)(hash & (ulong)(segment.Length - 1));
        while (segment[place] != 0 && segment[place] != hash)
        {
            place = (place + 1) & (segment.Length - 1);
        }

        return place;
    }

    private ulong[] WithRoom(int number)
    {
        var segment = _segments[number] ?? new ulong[LengthMin];
        if (_counts[number] >= segment.Length / 4 * 3)
        {
            var larger = new ulong[segment.Length * 2];
            foreach (var hash in segment)
            {
                if (hash != 0)
                {
                    larger[PlaceOf(larger, hash)] = hash;
                }
            }

            segment = larger;
        }

        return _segments[number] = segment;
    }
}
