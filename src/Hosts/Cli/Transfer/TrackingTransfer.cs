using System.Data.Common;
using Rondo.Cli.Api;

namespace Rondo.Cli.Transfer;

/// <summary>Brings all that a source has to a server: records first, then files, then the models that are made of them. It can be done again.</summary>
internal static class TrackingTransfer
{
    private const string Tracking = "/api/v1/tracking/import";
    private const string Registry = "/api/v1/projects/mlflow/models/import";

    /// <summary>Without a server everything is only read.</summary>
    public static async Task<TransferAnswer> RunAsync(
        ITransferSource source,
        RondoApi? api,
        Action<string> progress,
        CancellationToken cancellation
    )
    {
        var tally = new TransferTally();
        var places = new TransferPlaces(tally.Report, dryRun: api is null);
        var records = new RecordSender(api, tally, progress);
        try
        {
            await records.SendAsync(Tracking, source.TrackingAsync(cancellation), cancellation);
            await new FileSender(api, tally, progress).SendAsync(source.Files(places), places, cancellation);
            await records.SendAsync(Registry, source.RegistryAsync(places, cancellation), cancellation);
        }
        catch (Exception e)
            when (e
                    is DbException
                        or FormatException
                        or InvalidCastException
                        or OverflowException
                        or InvalidDataException
            )
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The source cannot be read to its end: {e.Message}",
                "Mend it at the source and import again: what has come already is not brought twice.",
                e
            );
        }

        tally.Notes.AddRange(source.Notes);
        return tally.Answer(dryRun: api is null);
    }
}
