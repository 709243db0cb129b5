using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>What steps made before, by their identities. A hit counts only if all bytes are still there.</summary>
internal sealed class LocalCache(string folder, ContentStore store)
{
    public Entry? Find(string key)
    {
        var path = PathOf(key);
        if (!File.Exists(path))
        {
            return null;
        }
        try
        {
            var entry = JsonSerializer.Deserialize<Entry>(File.ReadAllBytes(path), RondoJson.Options);
            return entry is not null && entry.Outputs.Values.All(output => store.Has(output.Artifact.Digest))
                ? entry
                : null;
        }
        catch (JsonException)
        {
            // Half a record is no record: the step runs again and writes a whole one.
            return null;
        }
    }

    public void Keep(string key, Entry entry)
    {
        Directory.CreateDirectory(folder);
        var part = PathOf(key) + "." + Path.GetRandomFileName();
        File.WriteAllBytes(part, JsonSerializer.SerializeToUtf8Bytes(entry, RondoJson.Indented));
        File.Move(part, PathOf(key), overwrite: true);
    }

    private string PathOf(string key) => Path.Combine(folder, key + ".json");

    internal sealed record Entry(
        StepIdentity Identity,
        IReadOnlyDictionary<string, LocalArtifact> Outputs,
        IReadOnlyDictionary<string, double> Metrics
    );
}
