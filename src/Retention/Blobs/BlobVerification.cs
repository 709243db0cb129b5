using Rondo.Kernel.Blobs;

namespace Rondo.Retention.Blobs;

/// <summary>Content whose bytes no longer match its digest, or cannot be read, and why.</summary>
internal sealed record BadBlob(string Digest, string Reason);

/// <summary>What was read of a part of the store. <paramref name="Next"/> is where to go on; null: this was the last part.</summary>
internal sealed record VerifiedPart(int Blobs, long Bytes, IReadOnlyList<BadBlob> Bad, string? Next);

/// <summary>Reads stored content and compares it with its digest, a part of the store at a time.</summary>
internal sealed class BlobVerification(IBlobStore blobs)
{
    private const int PartMax = 1000;
    private const int PartDefault = 100;

    public async Task<VerifiedPart> VerifyAsync(string? after, int? limit, CancellationToken cancellation)
    {
        var most = Math.Clamp(limit ?? PartDefault, 1, PartMax);
        var page = await blobs.ListAsync(after, most, cancellation);
        var bad = new List<BadBlob>();
        foreach (var blob in page)
        {
            try
            {
                await using var stream = await blobs.OpenAsync(blob.Digest, cancellation);
            }
            catch (Exception e) when (e is RondoException or IOException or UnauthorizedAccessException)
            {
                bad.Add(new BadBlob(blob.Digest, (e as RondoException)?.What ?? e.Message));
            }
        }

        return new VerifiedPart(
            page.Count,
            page.Sum(blob => blob.Size),
            bad,
            page.Count < most ? null : page[^1].Digest
        );
    }
}
