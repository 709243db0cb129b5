using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rondo.Kernel.Db;
using Rondo.Tracking.Artifacts;

namespace Rondo.Tracking.Removing;

/// <summary>
/// Files whose rows are gone are removed by the notes of their places, one by one: what cannot be removed keeps its note and stands in the way of
/// no other, nor of a server that starts. What a server that died has left is removed when the next one starts.
/// </summary>
internal sealed class RemovedFiles(
    Database database,
    ArtifactFolder folder,
    IEnumerable<IArtifactHold> holds,
    ILogger<RemovedFiles> logger
) : IHostedService
{
    private const int PerRoundMax = 200;
    private const int RoundsMax = 10_000;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var left in await RemoveAsync(cancellationToken))
        {
            logger.LogWarning("Files at {Address} stay: {Reason}", left.Id, left.Reason);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Removes them; returns the places of those that stay, each with why. They are tried again the next time.</summary>
    public async Task<IReadOnlyList<HeldFiles>> RemoveAsync(CancellationToken cancellation)
    {
        var (left, after) = (new List<HeldFiles>(), "");
        for (var round = 0; round < RoundsMax; round++)
        {
            var addresses = await database.ReadAsync(
                async session =>
                    await session.QueryAsync<string>(
                        "select address from tracking_removed_files where address > @after order by address limit @PerRoundMax",
                        new { after, PerRoundMax }
                    ),
                cancellation
            );
            var needed = await NeededAsync(addresses, cancellation);
            left.AddRange(needed.Select(one => new HeldFiles(one.Key, one.Value)));
            var gone = new List<string>();
            foreach (var address in addresses.Where(address => !needed.ContainsKey(address)))
            {
                cancellation.ThrowIfCancellationRequested();
                if (await FaultAsync(address) is { } reason)
                {
                    left.Add(new HeldFiles(address, reason));
                }
                else
                {
                    gone.Add(address);
                }
            }

            await ForgetAsync(gone);
            if (addresses.Count < PerRoundMax)
            {
                break;
            }

            after = addresses[^1];
        }

        return left;
    }

    /// <summary>What comes to a place from now on stays: something was put there that has the same id as what was removed.</summary>
    public static async ValueTask KeepAsync(Transaction transaction, string address) =>
        await transaction.ExecuteAsync("delete from tracking_removed_files where address = @address", new { address });

    // What was registered from such a place meanwhile needs its files as long as it is there.
    private async Task<Dictionary<string, string>> NeededAsync(
        IReadOnlyList<string> addresses,
        CancellationToken cancellation
    )
    {
        if (addresses.Count == 0)
        {
            return [];
        }

        foreach (var hold in holds)
        {
            await hold.PrepareAsync(cancellation);
        }

        return await database.ReadAsync(
            async session =>
                await holds.HeldAsync(
                    session,
                    [.. addresses.Select(address => new LoggedFiles(address, address, address))]
                ),
            cancellation
        );
    }

    private async Task ForgetAsync(IReadOnlyList<string> addresses)
    {
        if (addresses.Count > 0)
        {
            await database.WriteAsync(
                async transaction =>
                    await transaction.ExecuteAsync(
                        "delete from tracking_removed_files where address in @addresses",
                        new { addresses }
                    ),
                CancellationToken.None
            );
        }
    }

    // Asked for once more: who has put something there again has taken the note away.
    private async Task<string?> FaultAsync(string address)
    {
        var noted = await database.ReadAsync(async session =>
            await session.ScalarAsync<long>(
                "select count(*) from tracking_removed_files where address = @address",
                new { address }
            )
        );
        return noted == 0 ? null : Fault(address);
    }

    // Why the files at a place stay; null where they are gone.
    private string? Fault(string address)
    {
        try
        {
            folder.DeleteAt(address);
            return null;
        }
        catch (RondoException e)
        {
            return $"{e.What.TrimEnd('.')}; it is tried again the next time";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{e.Message.TrimEnd('.')}; it is tried again the next time";
        }
    }
}
