using System.Text.Json;
using Rondo.Kernel.Db;
using Rondo.Kernel.Ids;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Runs;

/// <summary>What a run has read and made: datasets and logged models. A dataset is one per experiment, name and digest.</summary>
internal sealed class RunInputs(Database database, IdSource ids)
{
    /// <summary>A model that was read.</summary>
    public const string Input = "input";

    /// <summary>A model that was made.</summary>
    public const string Output = "output";

    /// <summary>The tag that says what a dataset was for.</summary>
    public const string ContextTag = "mlflow.data.context";

    /// <summary>Notes datasets; one that the run has already keeps its first tags.</summary>
    public Task AddAsync(string run, IReadOnlyList<DatasetInput> datasets, IReadOnlyList<ModelLink> models)
    {
        CheckCount(datasets.Count, "datasets");
        for (var i = 0; i < datasets.Count; i++)
        {
            Check(datasets[i], $"datasets[{i}]");
        }

        return database.WriteAsync(async transaction =>
        {
            var info = await RunStore.RequireActiveAsync(transaction, run);
            foreach (var input in datasets)
            {
                await AddAsync(transaction, info, input);
            }

            await AddModelsAsync(transaction, run, Input, models);
        });
    }

    /// <summary>Notes models that the run has made.</summary>
    public Task AddOutputsAsync(string run, IReadOnlyList<ModelLink> models) =>
        database.WriteAsync(async transaction =>
        {
            await RunStore.RequireActiveAsync(transaction, run);
            await AddModelsAsync(transaction, run, Output, models);
        });

    /// <summary>Notes a dataset in the caller's transaction.</summary>
    public async ValueTask AddAsync(Transaction transaction, RunInfo run, DatasetInput input)
    {
        var dataset = input.Dataset;
        await transaction.ExecuteAsync(
            $"""
            insert into tracking_dataset (id, experiment, name, digest, source_type, source, schema, profile)
            values (@id, @Experiment, @Name, @Digest, @SourceType, @Source, @Schema, @Profile)
            on conflict (experiment, name, digest) do nothing
            """,
            new
            {
                id = ids.NewUuid(),
                run.Experiment,
                dataset.Name,
                dataset.Digest,
                dataset.SourceType,
                dataset.Source,
                dataset.Schema,
                dataset.Profile,
            }
        );
        await transaction.ExecuteAsync(
            """
            insert into tracking_input (run, dataset, place, context, tags)
            select @run, d.id, (select count(*) from tracking_input i where i.run = @run), @context, @tags
            from tracking_dataset d where d.experiment = @Experiment and d.name = @Name and d.digest = @Digest
            on conflict (run, dataset) do nothing
            """,
            new
            {
                run = run.Id,
                run.Experiment,
                dataset.Name,
                dataset.Digest,
                context = input.Tags.LastOrDefault(tag => tag.Key == ContextTag)?.Value,
                tags = JsonSerializer.Serialize(input.Tags),
            }
        );
    }

    private static async ValueTask AddModelsAsync(
        Transaction transaction,
        string run,
        string direction,
        IReadOnlyList<ModelLink> models
    )
    {
        CheckCount(models.Count, "models");
        foreach (var model in models)
        {
            await transaction.ExecuteAsync(
                """
                insert into tracking_run_model (run, direction, model, step) values (@run, @direction, @Model, @Step)
                on conflict do nothing
                """,
                new
                {
                    run,
                    direction,
                    model.Model,
                    model.Step,
                }
            );
        }
    }

    private static void CheckCount(int count, string what)
    {
        if (count > Limits.InputsMax)
        {
            throw Refusal.Invalid($"At most {Limits.InputsMax} {what} are logged at once; {count} were sent.");
        }
    }

    private static void Check(DatasetInput input, string parameter)
    {
        var dataset = input.Dataset;
        Names.CheckLength(dataset.Name, parameter + ".dataset.name", Limits.DatasetNameMax);
        Names.CheckLength(dataset.Digest, parameter + ".dataset.digest", Limits.DatasetDigestMax);
        Names.CheckLength(dataset.Source, parameter + ".dataset.source", Limits.DatasetSourceMax);
        Names.CheckLength(dataset.Schema ?? "", parameter + ".dataset.schema", Limits.DatasetSchemaMax);
        Names.CheckLength(dataset.Profile ?? "", parameter + ".dataset.profile", Limits.DatasetProfileMax);
        for (var i = 0; i < input.Tags.Count; i++)
        {
            Names.CheckLength(input.Tags[i].Key, $"{parameter}.tags[{i}].key", Limits.InputTagKeyMax);
            Names.CheckLength(input.Tags[i].Value, $"{parameter}.tags[{i}].value", Limits.InputTagValueMax);
        }
    }
}
