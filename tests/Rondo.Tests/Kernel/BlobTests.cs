using System.Text;

namespace Rondo.Tests.Kernel;

public sealed class BlobTests
{
    [Fact]
    [Trait("Requirement", "R114")]
    public async Task A_blob_whose_bytes_changed_is_never_given_out()
    {
        await using var kernel = await TestKernel.StartAsync();
        var cancellation = TestContext.Current.CancellationToken;
        var blob = await kernel.Blobs.PutAsync(new MemoryStream("hello"u8.ToArray()), cancellation);
        var again = await kernel.Blobs.PutAsync(new MemoryStream("hello"u8.ToArray()), cancellation);
        Assert.Equal(blob, again);
        Assert.Equal("hello", Encoding.UTF8.GetString(await kernel.Blobs.ReadAsync(blob.Digest, cancellation)));

        var path = Path.Combine(kernel.Blobs.Root, blob.Digest[..2], blob.Digest);
        await File.WriteAllTextAsync(path, "hellO", cancellation);

        var read = await Assert.ThrowsAsync<RondoException>(() => kernel.Blobs.ReadAsync(blob.Digest, cancellation));
        var open = await Assert.ThrowsAsync<RondoException>(() => kernel.Blobs.OpenAsync(blob.Digest, cancellation));
        Assert.Equal((ErrorCode.DataCorrupt, ErrorCode.DataCorrupt), (read.Code, open.Code));
        Assert.Contains(blob.Digest, read.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "R114")]
    public async Task Bytes_that_changed_are_replaced_by_good_ones_and_can_be_set_aside()
    {
        await using var kernel = await TestKernel.StartAsync();
        var cancellation = TestContext.Current.CancellationToken;
        var blob = await kernel.Blobs.PutAsync(new MemoryStream("hello"u8.ToArray()), cancellation);
        var path = Path.Combine(kernel.Blobs.Root, blob.Digest[..2], blob.Digest);
        await File.WriteAllTextAsync(path, "hellO", cancellation);

        var staged = Path.Combine(kernel.Folder, "staged");
        await File.WriteAllTextAsync(staged, "hello", cancellation);
        await kernel.Blobs.AdoptAsync(staged, blob.Digest, cancellation);
        Assert.Equal("hello", Encoding.UTF8.GetString(await kernel.Blobs.ReadAsync(blob.Digest, cancellation)));
        Assert.False(await kernel.Blobs.SetAsideAsync(blob.Digest, cancellation));

        await File.WriteAllTextAsync(path, "hellO", cancellation);
        Assert.True(await kernel.Blobs.SetAsideAsync(blob.Digest, cancellation));
        Assert.False(await kernel.Blobs.ExistsAsync(blob.Digest, cancellation));
        Assert.Empty(await kernel.Blobs.ListAsync(null, 10, cancellation));
    }

    [Fact]
    public async Task A_file_whose_bytes_are_not_what_was_said_is_not_adopted()
    {
        await using var kernel = await TestKernel.StartAsync();
        var cancellation = TestContext.Current.CancellationToken;
        var file = Path.Combine(kernel.Folder, "staged");
        await File.WriteAllTextAsync(file, "x", cancellation);

        var error = await Assert.ThrowsAsync<RondoException>(() =>
            kernel.Blobs.AdoptAsync(file, new string('a', 64), cancellation)
        );

        Assert.Equal(ErrorCode.DataCorrupt, error.Code);
        Assert.False(await kernel.Blobs.ExistsAsync(new string('a', 64), cancellation));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("ABCDEF")]
    [InlineData("")]
    public async Task Only_a_digest_names_a_blob(string name)
    {
        await using var kernel = await TestKernel.StartAsync();

        var error = await Assert.ThrowsAsync<RondoException>(() =>
            kernel.Blobs.ReadAsync(name, TestContext.Current.CancellationToken)
        );

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
    }

    [Fact]
    public async Task Stored_content_is_listed_page_by_page_in_the_order_of_digests()
    {
        await using var kernel = await TestKernel.StartAsync();
        var cancellation = TestContext.Current.CancellationToken;
        var put = new List<string>();
        for (var i = 0; i < 50; i++)
        {
            put.Add((await kernel.Blobs.PutAsync(new MemoryStream([(byte)i]), cancellation)).Digest);
        }

        var listed = new List<Rondo.Kernel.Blobs.StoredBlob>();
        string? after = null;
        while (await kernel.Blobs.ListAsync(after, 7, cancellation) is { Count: > 0 } page)
        {
            Assert.InRange(page.Count, 1, 7);
            listed.AddRange(page);
            after = page[^1].Digest;
        }

        Assert.Equal(put.Order(StringComparer.Ordinal), listed.Select(blob => blob.Digest));
        Assert.All(listed, blob => Assert.Equal((1, kernel.Time.GetUtcNow()), (blob.Size, blob.KeptAt)));
    }

