using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Paging;
using Rondo.Pipelines.Catalog;
using Rondo.Pipelines.Runs;

namespace Rondo.Pipelines;

/// <summary>The runs of this server: made, read, and called off here; brought forward by the orchestrator.</summary>
public sealed class RunStore
{
    private readonly Database _database;
    private readonly RunWriter _writer;
    private readonly RunEnding _ending;
    private readonly RunReader _reader;

    internal RunStore(Database database, RunWriter writer, RunEnding ending, PipelineVersions versions)
    {
        _database = database;
        _writer = writer;
        _ending = ending;
        _reader = new RunReader(versions);
    }

    /// <summary>Creates a run of the pipeline as it is deployed now, on the data and the serving model as they are now.</summary>
    public async Task<Run> CreateAsync(NewRun wish)
    {
        var run = await _writer.PrepareAsync(wish);
        await _database.WriteAsync(async transaction => await _writer.InsertAsync(transaction, run));
        return await GetAsync(run.Id);
    }

    /// <summary>A run with everything it did, or <see cref="ErrorCode.NotFound"/>.</summary>
    public Task<Run> GetAsync(string id) => _database.ReadAsync(session => _reader.GetAsync(session, id));

    /// <summary>Runs, newest first.</summary>
    public Task<Page<RunSummary>> ListAsync(RunFilter filter) =>
        _database.ReadAsync(session => RunReader.ListAsync(session, filter));

    /// <summary>Calls a run off: what is running is ended, and publishes nothing any more.</summary>
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
}
