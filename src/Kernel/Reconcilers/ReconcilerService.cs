using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rondo.Kernel.Events;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Servers;

namespace Rondo.Kernel.Reconcilers;

/// <summary>Runs every reconciler of this server, each under its own lease where one server at a time may turn it, woken by the log.</summary>
public sealed class ReconcilerService : BackgroundService
{
    private readonly IReadOnlyList<Reconciler> _reconcilers;
    private readonly ServerPresence _presence;
    private readonly LeaseStore _leases;
    private readonly EventLog _log;
    private readonly TimeProvider _time;
    private readonly ReconcilerOptions _options;
    private readonly ILogger<ReconcilerService> _logger;
    private readonly string _holder;
    private readonly string[] _errors;

    public ReconcilerService(
        IEnumerable<Reconciler> reconcilers,
        ServerPresence presence,
        LeaseStore leases,
        EventLog log,
        TimeProvider time,
        ReconcilerOptions options,
        ILogger<ReconcilerService> logger
    )
    {
        _reconcilers = [.. reconcilers];
        _presence = presence;
        _leases = leases;
        _log = log;
        _time = time;
        _options = options;
        _logger = logger;
        _holder = presence.Id;
        _errors = new string[_reconcilers.Count];
    }

    /// <summary>What waits to be done, by reconciler, leaving out those with nothing to do.</summary>
    public async Task<IReadOnlyDictionary<string, long>> PendingAsync()
    {
        var pending = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var reconciler in _reconcilers)
        {
            var count = await reconciler.PendingAsync();
            if (count > 0)
            {
                pending[reconciler.Name] = count;
            }
        }

        return pending;
    }

    // Before anything of this server can be seen by others, they must see that it lives.
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await BeginAsync();
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Runs the loops until it is stopped.</summary>
    internal async Task RunAsync(CancellationToken stopping)
    {
        await BeginAsync();
        await TurnAsync(stopping);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => TurnAsync(stoppingToken);

    private async Task BeginAsync()
    {
        await _leases.EndThoseOfDeadServersAsync();
        await _presence.BeginAsync();
    }

    private Task TurnAsync(CancellationToken stopping) =>
        Task.WhenAll(
            _reconcilers.Select((_, index) => LoopAsync(index, stopping)).Append(_presence.KeepAsync(stopping))
        );

    private async Task LoopAsync(int index, CancellationToken stopping)
    {
        // The loops run beside each other from their first line on.
        await Task.Yield();
        var reconciler = _reconcilers[index];
        using var listener = _log.Listen(reconciler.Concerns);
        Lease? lease = null;
        while (!stopping.IsCancellationRequested)
        {
            var more = false;
            listener.Forget();
            try
            {
                lease = await RenewAsync(reconciler, lease);
                more = lease is not null && await reconciler.ReconcileAsync(lease, stopping);
                _errors[index] = "";
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                LogOnce(index, reconciler, e);
            }

            if (lease is null && _errors[index] is null or "")
            {
                await StandByAsync(stopping);
            }
            else if (!more)
            {
                await IdleAsync(reconciler, listener, failed: _errors[index] is { Length: > 0 }, stopping);
            }
        }

        if (lease is not null && !reconciler.OnEveryServer)
        {
            await _leases.ReleaseAsync(lease);
        }
    }

    private async Task<Lease?> RenewAsync(Reconciler reconciler, Lease? lease)
    {
        if (reconciler.OnEveryServer)
        {
            return new Lease(reconciler.Name, _holder, Fence: 0, DateTimeOffset.MaxValue);
        }

        return lease is not null && lease.ExpiresAt - _time.GetUtcNow() > _options.Lease / 2
            ? lease
            : await _leases.TryAcquireAsync(reconciler.Name, _holder, _options.Lease);
    }

    // Another server turns this loop: what happens is its concern, and only its lease is looked at from time to time.
    private async Task StandByAsync(CancellationToken stopping) =>
        await Task.Delay(_options.Standby, _time, stopping)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    // A reconciler that fails waits its full interval: the log must not spin it.
    private async Task IdleAsync(Reconciler reconciler, EventListener listener, bool failed, CancellationToken stopping)
    {
        try
        {
            await (
                failed
                    ? Task.Delay(reconciler.Interval, _time, stopping)
                    : listener.WaitAsync(reconciler.Interval, stopping)
            );
        }
        catch (OperationCanceledException)
        {
            // Stopping: the loop ends by itself.
        }
    }

    private void LogOnce(int index, Reconciler reconciler, Exception e)
    {
        if (_errors[index] != e.Message)
        {
            _logger.LogError(e, "Reconciler {Reconciler} failed; it goes on trying", reconciler.Name);
        }

        _errors[index] = e.Message;
    }
}
