using System.Globalization;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Experiments;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Models;

/// <summary>The logged models of all experiments.</summary>
internal sealed class LoggedModelStore(
    Database database,
    EventLog log,
    IdSource ids,
    TimeProvider time,
    TrackingOptions options
)
{
    private static readonly string[] s_pairNames = ["model", "key", "value"];

    /// <summary>Creates a model whose files are still to come; one without a name gets one.</summary>
    public async Task<LoggedModel> CreateAsync(NewLoggedModel asked, Actor actor)
    {
        var uuid = ids.NewUuid();
        var id = LoggedModelNames.Id(uuid);
        var name = LoggedModelNames.NameOf(asked.Name, uuid);
        Names.CheckLength(asked.ModelType ?? "", "model_type", Limits.LoggedModelTypeMax);
        Names.CheckLength(asked.SourceRun ?? "", "source_run_id", Limits.LoggedModelRunMax);
        var parameters = FitParams(asked.Params);
        var tags = FitTags(asked.Tags);
        await database.WriteAsync(async transaction =>
        {
            var experiment = await ExperimentStore.RequireActiveAsync(transaction, asked.Experiment);
            await transaction.ExecuteAsync(
                """
                insert into tracking_logged_model
                    (id, experiment, name, model_type, source_run, status, artifact_uri, lifecycle, created_at, updated_at)
                values (@id, @Experiment, @name, @ModelType, @SourceRun, @status, @artifactUri, 'active', @at, @at)
                """,
                new
                {
                    id,
                    asked.Experiment,
                    name,
                    asked.ModelType,
                    asked.SourceRun,
                    status = LoggedModelStatusNames.Of(LoggedModelStatus.Pending),
                    artifactUri = $"{experiment.ArtifactLocation.TrimEnd('/')}/models/{id}/artifacts",
                    at = Now(),
                }
            );
            await PutParamsAsync(transaction, id, parameters);
            await PutTagsAsync(transaction, id, tags);
            await AppendAsync(transaction, await RequireAsync(transaction, id), "created", actor);
        });
        return await GetAsync(id);
    }

    /// <summary>A model with what belongs to it, save one that was deleted.</summary>
    public Task<LoggedModel> GetAsync(string id) =>
        database.ReadAsync(async session =>
            (await LoggedModelReader.ReadAsync(session, [await RequireAsync(session, id)]))[0]
        );

    /// <summary>Says whether the files of a model have arrived.</summary>
    public async Task<LoggedModel> MoveAsync(string id, LoggedModelStatus status, string? message, Actor actor)
    {
        Names.CheckLength(message ?? "", "status_message", Limits.LoggedModelMessageMax);
        await database.WriteAsync(async transaction =>
        {
            await RequireAsync(transaction, id);
            await transaction.ExecuteAsync(
                """
                update tracking_logged_model set status = @status, status_message = @message, updated_at = @at
                where id = @id
                """,
                new
                {
                    id,
                    status = LoggedModelStatusNames.Of(status),
                    message,
                    at = Now(),
                }
            );
            await AppendAsync(transaction, await RequireAsync(transaction, id), "moved", actor);
        });
        return await GetAsync(id);
    }

    /// <summary>Deletes a model; its files stay.</summary>
    public Task DeleteAsync(string id, Actor actor) =>
        database.WriteAsync(async transaction =>
        {
            var info = await RequireAsync(transaction, id);
            var gone = await transaction.ExecuteAsync(
                """
                update tracking_logged_model set lifecycle = 'deleted', with_experiment = 0, updated_at = @at
                where id = @id and lifecycle = 'active'
                """,
                new { id, at = Now() }
            );
            if (gone == 0)
            {
                throw Missing(id);
            }

            await AppendAsync(transaction, info, "deleted", actor);
        });

    /// <summary>Adds params; one that is there keeps its value.</summary>
    public Task AddParamsAsync(string id, IReadOnlyList<KeyValue> parameters)
    {
        var fit = FitParams(parameters);
        return ChangeAsync(id, transaction => PutParamsAsync(transaction, id, fit));
    }

    /// <summary>Sets tags.</summary>
    public Task SetTagsAsync(string id, IReadOnlyList<KeyValue> tags)
    {
        var fit = FitTags(tags);
        return ChangeAsync(id, transaction => PutTagsAsync(transaction, id, fit));
    }

    /// <summary>Removes a tag that there is.</summary>
    public Task DeleteTagAsync(string id, string key) =>
        ChangeAsync(
            id,
            async transaction =>
            {
                var gone = await transaction.ExecuteAsync(
                    "delete from tracking_logged_model_tag where model = @id and key = @key",
                    new { id, key }
                );
                if (gone == 0)
                {
                    throw Refusal.Missing($"No tag with key '{key}' found for model with ID '{id}'.");
                }
            }
        );

    /// <summary>The model, or an error that says that there is none.</summary>
    public static async ValueTask<LoggedModelInfo> RequireAsync(Session session, string id) =>
        await session.FirstAsync<LoggedModelInfo>(
            $"""
            select {LoggedModelInfo.Columns} from tracking_logged_model m
            where m.id = @id and m.lifecycle = 'active'
            """,
            new { id }
        ) ?? throw Missing(id);

    /// <summary>That there is no such model, or it was deleted.</summary>
    public static Refusal Missing(string id) => Refusal.Missing($"Logged model with ID '{id}' not found.");

    // The row is changed first: two changes of one model wait for each other, and one that was deleted takes none.
    private Task ChangeAsync(string id, Func<Transaction, ValueTask> change) =>
        database.WriteAsync(async transaction =>
        {
            var found = await transaction.ExecuteAsync(
                "update tracking_logged_model set updated_at = @at where id = @id and lifecycle = 'active'",
                new { id, at = Now() }
            );
            if (found == 0)
            {
                throw Missing(id);
            }

            await change(transaction);
        });

    private List<KeyValue> FitParams(IReadOnlyList<KeyValue> parameters)
    {
        CheckCount(parameters.Count, "params");
        for (var i = 0; i < parameters.Count; i++)
        {
            Names.CheckKey(parameters[i].Key, $"params[{i}].key");
        }

        var twice = parameters.GroupBy(p => p.Key, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1);
        if (twice is not null)
        {
            throw Refusal.Invalid($"Duplicate parameter keys have been submitted: '{twice.Key}' is there twice.");
        }

        return
        [
            .. parameters
                .Select(p =>
                    p with
                    {
                        Value = Names.Fit(p.Value, "Param value", Limits.ParamValueMax, options.TruncateLongValues),
                    }
                )
                .OrderBy(p => p.Key, StringComparer.Ordinal),
        ];
    }

    private IReadOnlyList<KeyValue> FitTags(IReadOnlyList<KeyValue> tags)
    {
        CheckCount(tags.Count, "tags");
        return RunLog.Fit(tags, "tags", options);
    }

    private static void CheckCount(int count, string what)
    {
        if (count > Limits.LoggedModelPairsMax)
        {
            throw Refusal.Invalid(
                $"A request has at most {Limits.LoggedModelPairsMax} {what} of a model; {count} were sent. Send them in several."
            );
        }
    }

    private static async ValueTask PutParamsAsync(Transaction transaction, string id, List<KeyValue> parameters)
    {
        if (parameters.Count == 0)
        {
            return;
        }

        var made = await transaction.ExecuteManyAsync(
            """
            insert into tracking_logged_model_param (model, key, value) values (@model, @key, @value)
            on conflict do nothing
            """,
            s_pairNames,
            parameters.Select(p => new object?[] { id, p.Key, p.Value })
        );
        if (made == parameters.Count)
        {
            return;
        }

        var known = (
            await transaction.QueryAsync<KeyValue>(
                "select key, value from tracking_logged_model_param where model = @id and key in @keys",
                new { id, keys = parameters.Select(p => p.Key) }
            )
        ).ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);
        if (parameters.Find(p => known[p.Key] != p.Value) is { } changed)
        {
            throw Refusal.Invalid(
                $"Changing param values is not allowed. Param with key='{changed.Key}' was already logged with "
                    + $"value='{known[changed.Key]}' for model ID='{id}'. Attempted logging new value '{changed.Value}'."
            );
        }
    }

    private static async ValueTask PutTagsAsync(Transaction transaction, string id, IReadOnlyList<KeyValue> tags)
    {
        if (tags.Count > 0)
        {
            await transaction.ExecuteManyAsync(
                """
                insert into tracking_logged_model_tag (model, key, value) values (@model, @key, @value)
                on conflict (model, key) do update set value = excluded.value
                """,
                s_pairNames,
                tags.Select(tag => new object?[] { id, tag.Key, tag.Value })
            );
        }
    }

    private async ValueTask AppendAsync(Transaction transaction, LoggedModelInfo model, string change, Actor actor)
    {
        var experiment = model.Experiment.ToString(CultureInfo.InvariantCulture);
        var data = new LoggedModelChangedEvent(model.Id, experiment, change, model.Status);
        await log.AppendAsync(transaction, new NewEvent(LoggedModelChangedEvent.Type, "", model.Id, actor, data));
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
