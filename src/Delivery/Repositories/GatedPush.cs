namespace Rondo.Delivery.Repositories;

/// <summary>A push with its gate: lives as long as the request that carries it.</summary>
internal sealed class GatedPush : IAsyncDisposable
{
    private readonly PushGate _gate;
    private readonly Push _push;
    private readonly Task<PushDecision> _decision;

    public GatedPush(PushGate gate, Push push, CancellationToken ended)
    {
        _gate = gate;
        _push = push;
        _decision = gate.DecideAsync(push, ended);
    }

    /// <summary>What the hook is told to write into.</summary>
    public string Folder => _push.Folder;

    /// <summary>To be called when git has ended by itself.</summary>
    public async Task CompleteAsync() => await _gate.CompleteAsync(_push, await _decision);

    public async ValueTask DisposeAsync()
    {
        _gate.Forget(await _decision);
        await _push.DisposeAsync();
    }
}
