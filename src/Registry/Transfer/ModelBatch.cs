using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Transfer;
using Rondo.Mlflow.Wire;
using Rondo.Registry.Clients;

namespace Rondo.Registry.Transfer;

/// <summary>What the import of one batch of models stands on: one transaction, and what it will report.</summary>
internal sealed class ModelBatch(Transaction transaction, Actor actor, bool mayDecide)
{
    /// <summary>Whether who brings it may change the stage of a version that is there.</summary>
    public bool MayDecide => mayDecide;

    public Transaction Transaction => transaction;
    public Actor Actor => actor;
    public TransferReport Report { get; } = new();
    public ImportMemory Memory { get; } = new(transaction, "registry_import");

    /// <summary>The tags that can be; each of the others is reported.</summary>
    public Dictionary<string, string> Plain(TransferRecord record, IReadOnlyDictionary<string, string> tags)
    {
        var plain = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
        {
            if (Fault(() => RegisteredModelStore.CheckTag(new KeyValue(key, value))) is { } fault)
            {
                Report.Refuse(record, $"Its tag {Names.Json(key)} was left out: {fault}");
            }
            else
            {
                plain[key] = value;
            }
        }

        return plain;
    }

    /// <summary>Sets and removes tags of a version, or of the model itself (0); whether anything changed.</summary>
    public async ValueTask<bool> MergeTagsAsync(
        ModelKey key,
        long version,
        IReadOnlyDictionary<string, string> source,
        IReadOnlyDictionary<string, string>? last
    )
    {
        var here = await transaction.QueryAsync<KeyValue>(
            """
            select key, value from registry_tag
            where project = @Project and environment = @Environment and model = @Model and version = @version
            """,
            new
            {
                key.Project,
                key.Environment,
                key.Model,
                version,
            }
        );
        var (set, removed) = ThreeWay.Pairs(
            here.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal),
            source,
            last
        );
        foreach (var tag in set)
        {
            await RegisteredModelStore.PutTagAsync(transaction, key, version, new KeyValue(tag.Key, tag.Value));
        }

        foreach (var tag in removed)
        {
            await RegisteredModelStore.RemoveTagAsync(transaction, key, version, tag);
        }

        return set.Count + removed.Count > 0;
    }

    /// <summary>What a check refuses; null where it does not.</summary>
    public static string? Fault(Action check)
    {
        try
        {
            check();
            return null;
        }
        catch (Refusal e)
        {
            return e.Message;
        }
    }
}
