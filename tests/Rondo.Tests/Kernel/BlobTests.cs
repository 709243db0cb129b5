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
}
