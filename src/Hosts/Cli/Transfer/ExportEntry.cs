using System.IO.Compression;
using System.IO.Hashing;
using Rondo.Kernel.Blobs;

namespace Rondo.Cli.Transfer;

/// <summary>
/// An entry of an export as it is read: no more comes out than the list of entries says, and where it ends it has the length and the check sum that
/// are said there. Else it fails at its end, with <see cref="InvalidDataException"/>: whoever has sent it on sends no end.
/// </summary>
internal sealed class ExportEntry : ReadOnlyStream
{
    private readonly ZipArchiveEntry _entry;
    private readonly Stream _packed;
    private readonly Crc32 _sum = new();

    private ExportEntry(ZipArchiveEntry entry, Stream packed)
        : base(packed) => (_entry, _packed) = (entry, packed);

    public static ExportEntry Open(ZipArchiveEntry entry) => new(entry, entry.Open());

    protected override void Look(ReadOnlySpan<byte> bytes, long total, bool isEnd)
    {
        _sum.Append(bytes);
        if (
            total > _entry.Length
            || (isEnd && (total < _entry.Length || _sum.GetCurrentHashAsUInt32() != _entry.Crc32))
        )
        {
            throw new InvalidDataException($"{_entry.FullName} is damaged: it is not what was written.");
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _packed.Dispose();
        }

        base.Dispose(disposing);
    }
}
