using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>What experiments are brought from: a database or file store of MLflow, or an export of Rondo.</summary>
internal interface ITransferSource : IAsyncDisposable
{
    /// <summary>What was left out, and why; complete once all has been read.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>The records of tracking: what others name comes before them.</summary>
    IAsyncEnumerable<TransferRecord> TrackingAsync(CancellationToken cancellation);

    /// <summary>The records of the registry, with their files where they have come to.</summary>
    IAsyncEnumerable<TransferRecord> RegistryAsync(TransferPlaces places, CancellationToken cancellation);

    /// <summary>The files of the runs and logged models that were told.</summary>
    IEnumerable<TransferFile> Files(TransferPlaces places);
}

/// <summary>A file of a run or logged model, by its path below the owner's folder.</summary>
internal sealed record TransferFile(string Owner, string Path, long Length, Func<Stream> Open);

/// <summary>Where the files of runs and logged models have their place, and what could not be brought.</summary>
internal sealed class TransferPlaces(TransferReport report, bool dryRun)
{
    /// <summary>The address of an owner's files; null where the owner was not brought.</summary>
    public string? Of(string owner) =>
        report.Places.GetValueOrDefault(owner) ?? (dryRun ? $"{TransferAddress.Proxy}/{owner}" : null);

    public void Refuse(string kind, string id, string why) => report.Refuse(new TransferProblem(kind, id, why));
}
