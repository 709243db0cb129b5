using System.Buffers.Binary;
using System.IO.Compression;

namespace Rondo.Data;

internal static class FileStreams
{
    /// <summary>Text, unpacked where its name ends in <c>.gz</c>. Packed bytes can seek.</summary>
    public static Func<Stream> Of(string name, Func<Stream> open) =>
        name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? () => new Unpacking(name, open) : open;

    /// <summary>Bytes that are not packed as the name says are told with the file's name.</summary>
    private sealed class Unpacking(string name, Func<Stream> open) : Stream
    {
        private readonly GZipStream _stream = new(open(), CompressionMode.Decompress);
        private long _length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            try
            {
                var read = _stream.Read(buffer);
                _length += read;
                if (read == 0 && buffer.Length > 0)
                {
                    RequireEnd();
                }

                return read;
            }
            catch (InvalidDataException e)
            {
                throw new RondoException(
                    ErrorCode.InvalidArgument,
                    $"{name}: the bytes are not a whole gzip file: {e.Message.TrimEnd('.')}.",
                    "Pack the file again, or take .gz from its name.",
                    e
                );
            }
        }

        // The library takes a file that is cut off for one that ends there. Its last four bytes say how much was packed (RFC 1952), unless
        // several packed files stand one behind the other.
        private void RequireEnd()
        {
            using var packed = new BufferedStream(open());
            Span<byte> said = stackalloc byte[sizeof(uint)];
            packed.Seek(-Math.Min(said.Length, packed.Length), SeekOrigin.End);
            var isWhole =
                packed.ReadAtLeast(said, said.Length, throwOnEndOfStream: false) == said.Length
                && BinaryPrimitives.ReadUInt32LittleEndian(said) == unchecked((uint)_length);
            if (!isWhole && !HasSeveralHeads(packed))
            {
                throw new InvalidDataException("It is cut off.");
            }
        }

        // Magic, method, flags, four bytes of time, how well it was packed, and on what system: hardly ever by chance.
        private static bool HasSeveralHeads(Stream packed)
        {
            packed.Seek(1, SeekOrigin.Begin);
            var last = new byte[10];
            for (int next; (next = packed.ReadByte()) >= 0; )
            {
                last.AsSpan(1).CopyTo(last);
                last[^1] = (byte)next;
                if (last is [0x1F, 0x8B, 8, < 0x20, _, _, _, _, 0 or 2 or 4, <= 13 or 255])
                {
                    return true;
                }
            }

            return false;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _stream.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
