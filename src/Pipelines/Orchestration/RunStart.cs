using Rondo.Kernel.Db;
using Rondo.Pipelines.Runs;

namespace Rondo.Pipelines.Orchestration;

/// <summary>
/// Writes a run down that somebody waits for, and claims its first step in the same transaction, where that is all there is to do. What
/// triggers and backfills start is left to the loop.
/// </summary>
internal sealed class RunStart(
    Database database,
    RunWriter writer,
    RunReader reader,
    StepSuccession succession,
    Orchestrator orchestrator,
    ProtocolProbe probe
)
{
    /// <summary>Gives the run as it was written down, read where its pages are at hand.</summary>
    public async Task<Run> InsertAsync(PreparedRun run)
    {
        var room = succession.IsPossible ? orchestrator.SpareRoom() : null;
        var (made, first) = await InsertAsync(run, room);
        if (first is not null)
        {
            orchestrator.Start(first, room!);
        }

        return made;
    }

    // Room that is not used is given back, whatever happens.
    private async Task<(Run Made, ClaimedStep? First)> InsertAsync(PreparedRun run, IDisposable? room)
    {
        ClaimedStep? first = null;
        try
        {
            (var made, first) = await database.WriteAsync(async transaction =>
            {
                var begins = await writer.InsertAsync(transaction, run);
                var step =
                    begins is null || room is null ? null : await succession.ClaimFirstAsync(transaction, begins);
                probe.Reach(ProtocolProbe.InsideClaim);
                return (await reader.GetAsync(transaction, run.Id, new StepFilter()), step);
            });
            probe.Reach(ProtocolProbe.AfterClaim);
            return (made, first);
        }
        finally
        {
            if (first is null)
            {
                room?.Dispose();
            }
        }
    }
}
