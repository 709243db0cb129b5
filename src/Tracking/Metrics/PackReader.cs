using System.Buffers.Binary;

namespace Rondo.Tracking.Metrics;

/// <summary>Reads what <see cref="PackWriter"/> has written.</summary>
internal ref struct PackReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>How many bytes are left.</summary>
    public readonly int Left => _rest.Length;

    /// <summary>A whole number that is 0 or more; one that no list in memory can have is a fault of the data.</summary>
    public int Count() => checked((int)Unsigned());

    /// <summary>A whole number of either sign.</summary>
    public long Whole()
    {
        var value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>A number.</summary>
    public double Number() => BinaryPrimitives.ReadDoubleLittleEndian(Raw(sizeof(double)));

    /// <summary>A text as UTF-8.</summary>
    public ReadOnlySpan<byte> Utf8() => Raw(Count());

    /// <summary>The next so many bytes.</summary>
    public ReadOnlySpan<byte> Raw(int length)
    {
        var raw = _rest[..length];
        _rest = _rest[length..];
        return raw;
    }

    private ulong Unsigned()
    {
        var value = 0UL;
        for (var i = 0; ; i++)
        {
            value |= (ulong)(_rest[i] & 0x7f) << (7 * i);
            if (_rest[i] < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return value;
            }
        }
    }
}
