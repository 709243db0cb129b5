using System.Text.Json;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Transfer;
using Rondo.Mlflow.Wire;
using Rondo.Registry.Clients;

namespace Rondo.Registry.Transfer;

/// <summary>What the import of one batch of models stands on: one transaction, and what it will report.</summary>
internal sealed class ModelBatch(Transaction transaction, Actor actor)
{
    public Transaction Transaction => transaction;
    public Actor Actor => actor;
    public TransferReport Report { get; } = new();

    /// <summary>The record as it was brought last; null where this is the first time.</summary>
    public async ValueTask<T?> LastAsync<T>(T record)
        where T : TransferRecord
    {
        var known = await transaction.ScalarAsync<string>(
            "select record from registry_import where kind = @Kind and id = @Label",
            new { record.Kind, record.Label }
        );
        return known is null ? null : JsonSerializer.Deserialize<T>(known, TransferJson.Options);
    }

    /// <summary>Keeps the record as it was brought.</summary>
    public async ValueTask RememberAsync<T>(T record)
        where T : TransferRecord =>
        await transaction.ExecuteAsync(
            """
            insert into registry_import (kind, id, record) values (@Kind, @Label, @json)
            on conflict (kind, id) do update set record = excluded.record
            """,
            new
            {
                record.Kind,
                record.Label,
                json = JsonSerializer.Serialize(record, TransferJson.Options),
            }
        );

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
