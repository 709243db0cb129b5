using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>Artifacts that no step makes.</summary>
internal static class LocalArtifacts
{
    /// <summary>Stands where an artifact does not exist.</summary>
    public static Task<LocalArtifact> NoneAsync(ContentStore store, CancellationToken cancellation) =>
        PutAsync(store, ArtifactTypes.None, "null"u8.ToArray(), cancellation);

    /// <summary>A value, such as the answer to a question.</summary>
    public static Task<LocalArtifact> JsonAsync(
        ContentStore store,
        JsonElement value,
        CancellationToken cancellation
    ) => PutAsync(store, ArtifactTypes.Json, JsonSerializer.SerializeToUtf8Bytes(value), cancellation);

    /// <summary>Removes bytes that are no longer what their digest says, so that the next run makes them again.</summary>
    public static async Task RemoveCorruptAsync(ContentStore store, IEnumerable<ArtifactRef> artifacts)
    {
        foreach (var artifact in artifacts)
        {
            try
            {
                await store.VerifiedPathAsync(artifact.Digest);
            }
            catch (RondoException e) when (e.Code == ErrorCode.DataCorrupt)
            {
                File.Delete(store.PathOf(artifact.Digest));
            }
            catch (RondoException e) when (e.Code == ErrorCode.NotFound)
            {
                // Another step that takes them was faster.
            }
        }
    }

    private static async Task<LocalArtifact> PutAsync(
        ContentStore store,
        string type,
        byte[] bytes,
        CancellationToken cancellation
    )
    {
        using var stream = new MemoryStream(bytes);
        var (digest, size) = await store.PutAsync(stream, cancellation);
        return new(new ArtifactRef(type, digest, size), null);
    }
}
