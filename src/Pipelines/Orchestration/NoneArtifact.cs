using Rondo.Kernel.Blobs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Orchestration;

/// <summary>What stands at a port where nothing is: the JSON value null.</summary>
internal static class NoneArtifact
{
    private static readonly byte[] s_bytes = "null"u8.ToArray();

    public static ArtifactRef Reference { get; } =
        new(
            ArtifactTypes.None,
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(s_bytes)),
            s_bytes.Length
        );

    /// <summary>Makes sure that its bytes are there.</summary>
    public static async Task<ArtifactRef> PutAsync(IBlobStore blobs, CancellationToken cancellation = default)
    {
        if (!await blobs.ExistsAsync(Reference.Digest, cancellation))
        {
            await blobs.PutAsync(new MemoryStream(s_bytes), cancellation);
        }

        return Reference;
    }
}
