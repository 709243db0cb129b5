using System.Buffers;

namespace Rondo.Mlflow.Wire;

/// <summary>Bytes that grow in memory which is used again: a large answer is no work for the garbage collector.</summary>
internal sealed class PooledBytes : IBufferWriter<byte>, IDisposable
{
    private const int BytesAtFirst = 16 * 1024;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(BytesAtFirst);

    /// <summary>How many were written.</summary>
    public int Count { get; private set; }

    /// <summary>What was written; until this is written on, or disposed.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Count);

    /// <summary>The same, for whoever keeps it: until this is written on, or disposed.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Count);

    public void Advance(int count) => Count += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _bytes.AsMemory(Count);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _bytes.AsSpan(Count);
    }

    /// <summary>Begins anew in the same memory.</summary>
    public void Clear() => Count = 0;

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        Count = 0;
    }

    private void Grow(int sizeHint)
    {
        var wanted = Math.Max(sizeHint, 1);
        if (_bytes.Length - Count >= wanted)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, Count + wanted));
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
