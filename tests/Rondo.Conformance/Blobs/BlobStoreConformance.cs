using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Rondo.Kernel.Blobs;

namespace Rondo.Conformance.Blobs;

/// <summary>What every store of blobs holds to, also with two processes on it.</summary>
public abstract class BlobStoreConformance : IAsyncLifetime
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    private IReadOnlyList<IBlobStore> _stores = [];

    protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private IBlobStore Store => _stores[0];

    private IBlobStore Other => _stores[1];

    public async ValueTask InitializeAsync() => _stores = [await OpenAsync(), await OpenAsync()];

    public abstract ValueTask DisposeAsync();

    /// <summary>Opens the one store, as another server would.</summary>
    protected abstract Task<IBlobStore> OpenAsync();

    /// <summary>Changes the bytes behind the store's back.</summary>
    protected abstract Task SpoilAsync(string digest);

    /// <summary>A file on the same machine, as a step leaves it.</summary>
    protected abstract Task<string> StageAsync(byte[] bytes);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5_000_000)]
    public async Task Bytes_come_back_under_their_digest_from_every_server(int length)
    {
        var bytes = Bytes(length);

        var blob = await PutAsync(Store, bytes);

        Assert.Equal(new BlobId(DigestOf(bytes), length), blob);
        Assert.Equal(bytes, await Other.ReadAsync(blob.Digest, Stop));
        await using var stream = await Other.OpenAsync(blob.Digest, Stop);
        Assert.Equal(blob.Digest, Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, Stop)));
        Assert.True(await Other.ExistsAsync(blob.Digest, Stop));
    }

    [Fact]
    public async Task The_same_bytes_put_by_many_at_once_are_kept_once()
    {
        var bytes = Bytes(300_000);

        var put = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => PutAsync(_stores[i % 2], bytes)));

        Assert.Single(put.Distinct());
        Assert.Single(await Store.ListAsync(null, 10, Stop));
        Assert.Equal(bytes, await Store.ReadAsync(put[0].Digest, Stop));
    }

    [Fact]
    public async Task What_a_step_staged_is_adopted_once_and_twice()
    {
        var bytes = Bytes(1000);
        var (first, second) = (await StageAsync(bytes), await StageAsync(bytes));

        Assert.Equal(new BlobId(DigestOf(bytes), 1000), await Store.AdoptAsync(first, DigestOf(bytes), Stop));
        Assert.Equal(new BlobId(DigestOf(bytes), 1000), await Other.AdoptAsync(second, DigestOf(bytes), Stop));

        Assert.False(File.Exists(first) || File.Exists(second));
        Assert.Equal(bytes, await Store.ReadAsync(DigestOf(bytes), Stop));
    }

    [Fact]
    public async Task A_file_whose_bytes_are_not_what_was_said_is_not_adopted()
    {
        var digest = DigestOf(Bytes(7));

        var error = await Assert.ThrowsAsync<RondoException>(async () =>
            await Store.AdoptAsync(await StageAsync(Bytes(8)), digest, Stop)
        );

        Assert.Equal(ErrorCode.DataCorrupt, error.Code);
        Assert.False(await Other.ExistsAsync(digest, Stop));
    }

    [Fact]
    [Trait("Requirement", "R114")]
    public async Task Bytes_that_changed_are_never_given_out()
    {
        var blob = await PutAsync(Store, Bytes(1000));
        await SpoilAsync(blob.Digest);

        var read = await Assert.ThrowsAsync<RondoException>(() => Other.ReadAsync(blob.Digest, Stop));
        var open = await Assert.ThrowsAsync<RondoException>(() => Other.OpenAsync(blob.Digest, Stop));

        Assert.Equal((ErrorCode.DataCorrupt, ErrorCode.DataCorrupt), (read.Code, open.Code));
        Assert.Contains(blob.Digest, read.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_is_said_to_be_missing_and_what_is_no_digest_is_refused()
    {
        var missing = await Assert.ThrowsAsync<RondoException>(() => Store.ReadAsync(DigestOf([1]), Stop));
        Assert.Equal(ErrorCode.NotFound, missing.Code);
        Assert.False(await Store.ExistsAsync(DigestOf([1]), Stop));

        foreach (var name in new[] { "../../etc/passwd", "ABCDEF", "", new string('A', 64) })
        {
            var refused = await Assert.ThrowsAsync<RondoException>(() => Store.ReadAsync(name, Stop));
            Assert.Equal(ErrorCode.InvalidArgument, refused.Code);
        }
    }

    [Fact]
    public async Task A_put_that_breaks_off_leaves_nothing_to_be_seen()
    {
        await Assert.ThrowsAsync<IOException>(() => Store.PutAsync(new BrokenStream(100_000), Stop));

        Assert.Empty(await Store.ListAsync(null, 10, Stop));
    }

    [Fact]
    public async Task Everything_is_listed_once_page_by_page_in_the_order_of_digests()
    {
        var digests = new List<string>();
        for (var i = 0; i < 25; i++)
        {
            digests.Add((await PutAsync(_stores[i % 2], Encoding.UTF8.GetBytes($"blob {i}"))).Digest);
        }

        var listed = new List<string>();
        IReadOnlyList<StoredBlob> page;
        do
        {
            page = await Store.ListAsync(listed.Count == 0 ? null : listed[^1], 10, Stop);
            listed.AddRange(page.Select(blob => blob.Digest));
        } while (page.Count == 10);

        Assert.Equal(digests.Order(StringComparer.Ordinal), listed);
    }

    [Fact]
    public async Task What_was_asked_for_meanwhile_is_not_deleted()
    {
        var (kept, gone) = (await PutAsync(Store, Bytes(10)), await PutAsync(Store, Bytes(20)));
        Time.Advance(s_hour);
        var before = Time.GetUtcNow();
        Time.Advance(s_hour);
        Assert.True(await Other.ExistsAsync(kept.Digest, Stop));

        Assert.False(await Store.DeleteAsync(kept.Digest, before, Stop));
        Assert.True(await Store.DeleteAsync(gone.Digest, before, Stop));
        Assert.False(await Store.DeleteAsync(gone.Digest, before, Stop));

        Assert.Equal([kept.Digest], (await Other.ListAsync(null, 10, Stop)).Select(blob => blob.Digest));
        Assert.Equal(Bytes(10), await Other.ReadAsync(kept.Digest, Stop));
    }

    [Fact]
    public async Task Bytes_can_be_put_again_after_they_were_deleted()
    {
        var blob = await PutAsync(Store, Bytes(10));
        Time.Advance(s_hour);
        await Store.DeleteAsync(blob.Digest, Time.GetUtcNow(), Stop);
        Assert.False(await Other.ExistsAsync(blob.Digest, Stop));

        Assert.Equal(blob, await PutAsync(Other, Bytes(10)));

        Assert.Equal(Bytes(10), await Store.ReadAsync(blob.Digest, Stop));
    }

    private static Task<BlobId> PutAsync(IBlobStore store, byte[] bytes) =>
        store.PutAsync(new MemoryStream(bytes), Stop);

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static string DigestOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Gives some bytes, then breaks.</summary>
    private sealed class BrokenStream(int length) : MemoryStream(new byte[length])
    {
        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        ) =>
            await base.ReadAsync(buffer, cancellationToken) is > 0 and var read
                ? read
                : throw new IOException("The connection broke.");
    }
}
