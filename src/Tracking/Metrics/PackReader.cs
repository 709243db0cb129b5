using System.Buffers.Binary;

namespace Rondo.Tracking.Metrics;

/// <summary>Reads what <see cref="PackWriter"/> has written.</summary>
/// <exception cref="InvalidDataException">The bytes are not what was written.</exception>
internal ref struct PackReader(ReadOnlySpan<byte> bytes)
{
    private const int BytesOfLongMax = 10;

    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>How many bytes are left.</summary>
    public readonly int Left => _rest.Length;

    /// <summary>Refuses bytes of another version than this.</summary>
    public void Version(byte version)
    {
        if (Raw(1)[0] is var found && found != version)
        {
            throw new InvalidDataException(
                $"Points of metrics were packed in version {found}, which this version of Rondo does not know."
            );
        }
    }

    /// <summary>How many of what takes so many bytes each follow: no more than there is room for.</summary>
    public int Count(int bytesOfEach = 0)
    {
        var count = Unsigned();
        return count <= (ulong)(bytesOfEach == 0 ? int.MaxValue : _rest.Length / bytesOfEach)
            ? (int)count
            : throw Broken();
    }

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
        if ((uint)length > (uint)_rest.Length)
        {
            throw Broken();
        }

        var raw = _rest[..length];
        _rest = _rest[length..];
        return raw;
    }

    private static InvalidDataException Broken() => new("Packed points of metrics are not as they were written.");

    private ulong Unsigned()
    {
        var value = 0UL;
        for (var i = 0; i < Math.Min(_rest.Length, BytesOfLongMax); i++)
        {
            value |= (ulong)(_rest[i] & 0x7f) << (7 * i);
            if (_rest[i] < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return value;
            }
        }

        throw Broken();
    }
}
