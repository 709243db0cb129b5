using System.Text.Json;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Models;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Text;

namespace Rondo.Tracking.Runs;

/// <summary>What a run logs while it runs: metrics, params and tags. A batch is written whole or not at all.</summary>
internal sealed class RunLog(Database database, TrackingOptions options, TimeProvider time)
{
    private const string LoggedModelsTag = "mlflow.log-model.history";
    private static readonly string[] s_tagNames = ["run", "key", "value"];

    /// <summary>Logs a batch; <paramref name="single"/> says that it came as one param, whose conflict is told in other words.</summary>
    public Task WriteAsync(string run, RunBatch batch, bool single = false)
    {
        batch.Check();
        var tags = Fit(batch.Tags, "tags", options);
        var parameters = batch
            .Params.Select(p =>
                p with
                {
                    Value = Names.Fit(p.Value, "Param value", Limits.ParamValueMax, options.TruncateLongValues),
                }
            )
            .ToList();
        var points = MetricRow.Sorted(batch.Metrics);
        var name = tags.LastOrDefault(tag => tag.Key == TrackingNames.RunNameTag);
        return database.WriteAsync(async transaction =>
        {
            var owner = await RunStore.RequireActiveKeyAsync(transaction, run, changes: name is not null);
            await PutParamsAsync(transaction, owner, parameters, single);
            await UnsettledPoints.AddAsync(transaction, owner, points, time);
            await PutTagsAsync(transaction, owner, tags);
            await LoggedModelMetrics.PutAsync(transaction, run, batch.ModelPoints);
            if (name is not null)
            {
                await transaction.ExecuteAsync(
                    "update tracking_run set name = @Value where id = @run",
                    new { run, name.Value }
                );
            }
        });
    }

    /// <summary>Removes a tag that there is.</summary>
    public Task DeleteTagAsync(string run, string key) =>
        database.WriteAsync(async transaction =>
        {
            var owner = await RunStore.RequireActiveKeyAsync(transaction, run);
            var gone = 0;
            await TextIndex.ChangeRunAsync(
                transaction,
                owner,
                async () =>
                    gone = await transaction.ExecuteAsync(
                        "delete from tracking_tag where run_number = @Number and key = @key",
                        new { owner.Number, key }
                    )
            );
            if (gone == 0)
            {
                throw Refusal.Missing($"No tag with name: {key} in run with id {run}");
            }
        });

    /// <summary>Appends the description of a model to the list that older clients read from a tag.</summary>
    public Task AddModelAsync(string run, JsonElement model) =>
        database.WriteAsync(async transaction =>
        {
            await transaction.LockAsync("tracking.run." + run);
            var owner = await RunStore.RequireActiveKeyAsync(transaction, run);
            var known = await transaction.ScalarAsync<string>(
                "select value from tracking_tag where run_number = @Number and key = @key",
                new { owner.Number, key = LoggedModelsTag }
            );
            var models = Models(known).Append(model);
            var value = "[" + string.Join(", ", models.Select(m => m.GetRawText())) + "]";
            Names.CheckLength(value, LoggedModelsTag, Limits.LoggedModelsCharsMax);
            await PutTagsAsync(transaction, owner, [new KeyValue(LoggedModelsTag, value)]);
        });

    /// <summary>Tags as they are kept: checked, cut where that is allowed, of two with one key the later.</summary>
    public static IReadOnlyList<KeyValue> Fit(IReadOnlyList<KeyValue> tags, string parameter, TrackingOptions options)
    {
        var kept = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < tags.Count; i++)
        {
            Names.CheckKey(tags[i].Key, $"{parameter}[{i}].key");
            kept[tags[i].Key] = Names.Fit(
                tags[i].Value,
                $"{parameter}[{i}].value",
                Limits.TagValueMax,
                options.TruncateLongValues
            );
        }

        return [.. kept.Select(tag => new KeyValue(tag.Key, tag.Value))];
    }

    /// <summary>Sets tags of a run.</summary>
    public static ValueTask PutTagsAsync(Transaction transaction, RunKey run, IReadOnlyList<KeyValue> tags) =>
        tags.Any(tag => TextIndex.HasWords(tag.Key))
            ? TextIndex.ChangeRunAsync(transaction, run, () => WriteTagsAsync(transaction, run.Number, tags))
            : WriteTagsAsync(transaction, run.Number, tags);

    /// <summary>Sets the tags of a run that was made in this transaction: nobody else knows of it yet, and it has none before.</summary>
    public static async ValueTask AddTagsAsync(Transaction transaction, RunKey run, IReadOnlyList<KeyValue> tags)
    {
        await WriteTagsAsync(transaction, run.Number, tags);
        await TextIndex.AddRunAsync(transaction, run, tags);
    }

    private static async ValueTask WriteTagsAsync(Transaction transaction, long run, IReadOnlyList<KeyValue> tags)
    {
        if (tags.Count > 0)
        {
            await transaction.ExecuteManyAsync(
                """
                insert into tracking_tag (run_number, key, value) values (@run, @key, @value)
                on conflict (run_number, key) do update set value = excluded.value
                """,
                s_tagNames,
                tags.Select(tag => new object?[] { run, tag.Key, tag.Value })
            );
        }
    }

    private static JsonElement[] Models(string? known)
    {
        try
        {
            return known is null ? [] : [.. JsonElement.Parse(known).EnumerateArray()];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Refusal.Invalid($"The tag {LoggedModelsTag} of this run was set to something else than a list.");
        }
    }

    /// <summary>Sets params of a run that it does not have yet; another value of one that it has is refused.</summary>
    public static async ValueTask PutParamsAsync(
        Transaction transaction,
        RunKey run,
        List<KeyValue> parameters,
        bool single
    )
    {
        if (parameters.Count == 0)
        {
            return;
        }

        var made = await transaction.ExecuteManyAsync(
            "insert into tracking_param (run_number, key, value) values (@run, @key, @value) on conflict do nothing",
            s_tagNames,
            parameters
                .OrderBy(p => p.Key, StringComparer.Ordinal)
                .Select(p => new object?[] { run.Number, p.Key, p.Value })
        );
        if (made < parameters.Count)
        {
            var known = (
                await transaction.QueryAsync<KeyValue>(
                    "select key, value from tracking_param where run_number = @Number and key in @keys",
                    new { run.Number, keys = parameters.Select(p => p.Key) }
                )
            ).ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);
            var changed = parameters.Where(p => known[p.Key] != p.Value).ToList();
            if (changed.Count > 0)
            {
                throw ParamConflict.Of(run.Id, [.. changed.Select(p => (p.Key, known[p.Key], p.Value))], single);
            }
        }
    }
}
