namespace Rondo.Kernel.Blobs;

/// <summary>Looks at the bytes of another stream on their way: once, from its beginning to its end.</summary>
public abstract class ReadOnlyStream(Stream inner) : Stream
{
    private long _read;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        return Seen(buffer.Span, count);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(Span<byte> buffer) => Seen(buffer, inner.Read(buffer));

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>What was read last, and how much it is with all before; <paramref name="isEnd"/>: there is no more. It may throw.</summary>
    protected abstract void Look(ReadOnlySpan<byte> bytes, long total, bool isEnd);

    private int Seen(ReadOnlySpan<byte> buffer, int count)
    {
        _read += count;
        Look(buffer[..count], _read, isEnd: count == 0 && buffer.Length > 0);
        return count;
    }
}
