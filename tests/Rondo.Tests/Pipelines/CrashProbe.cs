using Rondo.Pipelines.Orchestration;

namespace Rondo.Tests.Pipelines;

/// <summary>Kills its incarnation at a chosen line of the protocol: from then on, every line throws, as nothing runs in a dead process.</summary>
internal sealed class CrashProbe(Func<string, bool> dies) : ProtocolProbe
{
    private volatile bool _dead;

    public bool Dead => _dead;

    public override void Reach(string line)
    {
        if (_dead || dies(line))
        {
            _dead = true;
            throw new CrashException(line);
        }
    }
}

internal sealed class CrashException(string line) : Exception("killed at " + line);
