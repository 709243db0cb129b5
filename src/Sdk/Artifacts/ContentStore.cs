using System.Security.Cryptography;

namespace Rondo.Sdk;

/// <summary>
/// Bytes by their SHA-256, one file each: <c>ab/abcdef…</c> below one folder. What is there is never changed; a file appears
/// under its digest by one rename, so that a reader sees all of it or nothing.
/// </summary>
public sealed class ContentStore
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>Opens the store in a folder.</summary>
    public ContentStore(string root) => Root = Path.GetFullPath(root);

    /// <summary>The folder.</summary>
    public string Root { get; }

    /// <summary>The time that a file bears when it appears, where that is not the clock of the machine.</summary>
    internal Func<DateTimeOffset>? Time { get; init; }

    /// <summary>Where the bytes of a digest are, or would be.</summary>
    /// <exception cref="RondoException">Not 64 lower-case hexadecimal digits.</exception>
    public string PathOf(string digest)
    {
        if (digest.Length != 64 || !digest.All(char.IsAsciiHexDigitLower))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{digest}' is not a digest.",
                "Give a SHA-256 as 64 lower-case hexadecimal digits."
            );
        }
        return Path.Combine(Root, digest[..2], digest);
    }

    /// <summary>Whether the bytes are there.</summary>
    public bool Has(string digest) => File.Exists(PathOf(digest));

    /// <summary>Stores bytes, and returns their digest and length. What is there already is left as it is.</summary>
    public async Task<(string Digest, long Size)> PutAsync(Stream content, CancellationToken cancellation = default)
    {
        var staging = Path.Combine(Root, "staging");
        Directory.CreateDirectory(staging);
        var staged = Path.Combine(staging, Path.GetRandomFileName());
        try
        {
            string digest;
            long size;
            await using (var file = new HashingStream(staged))
            {
                await content.CopyToAsync(file, BufferBytes, cancellation);
                (digest, size) = file.Complete();
            }
            Publish(staged, digest);
            return (digest, size);
        }
        finally
        {
            File.Delete(staged);
        }
    }

    /// <summary>Copies a file into the store.</summary>
    public async Task<(string Digest, long Size)> PutFileAsync(string path, CancellationToken cancellation = default)
    {
        await using var file = File.OpenRead(path);
        return await PutAsync(file, cancellation);
    }

    /// <summary>Moves a file, whose digest is known, into the store.</summary>
    public void Adopt(string path, string digest)
    {
        if (Has(digest))
        {
            File.Delete(path);
            return;
        }
        Publish(path, digest);
    }

    /// <summary>The path of bytes that are there and match their digest.</summary>
    /// <exception cref="RondoException">They are missing, or no longer match.</exception>
    public async Task<string> VerifiedPathAsync(string digest, CancellationToken cancellation = default)
    {
        var path = PathOf(digest);
        if (!File.Exists(path))
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"The content {digest} is not in the store {Root}.",
                "Restore it from a copy of the store, or run again the step that made it."
            );
        }
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);
        var found = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
        if (found != digest)
        {
            throw new RondoException(
                ErrorCode.DataCorrupt,
                $"The bytes of {digest} in {path} have changed: their digest is now {found}.",
                "Restore the file from a copy, or delete it and run again the step that made it."
            );
        }
        return path;
    }

    /// <summary>Opens bytes after they were checked against their digest.</summary>
    public async Task<Stream> OpenAsync(string digest, CancellationToken cancellation = default) =>
        File.OpenRead(await VerifiedPathAsync(digest, cancellation));

    private void Publish(string staged, string digest)
    {
        var path = PathOf(digest);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (Time is { } time)
        {
            // Before it appears: whoever removes what is old must not take it for that.
            File.SetLastWriteTimeUtc(staged, time().UtcDateTime);
        }

        File.Move(staged, path, overwrite: true);
    }
}
