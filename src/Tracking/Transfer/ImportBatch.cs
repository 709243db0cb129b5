using System.Text.RegularExpressions;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Transfer;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Experiments;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Transfer;

/// <summary>What the import of one batch stands on: one transaction, what it found so far, and what it will report.</summary>
internal sealed partial class ImportBatch(Transaction transaction, Caller caller)
{
    private readonly Dictionary<string, Experiment?> _experiments = new(StringComparer.Ordinal);

    public Transaction Transaction => transaction;
    public Actor Actor => caller.Actor;
    public Caller Caller => caller;
    public TransferReport Report { get; } = new();
    public ImportMemory Memory { get; } = new(transaction, "tracking_import");

    /// <summary>Whether an id can be one: it is a part of addresses.</summary>
    public static bool IsId(string id) => IdPattern().IsMatch(id);

    /// <summary>The experiment of a name; null where there is none.</summary>
    public async ValueTask<Experiment?> ExperimentAsync(string name)
    {
        if (!_experiments.TryGetValue(name, out var found))
        {
            found = await transaction.FirstAsync<Experiment>(
                $"select {Experiment.Columns} from tracking_experiment where name = @name",
                new { name }
            );
            _experiments[name] = found;
        }

        return found;
    }

    /// <summary>An experiment was made or has changed.</summary>
    public void Forget(string experiment) => _experiments.Remove(experiment);

    /// <summary>The pairs whose keys can be; each of the others is reported.</summary>
    public Dictionary<string, string> Plain(
        TransferRecord record,
        IReadOnlyDictionary<string, string> pairs,
        string what
    )
    {
        var plain = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in pairs)
        {
            if (Fault(key, value) is { } fault)
            {
                Report.Refuse(record, $"Its {what} {Names.Json(key)} was left out: {fault}");
            }
            else
            {
                plain[key] = value;
            }
        }

        return plain;
    }

    /// <summary>Sets and removes tags in a table of tags, as the three sides ask for; whether anything changed.</summary>
    public async ValueTask<bool> MergeTagsAsync(
        (string Table, string Owner) place,
        object id,
        IReadOnlyDictionary<string, string> source,
        IReadOnlyDictionary<string, string>? last
    )
    {
        var (table, owner) = place;
        var here = (
            await transaction.QueryAsync<KeyValue>($"select key, value from {table} where {owner} = @id", new { id })
        ).ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal);
        var (set, removed) = ThreeWay.Pairs(here, source, last);
        await transaction.ExecuteManyAsync(
            $"""
            insert into {table} ({owner}, key, value) values (@id, @key, @value)
            on conflict ({owner}, key) do update set value = excluded.value
            """,
            ["id", "key", "value"],
            set.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .Select(pair => new object?[] { id, pair.Key, pair.Value })
        );
        await transaction.ExecuteManyAsync(
            $"delete from {table} where {owner} = @id and key = @key",
            ["id", "key"],
            removed.Order(StringComparer.Ordinal).Select(key => new object?[] { id, key })
        );

        return set.Count + removed.Count > 0;
    }

    /// <summary>Adds params that are not there; one that is keeps its value. Whether any was added.</summary>
    public async ValueTask<bool> AddParamsAsync(
        (string Table, string Owner) place,
        object id,
        IReadOnlyDictionary<string, string> source
    )
    {
        var (table, owner) = place;
        var added = await transaction.ExecuteManyAsync(
            $"insert into {table} ({owner}, key, value) values (@id, @key, @value) on conflict do nothing",
            ["id", "key", "value"],
            source
                .OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .Select(pair => new object?[] { id, pair.Key, pair.Value })
        );
        return added > 0;
    }

    /// <summary>Why a key or value cannot be taken in; null where it can.</summary>
    public static string? Fault(string key, string value)
    {
        try
        {
            Names.CheckKey(key, "key");
            Names.CheckLength(value, "value", Limits.LoggedModelsCharsMax);
            return null;
        }
        catch (Refusal e)
        {
            return e.Message;
        }
    }

    [GeneratedRegex(@"^[0-9A-Za-z_\-]{1,64}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IdPattern();
}
