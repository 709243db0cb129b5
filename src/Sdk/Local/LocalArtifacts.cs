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
