using Rondo.Kernel.Ids;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;

namespace Rondo.Kernel.Servers;

/// <summary>
/// Shows the other servers on the database that this start of this server lives: it holds a lease that nobody else asks for. What
/// only it can bring to its end, such as a push that waits for a build, is lost when the lease has run out.
/// </summary>
public sealed class ServerPresence(LeaseStore leases, IdSource ids, ReconcilerOptions options, TimeProvider time)
{
    private const string Prefix = "server.";
    private const int RenewalsPerLease = 3;
    private static readonly TimeSpan s_kept = TimeSpan.FromDays(1);

    /// <summary>Names this start of this server: started again, it is another one.</summary>
    public string Id { get; } = ids.New("srv");

    /// <summary>Which of these servers live.</summary>
    public async Task<IReadOnlySet<string>> LivingAsync(IEnumerable<string> servers) =>
        (await leases.HeldAsync([.. servers.Select(server => Prefix + server).Distinct(StringComparer.Ordinal)]))
            .Select(name => name[Prefix.Length..])
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>Says for the first time that this server lives, and forgets those that have not for long.</summary>
    internal async Task BeginAsync()
    {
        await leases.ForgetAsync(Prefix, time.GetUtcNow() - s_kept);
        await RenewAsync();
    }

    /// <summary>Says it again and again. A server that cannot say so for a while counts as dead, which is what it looks like from outside.</summary>
    internal async Task KeepAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(options.Lease / RenewalsPerLease, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                try
                {
                    await RenewAsync();
                }
                catch (RondoException)
                {
                    // The database does not answer: the next time, perhaps.
                }
            }
        }
        catch (OperationCanceledException)
        {
            await leases.ReleaseAsync(new Lease(Prefix + Id, Id, Fence: 1, time.GetUtcNow()));
        }
    }

    private Task RenewAsync() => leases.TryAcquireAsync(Prefix + Id, Id, options.Lease);
}