    [Fact]
    public async Task What_an_interrupted_put_or_delete_left_behind_is_tidied()
    {
        await using var kernel = await TestKernel.StartAsync();
        var cancellation = TestContext.Current.CancellationToken;
        var blob = await kernel.Blobs.PutAsync(new MemoryStream("hello"u8.ToArray()), cancellation);
        var removed = Directory.CreateDirectory(Path.Combine(kernel.Blobs.Root, "removed")).FullName;
        File.Move(Path.Combine(kernel.Blobs.Root, blob.Digest[..2], blob.Digest), Path.Combine(removed, blob.Digest));
        var half = Path.Combine(kernel.Blobs.Root, "staging", "half");
        await File.WriteAllTextAsync(half, "hel", cancellation);
        File.SetLastWriteTimeUtc(half, kernel.Time.GetUtcNow().UtcDateTime);

        Assert.Equal(1, await kernel.Blobs.TidyAsync(kernel.Time.GetUtcNow(), cancellation));
        Assert.True(File.Exists(half));
        Assert.Equal(1, await kernel.Blobs.TidyAsync(kernel.Time.GetUtcNow().AddSeconds(1), cancellation));

        Assert.False(File.Exists(half));
        Assert.Equal("hello", Encoding.UTF8.GetString(await kernel.Blobs.ReadAsync(blob.Digest, cancellation)));
    }

    [Fact]
    public async Task Whoever_was_told_that_content_is_there_finds_it_while_others_remove_what_is_old()
    {
        await using var kernel = await TestKernel.StartAsync();
        var cancellation = TestContext.Current.CancellationToken;
        var bytes = "contested"u8.ToArray();
        var digest = (await kernel.Blobs.PutAsync(new MemoryStream(bytes), cancellation)).Digest;
        var lost = 0;
        var removed = 0;
        var told = 0;

        // Each round ages the content, removes it and uses it, all at once; a second store stands for another process.
        var other = new Rondo.Kernel.Blobs.FolderBlobStore(kernel.Blobs.Root, kernel.Time);
        for (var round = 0; round < 500; round++)
        {
            var before = kernel.Time.GetUtcNow().AddHours(1);
            await Task.WhenAll(
                Task.Run(
                    async () => Count(ref removed, await kernel.Blobs.DeleteAsync(digest, before, cancellation)),
                    cancellation
                ),
                Task.Run(() => UseAsync(round, before), cancellation)
            );
        }

        Assert.Equal(0, lost);
        Assert.True(removed > 0 && told > 0, $"{removed} removed, {told} told");

        async Task UseAsync(int round, DateTimeOffset before)
        {
            // What is used is used later than what may go.
            kernel.Time.SetUtcNow(before.AddHours(1));
            var store = round % 2 == 0 ? kernel.Blobs : other;
            switch (round % 3)
            {
                case 0:
                    await store.PutAsync(new MemoryStream(bytes), cancellation);
                    break;
                case 1:
                    var file = Path.Combine(kernel.Folder, $"file-{round}");
                    await File.WriteAllBytesAsync(file, bytes, cancellation);
                    await store.AdoptAsync(file, digest, cancellation);
                    break;
                default:
                    if (!await store.ExistsAsync(digest, cancellation))
                    {
                        return;
                    }

                    break;
            }

            Count(ref told, true);
            Count(ref lost, !await StaysAsync(kernel.Blobs.Root, digest));
        }
    }

    // Within one process at once; another may see it come back.
    private static async Task<bool> StaysAsync(string root, string digest)
    {
        for (var look = 0; look < 1000; look++)
        {
            if (File.Exists(Path.Combine(root, digest[..2], digest)))
            {
                return true;
            }

            await Task.Yield();
        }

        return false;
    }

    private static void Count(ref int counter, bool counts)
    {
        if (counts)
        {
            Interlocked.Increment(ref counter);
        }
    }
}
