using System.Text.Json;
using Rondo.Data;

namespace Rondo.Sdk;

/// <summary>What steps made before, by their identities. A hit counts only if all bytes are still there.</summary>
internal sealed class LocalCache(string folder, ContentStore store, TimeProvider time)
{
    /// <summary>Looks for the outputs of an equal step, and says why there are none.</summary>
    public LocalCacheLook Look(string key, long? expiryMs)
    {
        var path = PathOf(key);
        Entry? entry;
        try
        {
            entry = JsonSerializer.Deserialize<Entry>(File.ReadAllBytes(path), RondoJson.Options);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new(null, LocalDecisions.New);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or IOException)
        {
            // Half a record is no record: the step runs again and writes a whole one.
            return new(null, LocalDecisions.RecordBroken);
        }
        if (entry is not { Identity: not null, Outputs: not null, Metrics: not null } || entry.Identity.Digest() != key)
        {
            return new(null, LocalDecisions.RecordBroken);
        }
        if (expiryMs is { } expiry && time.GetUtcNow() - entry.MadeAt > TimeSpan.FromMilliseconds(expiry))
        {
            return new(null, LocalDecisions.Expired);
        }
        return HasBytes(store, entry.Outputs) ? new(entry, LocalDecisions.Reused) : new(null, LocalDecisions.BytesGone);
    }

    public void Keep(string key, Entry entry)
    {
        Directory.CreateDirectory(folder);
        var part = PathOf(key) + "." + Path.GetRandomFileName();
        File.WriteAllBytes(part, JsonSerializer.SerializeToUtf8Bytes(entry, RondoJson.Indented));
        File.Move(part, PathOf(key), overwrite: true);
    }

    /// <summary>Whether all bytes are there, as many as there should be.</summary>
    public static bool HasBytes(ContentStore store, IReadOnlyDictionary<string, LocalArtifact> outputs) =>
        outputs.Values.All(output =>
            new FileInfo(store.PathOf(output.Artifact.Digest)) is { Exists: true } file
            && file.Length == output.Artifact.Size
        );

    private string PathOf(string key) => Path.Combine(folder, key + ".json");

    internal sealed record Entry(
        StepIdentity Identity,
        IReadOnlyDictionary<string, LocalArtifact> Outputs,
        IReadOnlyDictionary<string, double> Metrics
    )
    {
        /// <summary>The run that made it.</summary>
        public string Run { get; init; } = "";

        public DateTimeOffset MadeAt { get; init; }
    }
}

/// <summary>What the cache has for a step; the decision is one of the <see cref="LocalDecisions"/>.</summary>
internal sealed record LocalCacheLook(LocalCache.Entry? Entry, string Decision);
