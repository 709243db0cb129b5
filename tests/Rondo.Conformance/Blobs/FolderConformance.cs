using Rondo.Kernel.Blobs;

namespace Rondo.Conformance.Blobs;

/// <summary>The kit on a folder.</summary>
public sealed class FolderConformance : BlobStoreConformance
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rondo-test-").FullName;

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    protected override Task<IBlobStore> OpenAsync() =>
        Task.FromResult<IBlobStore>(new FolderBlobStore(Path.Combine(_folder, "blobs"), Time));

    protected override async Task SpoilAsync(string digest)
    {
        await using var file = File.OpenWrite(Path.Combine(_folder, "blobs", digest[..2], digest));
        file.WriteByte(0xFF);
        file.WriteByte(0xFF);
    }

    protected override async Task<string> StageAsync(byte[] bytes)
    {
        var file = Path.Combine(_folder, Path.GetRandomFileName());
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        return file;
    }
}
