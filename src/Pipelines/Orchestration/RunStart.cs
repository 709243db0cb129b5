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
    StepSuccession succession,
    Orchestrator orchestrator,
    ProtocolProbe probe
)
{
    public async Task InsertAsync(PreparedRun run)
    {
        var room = succession.IsPossible ? orchestrator.SpareRoom() : null;
        if (await InsertAsync(run, room) is { } first)
        {
            orchestrator.Start(first, room!);
        }
    }

    // Room that is not used is given back, whatever happens.
    private async Task<ClaimedStep?> InsertAsync(PreparedRun run, IDisposable? room)
    {
        ClaimedStep? first = null;
        try
        {
            first = await database.WriteAsync(async transaction =>
            {
                var begins = await writer.InsertAsync(transaction, run);
                var step =
                    begins is null || room is null ? null : await succession.ClaimFirstAsync(transaction, begins);
                probe.Reach(ProtocolProbe.InsideClaim);
                return step;
            });
            probe.Reach(ProtocolProbe.AfterClaim);
            return first;
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
