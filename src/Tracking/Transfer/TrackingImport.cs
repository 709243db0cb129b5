using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Transfer;

namespace Rondo.Tracking.Transfer;

/// <summary>
/// Takes in records of experiments and runs that were made elsewhere: a batch in one transaction. Each record can come again: it changes what has
/// changed at its source and not here.
/// </summary>
internal sealed class TrackingImport(
    Database database,
    ExperimentImport experiments,
    RunImport runs,
    LoggedImport logged,
    LoggedModelImport models
)
{
    /// <summary>The lock of imports: who holds it sees nothing put anywhere by one.</summary>
    public const string ImportLock = "tracking.import";

    private const string ExperimentsLock = "tracking.experiments";

    public Task<TransferReport> PutAsync(IReadOnlyList<TransferRecord> records, Caller caller) =>
        database.WriteAsync(async transaction =>
        {
            // The locks are taken in the order of their names, as everywhere.
            if (records.Any(record => record is ExperimentRecord))
            {
                await transaction.LockAsync(ExperimentsLock);
            }

            await transaction.LockAsync(ImportLock);
            var batch = new ImportBatch(transaction, caller);
            foreach (var record in records)
            {
                await ImportAccess.RequireAsync(batch, record);
                await PutAsync(batch, record);
            }

            return batch.Report;
        });

    private ValueTask PutAsync(ImportBatch batch, TransferRecord record)
    {
        switch (record)
        {
            case ExperimentRecord experiment:
                return experiments.PutAsync(batch, experiment);
            case RunRecord run:
                return runs.PutAsync(batch, run);
            case PointsRecord points:
                return logged.PutAsync(batch, points);
            case InputRecord input:
                return logged.PutAsync(batch, input);
            case RunModelRecord link:
                return LoggedImport.PutAsync(batch, link);
            case LoggedModelRecord model:
                return models.PutAsync(batch, model);
            case ModelPointsRecord points:
                return LoggedImport.PutAsync(batch, points);
            default:
                batch.Report.Refuse(record, "Records of this kind belong to the registry.");
                return ValueTask.CompletedTask;
        }
    }
}
