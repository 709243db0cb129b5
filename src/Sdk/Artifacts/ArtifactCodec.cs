using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>How values of a type are stored as artifacts.</summary>
public abstract class ArtifactCodec<T>
{
    private protected ArtifactCodec(string type) => Type = type;

    /// <summary>The artifact type, for example <c>rondo/table</c>.</summary>
    public string Type { get; }

    internal abstract T Read(StoredArtifact artifact);

    /// <summary>Writes the value, and returns a few facts about it for people.</summary>
    internal abstract JsonElement? Write(T value, Stream stream);
}

/// <summary>An artifact in the content store, already checked against its digest.</summary>
internal sealed record StoredArtifact(ArtifactRef Reference, string Path)
{
    public Stream Open() => File.OpenRead(Path);
}
