namespace Rondo.Pipelines.Executors;

/// <summary>Lines from the pipe of a worker, as bytes. A worker that never ends its line is not listened to without end.</summary>
internal sealed class PipeLines(Stream pipe)
{
    public const int LineBytesMax = 64 * 1024 * 1024;

    private const byte LineFeed = (byte)'\n';

    private byte[] _buffer = new byte[4096];
    private int _begin;
    private int _end;

    /// <summary>The next line without its end, good until the next call; null at the end of the pipe.</summary>
    /// <exception cref="InvalidDataException">The line is too long.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellation)
    {
        var looked = 0;
        while (true)
        {
            var found = _buffer.AsSpan(_begin + looked, _end - _begin - looked).IndexOf(LineFeed);
            if (found >= 0)
            {
                var line = _buffer.AsMemory(_begin, looked + found);
                _begin += looked + found + 1;
                return line;
            }

            looked = _end - _begin;
            if (looked > LineBytesMax)
            {
                throw new InvalidDataException($"The worker's answer is longer than {LineBytesMax >> 20} MiB.");
            }

            MakeRoom();
            var read = await pipe.ReadAsync(_buffer.AsMemory(_end), cancellation);
            if (read == 0)
            {
                return null;
            }

            _end += read;
        }
    }

    private void MakeRoom()
    {
        if (_begin > 0)
        {
            _buffer.AsSpan(_begin, _end - _begin).CopyTo(_buffer);
            (_begin, _end) = (0, _end - _begin);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
    }
}
