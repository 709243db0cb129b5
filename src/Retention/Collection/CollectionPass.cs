using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;

namespace Rondo.Retention.Collection;

/// <summary>What a pass works with.</summary>
internal sealed record Collectors(
    Database Database,
    IBlobStore Blobs,
    IReadOnlyList<IBlobReferences> References,
    IReadOnlyList<ILitter> Litter,
    RetentionOptions Options
);

/// <summary>
/// One look through everything, a page at a time. Bytes go where they were last put or asked for before the grace period began, and no
/// module needs them when asked after it began: whoever was told that they are there has said by then what for, or not yet used up
/// the period.
/// </summary>
internal sealed class CollectionPass(Collectors with, DateTimeOffset now, bool dryRun)
{
    private const int SweptPerRound = 200;
    private const int CountedMax = 10_000;

    private readonly SortedDictionary<string, CollectedKind> _kinds = new(StringComparer.Ordinal);
    private readonly Queue<ILitter> _litter = new(with.Litter);
    private string? _after;
    private bool _prepared;
    private bool _blobsDone;
    private long _seen;
    private long _young;

    public DateTimeOffset Now => now;

    public CollectionReport Report => new(dryRun, _seen, _young, [.. _kinds.Values]);

    /// <summary>Takes one bounded step; false when everything was looked at.</summary>
    public async Task<bool> StepAsync(CancellationToken cancellation)
    {
        // Rows that promise bytes go before the bytes.
        if (_litter.TryPeek(out var litter))
        {
            var swept = await litter.SweepAsync(
                new Sweep(with.Options, now, dryRun, dryRun ? CountedMax : SweptPerRound),
                cancellation
            );
            Count(litter.Name, swept.Items, swept.Bytes, swept.Examples);
            if (!swept.More || dryRun)
            {
                _litter.Dequeue();
            }

            return true;
        }

        if (!_prepared)
        {
            _prepared = true;
            await PrepareAsync(cancellation);
            return true;
        }

        if (!_blobsDone)
        {
            await SweepBlobsAsync(cancellation);
        }

        return !_blobsDone;
    }

    private async Task PrepareAsync(CancellationToken cancellation)
    {
        if (with.References.Count == 0)
        {
            // Nobody speaks for anything: then nothing is known to be unneeded.
            _blobsDone = true;
            return;
        }

        foreach (var module in with.References)
        {
            await module.PrepareAsync(cancellation);
        }

        if (!dryRun)
        {
            await with.Blobs.TidyAsync(now - with.Options.Grace, cancellation);
        }
    }

    private async Task SweepBlobsAsync(CancellationToken cancellation)
    {
        var page = await with.Blobs.ListAsync(_after, IBlobReferences.DigestsMax, cancellation);
        _blobsDone = page.Count < IBlobReferences.DigestsMax;
        _after = page.Count > 0 ? page[^1].Digest : _after;
        _seen += page.Count;
        var before = now - with.Options.Grace;
        var old = page.Where(blob => blob.KeptAt < before).ToDictionary(blob => blob.Digest, StringComparer.Ordinal);
        _young += page.Count - old.Count;
        var unneeded = await with.Database.ReadAsync(session => UnneededAsync(session, [.. old.Keys]), cancellation);
        if (unneeded.Count > 0 && !dryRun)
        {
            unneeded = await with.Database.WriteAsync(transaction => ReleaseAsync(transaction, unneeded), cancellation);
        }

        foreach (var digest in unneeded)
        {
            if (dryRun || await with.Blobs.DeleteAsync(digest, before, cancellation))
            {
                Count("blobs", 1, old[digest].Size, [digest]);
            }
        }
    }

    private async Task<IReadOnlyList<string>> ReleaseAsync(Transaction transaction, IReadOnlyList<string> digests)
    {
        var still = await UnneededAsync(transaction, digests);
        if (still.Count > 0)
        {
            foreach (var module in with.References)
            {
                await module.ReleaseAsync(transaction, still);
            }
        }

        return still;
    }

    private async Task<IReadOnlyList<string>> UnneededAsync(Session session, IReadOnlyList<string> digests)
    {
        var left = digests;
        foreach (var module in with.References)
        {
            if (left.Count > 0)
            {
                var needed = await module.NeededAsync(session, left);
                left = [.. left.Except(needed, StringComparer.Ordinal)];
            }
        }

        return left;
    }

    private void Count(string kind, long items, long bytes, IReadOnlyList<string> examples)
    {
        var known = _kinds.GetValueOrDefault(kind) ?? new CollectedKind(kind, 0, 0, []);
        _kinds[kind] = known with
        {
            Items = known.Items + items,
            Bytes = known.Bytes + bytes,
            Examples = [.. known.Examples.Concat(examples).Take(Swept.ExamplesMax)],
        };
    }
}
