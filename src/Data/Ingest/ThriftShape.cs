namespace Rondo.Data;

/// <summary>
/// Whether bytes are one well-formed struct of Thrift's compact protocol, in which the footer of a Parquet file is written: every length
/// stays within the bytes, and every field that is known is of its type. A reader that trusts a wrong length, or takes a number for a list, goes on
/// for ever, or asks for all the memory there is.
/// </summary>
internal ref struct ThriftShape
{
    private const int DepthMax = 32;

    private readonly ReadOnlySpan<byte> _bytes;
    private int _at;

    private ThriftShape(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public static bool IsStruct(ReadOnlySpan<byte> bytes, ThriftType expected)
    {
        var shape = new ThriftShape(bytes);
        return shape.SkipStruct(0, expected) && shape._at == bytes.Length;
    }

    private bool SkipStruct(int depth, ThriftType? expected)
    {
        var id = 0L;
        while (depth < DepthMax && _at < _bytes.Length)
        {
            var head = _bytes[_at++];
            if (head == 0)
            {
                return true;
            }

            // The id of a field is a step from the one before, or stands behind its type.
            id += head >> 4;
            if (head >> 4 == 0)
            {
                if (!TryVarint(out var coded))
                {
                    return false;
                }

                id = (long)(coded >> 1) ^ -(long)(coded & 1);
            }

            var type = head & 0x0F;
            var field = expected?.FieldOf(id);
            if ((field is not null && !field.Is(type)) || !Skip(type, depth + 1, field, isField: true))
            {
                return false;
            }
        }

        return false;
    }

    private bool Skip(int type, int depth, ThriftType? expected, bool isField = false) =>
        type switch
        {
            // A truth stands in the type of its field, and takes a byte in a list.
            1 or 2 => isField || Skip(1),
            3 => Skip(1),
            4 or 5 or 6 => TryVarint(out _),
            7 => Skip(8),
            8 => TryVarint(out var length) && length <= int.MaxValue && Skip((int)length),
            9 or 10 => SkipList(depth, expected),
            11 => SkipMap(depth),
            12 => SkipStruct(depth, expected),
            _ => false,
        };

    private bool SkipList(int depth, ThriftType? expected)
    {
        if (_at >= _bytes.Length)
        {
            return false;
        }

        var head = _bytes[_at++];
        ulong count = (uint)head >> 4;
        if (count == 15 && !TryVarint(out count))
        {
            return false;
        }

        // Whatever is in a list takes a byte at least.
        if (count > (ulong)(_bytes.Length - _at))
        {
            return false;
        }

        var item = expected?.Item;
        if (item is not null && count > 0 && !item.Is(head & 0x0F))
        {
            return false;
        }

        for (; count > 0; count--)
        {
            if (!Skip(head & 0x0F, depth + 1, item))
            {
                return false;
            }
        }

        return true;
    }

    private bool SkipMap(int depth)
    {
        if (!TryVarint(out var count) || count > (ulong)(_bytes.Length - _at))
        {
            return false;
        }

        if (count == 0)
        {
            return true;
        }

        var types = _bytes[_at++];
        for (; count > 0; count--)
        {
            if (!Skip(types >> 4, depth + 1, null) || !Skip(types & 0x0F, depth + 1, null))
            {
                return false;
            }
        }

        return true;
    }

    private bool Skip(int length)
    {
        if (length > _bytes.Length - _at)
        {
            return false;
        }

        _at += length;
        return true;
    }

    private bool TryVarint(out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64 && _at < _bytes.Length; shift += 7)
        {
            var next = _bytes[_at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
