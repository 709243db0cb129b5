using Rondo.Kernel.Access;
using Rondo.Mlflow.Transfer;

namespace Rondo.Tracking.Transfer;

/// <summary>
/// What a record touches must be the caller's to change: the experiment that it names, and the one in which its run or model stands already.
/// One that is not refuses the whole batch.
/// </summary>
internal static class ImportAccess
{
    public static async ValueTask RequireAsync(ImportBatch batch, TransferRecord record)
    {
        if (batch.Caller.MayEverywhere(Permission.TrackingWrite))
        {
            return;
        }

        var (experiment, run, model) = record switch
        {
            ExperimentRecord named => (named.Name, null, null),
            RunRecord made => (made.Experiment, made.Id, null),
            LoggedModelRecord made => (made.Experiment, null, made.Id),
            PointsRecord points => (null, points.Run, null),
            InputRecord input => (null, input.Run, null),
            RunModelRecord link => (null, link.Run, null),
            ModelPointsRecord points => (null, null, points.Model),
            _ => ((string?)null, (string?)null, (string?)null),
        };
        if (experiment is not null)
        {
            batch.Caller.Require(Permission.TrackingWrite, Place.Experiment(experiment));
        }

        await RequireAsync(batch, "tracking_run", run);
        await RequireAsync(batch, "tracking_logged_model", model);
    }

    private static async ValueTask RequireAsync(ImportBatch batch, string table, string? id)
    {
        if (
            id is not null
            && await batch.Transaction.ScalarAsync<string>(
                $"select e.path from {table} t join tracking_experiment e on e.id = t.experiment where t.id = @id",
                new { id }
            )
                is { } path
        )
        {
            batch.Caller.Require(Permission.TrackingWrite, Place.FolderAt(path));
        }
    }
}
