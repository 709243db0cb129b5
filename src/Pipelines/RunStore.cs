using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Paging;
using Rondo.Pipelines.Orchestration;
using Rondo.Pipelines.Runs;

namespace Rondo.Pipelines;

/// <summary>The runs of this server: made, read, and called off here; brought forward by the orchestrator.</summary>
public sealed class RunStore
{
    private readonly Database _database;
    private readonly RunWriter _writer;
    private readonly RunStart _start;
    private readonly RunEnding _ending;
    private readonly RunReader _reader;

    internal RunStore(Database database, RunWriter writer, RunStart start, RunEnding ending, RunReader reader)
    {
        _database = database;
        _writer = writer;
        _start = start;
        _ending = ending;
        _reader = reader;
    }

    /// <summary>Creates a run of the pipeline as it is deployed now, on the data and the serving model as they are now.</summary>
    public async Task<Run> CreateAsync(NewRun wish) => await _start.InsertAsync(await _writer.PrepareAsync(wish));

    /// <summary>
    /// Goes on where a run failed or was cancelled: on the same data and parameters, taking from it whatever it has published and is
    /// still the same.
    /// </summary>
    /// <param name="id">The run that did not succeed.</param>
    /// <param name="actor">Who wants it.</param>
    /// <param name="currentCode">With the code that is deployed now, not with that of the run.</param>
    public async Task<Run> ResumeAsync(string id, Actor actor, bool currentCode = false)
    {
        var earlier = await EndedAsync(id);
        if (earlier.State == RunStates.Succeeded)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"Run {id} has succeeded: there is nothing to resume.",
                $"To do it again: rondo runs rerun {id}."
            );
        }

        var wish = Again(earlier, actor, TriggerKinds.Resume);
        return await _start.InsertAsync(
            await _writer.PrepareAgainAsync(earlier, wish, currentCode) with
            {
                Resumes = id,
            }
        );
    }

    /// <summary>Does a run again from its recorded inputs, computing every step, so that the results can be compared.</summary>
    public async Task<Run> RerunAsync(string id, Actor actor, bool currentCode = false)
    {
        var earlier = await EndedAsync(id);
        var wish = Again(earlier, actor, TriggerKinds.Rerun) with { Fresh = true };
        return await _start.InsertAsync(
            await _writer.PrepareAgainAsync(earlier, wish, currentCode) with
            {
                Reruns = id,
            }
        );
    }

    /// <summary>A run with everything it did, or <see cref="ErrorCode.NotFound"/>. Of its steps the first page.</summary>
    public Task<Run> GetAsync(string id) => GetAsync(id, new StepFilter());

    /// <summary>A run, and those of its steps that are asked for.</summary>
    public Task<Run> GetAsync(string id, StepFilter filter) =>
        _database.ReadAsync(session => _reader.GetAsync(session, id, filter));

    /// <summary>Runs, newest first.</summary>
    public Task<Page<RunSummary>> ListAsync(RunFilter filter) =>
        _database.ReadAsync(session => RunReader.ListAsync(session, filter));

    /// <summary>
    /// Calls a run off: what is running is ended, and publishes nothing any more. Its exit handlers run; called off once more, they are
    /// ended too.
    /// </summary>
    public async Task<Run> CancelAsync(string id, Actor actor)
    {
        await _database.WriteAsync(async transaction =>
        {
            var run = await RunReader.InfoAsync(transaction, id);
            var end = new RunEnd(RunStates.Cancelled, $"Cancelled by {actor}.", actor);
            if (!await _ending.EndAsync(transaction, run, end))
            {
                throw new RondoException(
                    ErrorCode.FailedPrecondition,
                    $"Run {id} has ended already, and cannot be cancelled."
                );
            }
        });
        return await GetAsync(id);
    }

    private async Task<Run> EndedAsync(string id)
    {
        var run = await GetAsync(id, new StepFilter(Limit: 1));
        return run.FinishedAt is not null
            ? run
            : throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"Run {id} is {run.State}: it has not ended yet.",
                $"Wait for it, or cancel it: rondo runs cancel {id}."
            );
    }

    private static NewRun Again(Run earlier, Actor actor, string trigger) =>
        new(
            earlier.Project,
            earlier.Environment,
            earlier.Pipeline,
            earlier.Parameters.Deserialize<Dictionary<string, JsonElement>>(RondoJson.Options)!,
            trigger,
            JsonSerializer.SerializeToElement(
                new
                {
                    run = earlier.Id,
                    earlier.State,
                    earlier.Reason,
                },
                RondoJson.Options
            ),
            actor,
            AsOf: earlier.AsOf
        )
        {
            Partition = earlier.Partition,
            Priority = (int)earlier.Priority,
            FailurePolicy = earlier.FailurePolicy,
        };
}
