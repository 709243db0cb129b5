using System.Buffers.Binary;
using System.Text;
using Rondo.Mlflow.Wire;

namespace Rondo.Tracking.Metrics;

/// <summary>Writes numbers and texts into bytes: whole numbers in as few as they need.</summary>
internal readonly struct PackWriter(PooledBytes bytes)
{
    private const int BytesOfLongMax = 10;

    /// <summary>A whole number that is 0 or more.</summary>
    public void Count(long value) => Unsigned((ulong)value);

    /// <summary>A whole number of either sign: those near 0 take the fewest bytes.</summary>
    public void Whole(long value) => Unsigned((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>A number, in eight bytes.</summary>
    public void Number(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.GetSpan(sizeof(double)), value);
        bytes.Advance(sizeof(double));
    }

    /// <summary>A text as UTF-8, its length before it.</summary>
    public void Text(string text)
    {
        Count(Encoding.UTF8.GetByteCount(text));
        bytes.Advance(Encoding.UTF8.GetBytes(text, bytes.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length))));
    }

    /// <summary>Bytes as they are.</summary>
    public void Raw(ReadOnlySpan<byte> raw)
    {
        raw.CopyTo(bytes.GetSpan(raw.Length));
        bytes.Advance(raw.Length);
    }

    private void Unsigned(ulong value)
    {
        var span = bytes.GetSpan(BytesOfLongMax);
        var length = 0;
        for (; value > 0x7f; value >>= 7)
        {
            span[length++] = (byte)(value | 0x80);
        }

        span[length++] = (byte)value;
        bytes.Advance(length);
    }
}
